package afpacket

import (
	"fmt"
	"slices"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
	"golang.org/x/net/bpf"
)

// How many octets of a frame are kept.
const (
	whole     = 1 << 18 // more than any has
	textSnap  = 16<<10 + headers
	startSnap = 2<<10 + headers // as much as internal/stream holds of a side
	headSnap  = 128             // Ethernet to UDP with all options, and the flags of the name service
	headers   = 14 + 60 + 60
)

// maxInstructions is how long a program the kernel takes (BPF_MAXINSNS).
const maxInstructions = 4096

// EtherTypes of what internal/packet takes apart, beside IP and 802.3 lengths.
var etherTypes = []uint32{0x0806, 0x8100, 0x8847, 0x8848, 0x8864, 0x88a8, 0x8926, 0x9100}

// Protocols that internal/packet takes apart, beside TCP and UDP, with the extension
// headers of IPv6: of the others only the sender could be of interest, and proves nothing.
var protocols = []uint32{0, 1, 4, 41, 43, 44, 47, 51, 58, 60, 135, 137, 139, 140}

// UDP ports of tunnels.
var tunnels = []uint32{3544, 4789, 4790, 6081, 8472}

// Cells of the scratch memory.
const (
	cellTotal    = iota // octets from the IP header on, by the IP header
	cellPayload         // where TCP's payload starts, from the IP header on
	cellFlags           // of TCP
	cellProtocol        // by IP
	cellNear            // 1: to all hosts of the link, or a link-local group
)

// fresh fills the cells: the kernel takes no program that might read one before, and does
// not see that a return is no way to what stands behind it.
var fresh = code{
	constant(0), keepIn(cellTotal), keepIn(cellPayload), keepIn(cellFlags), keepIn(cellProtocol), keepIn(cellNear),
}

// filter makes the program that keeps what the detectors want of frames of a link.
type filter struct {
	header   uint32   // octets of the link-layer header
	tcp, udp []uint32 // watched ports
	sample   uint32
	inbound  bool // what the host sends by the interface is not looked at
}

// program returns the filter for a link. Whatever is not plain TCP or UDP is left whole to
// packet.Parse, but for what it does not take apart either.
//
// Of TCP it keeps what opens and ends connections, all to and from watched ports and ports
// of IRC over TLS, and the segments that matter to internal/stream. The kernel's classic
// filters remember nothing, so those are told by themselves:
//
//   - Lines of IRC, wherever in a stream: segments that begin with four printable octets,
//     or with 64 octets that text in any character set could be.
//   - The first octets of any other stream, by which the follower lets it go: until then
//     it would take text that comes later for the middle of a stream whose start is late.
//     They are the end of what the sender had to say: the push flag is set (RFC 9293,
//     3.9.1), or the segment is short; or they are TLS, whose first flight may be longer
//     than a segment.
//
// What is dropped is the inside of bulk transfers that are no text, and acknowledgements.
func (f *filter) program() ([]bpf.RawInstruction, error) {
	all := parts(f.direction(), fresh, f.link(), code{bpf.RetConstant{Val: whole}}) // which is never come to
	if len(all) > maxInstructions {
		return nil, fmt.Errorf("filter for %d TCP and %d UDP ports has %d instructions, the kernel takes %d: watch fewer ports, or use XDP",
			len(f.tcp), len(f.udp), len(all), maxInstructions)
	}
	raw, err := bpf.Assemble(all)
	if err != nil {
		return nil, fmt.Errorf("filter: %w", err)
	}
	return raw, nil
}

// newFilter returns one for frames that start as kind says.
func newFilter(w *capture.Wants, sample int, kind packet.Link, inbound bool) *filter {
	f := &filter{
		tcp: ports(w.TCP, w.SMB, w.IRCTLS), udp: ports(w.UDP, []uint16{portTFTP}),
		sample: uint32(sample), inbound: inbound,
	}
	if kind == packet.LinkEthernet {
		f.header = 14
	}
	return f
}

// portTFTP is where worms call back to (internal/detect/lineage).
const portTFTP = 69

// ports joins lists of ports, each once and in order.
func ports(lists ...[]uint16) (all []uint32) {
	for _, list := range lists {
		for _, p := range list {
			all = append(all, uint32(p))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// outgoing is the kernel's mark of frames that the host sends (PACKET_OUTGOING).
const outgoing = 4

func (f *filter) direction() code {
	if !f.inbound {
		return nil
	}
	return parts(code{bpf.LoadExtension{Num: bpf.ExtType}}, when(bpf.JumpEqual, outgoing, 0))
}

// link finds the IP header. The outer VLAN tag is not in the frame: the kernel took it off.
func (f *filter) link() code {
	if f.sample == 1 {
		return code{bpf.RetConstant{Val: whole}}
	}
	if f.header == 0 {
		return parts(
			code{length()}, when(bpf.JumpLessThan, ipv6Len, whole), // too short for IPv6: seldom
			code{octet(0), shr(4)},
			choose(bpf.JumpEqual, 4, f.ipv4(), choose(bpf.JumpEqual, 6, f.ipv6(), f.rest())),
			f.transport(),
		)
	}
	return parts(
		code{length()}, when(bpf.JumpLessThan, f.header+ipv4Len, whole),
		code{half(12)},
		choose(bpf.JumpEqual, 0x0800, f.ipv4(), choose(bpf.JumpEqual, 0x86dd, f.ipv6(), f.other())),
		f.transport(),
	)
}

// other takes the EtherType in A that is not IP's.
func (f *filter) other() code {
	return parts(when(bpf.JumpLessOrEqual, 1500, whole), search(etherTypes, whole), f.rest())
}

// rest takes one in so many, as signs of life.
func (f *filter) rest() code { return f.sampled(bpf.RetConstant{Val: headSnap}) }

func (f *filter) sampled(keep ...bpf.Instruction) code {
	if f.sample == 1 {
		return code{bpf.RetConstant{Val: whole}}
	}
	below := uint32((1 << 32) / uint64(f.sample))
	return parts(
		code{bpf.LoadExtension{Num: bpf.ExtRand}, bpf.JumpIf{Cond: bpf.JumpLessThan, Val: below, SkipTrue: 1}, bpf.RetConstant{}},
		keep,
	)
}
