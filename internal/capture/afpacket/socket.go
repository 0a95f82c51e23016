package afpacket

import (
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// openRing returns a socket with a ring of so many octets that receives nothing yet.
func openRing(size int) (*ring, error) {
	// Protocol 0: nothing comes in before bind. So no frame gets past the filter.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, denied(err)
	}
	mem, err := mapRing(fd, size)
	if err != nil {
		_ = unix.Close(fd) // the other error tells more
		return nil, err
	}
	return &ring{fd: fd, mem: mem, used: make([]int32, size/blockSize)}, nil
}

func mapRing(fd, size int) ([]byte, error) {
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return nil, fmt.Errorf("the kernel has no TPACKET_V3 (Linux 3.2): %w", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_RESERVE, reserve); err != nil {
		return nil, fmt.Errorf("room for VLAN tags: %w", err)
	}
	req := unix.TpacketReq3{
		Block_size: blockSize, Block_nr: uint32(size / blockSize),
		Frame_size: frameSize, Frame_nr: uint32(size / frameSize),
		Retire_blk_tov: retireTime,
	}
	if err := unix.SetsockoptTpacketReq3(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return nil, fmt.Errorf("ring of %d octets (capture.ring_events): %w", size, err)
	}
	mem, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map a ring of %d octets: %w", size, err)
	}
	return mem, nil
}

// denied says what a process lacks that may not open a packet socket.
func denied(err error) error {
	if !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("packet socket: %w", err)
	}
	return fmt.Errorf("packet socket: the capability CAP_NET_RAW is missing: %w", err)
}

// listen begins to receive what an interface gets and sends.
func (r *ring) listen(index int) error {
	all := bits.ReverseBytes16(unix.ETH_P_ALL)
	if err := unix.Bind(r.fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: index}); err != nil {
		return err
	}
	mreq := unix.PacketMreq{Ifindex: int32(index), Type: unix.PACKET_MR_PROMISC}
	if err := unix.SetsockoptPacketMreq(r.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &mreq); err != nil {
		return fmt.Errorf("promiscuous mode: %w", err)
	}
	_ = r.trouble() // of an interface that is down: that is known
	return nil
}

// trouble returns, and clears, what went wrong with the socket since it was last asked; 0 is
// nothing.
func (r *ring) trouble() unix.Errno {
	code, err := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return 0
	}
	return unix.Errno(code)
}

// filter has the socket keep what a program says, from now on.
func (r *ring) filter(program []bpf.RawInstruction) error {
	p := prog(program)
	err := unix.SetsockoptSockFprog(r.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &p)
	if errors.Is(err, unix.ENOMEM) {
		return fmt.Errorf("filter of %d instructions: raise net.core.optmem_max, or watch fewer ports: %w", len(program), err)
	}
	if err != nil {
		return fmt.Errorf("filter: %w", err)
	}
	return nil
}

// prog is a program as the kernel takes it. There must be an instruction.
func prog(program []bpf.RawInstruction) unix.SockFprog {
	all := make([]unix.SockFilter, len(program))
	for i, p := range program {
		all[i] = unix.SockFilter{Code: p.Op, Jt: p.Jt, Jf: p.Jf, K: p.K}
	}
	return unix.SockFprog{Len: uint16(len(all)), Filter: &all[0]}
}

// nothing is the filter of a socket that has not joined its fanout group yet: until then it
// would get what others get, too.
var nothing = []bpf.RawInstruction{{Op: unix.BPF_RET | unix.BPF_K}}

// join makes the socket one of a group of which each gets a part of the frames; 0 founds
// one. It returns the group.
func (r *ring) join(group int) (int, error) {
	how := unix.PACKET_FANOUT_CBPF
	if group == 0 {
		how |= unix.PACKET_FANOUT_FLAG_UNIQUEID
	}
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_FANOUT, how<<16|group); err != nil {
		return 0, fmt.Errorf("fanout: %w", err)
	}
	if group != 0 {
		return group, nil
	}
	spread, err := bpf.Assemble(bySource())
	if err != nil {
		return 0, fmt.Errorf("fanout: %w", err)
	}
	p := prog(spread)
	if err := unix.SetsockoptSockFprog(r.fd, unix.SOL_PACKET, unix.PACKET_FANOUT_DATA, &p); err != nil {
		return 0, fmt.Errorf("fanout by source: %w", err)
	}
	group, err = unix.GetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_FANOUT)
	if err != nil {
		return 0, fmt.Errorf("fanout: %w", err)
	}
	return group & 0xffff, nil
}

// fromNetwork is where the network header is for loads (SKF_NET_OFF): what comes before is
// not always there when a group spreads frames.
const fromNetwork = 0xfff00000

// bySource spreads frames by their source, so that one is always on one ring.
func bySource() code {
	address := func(words ...uint32) code {
		c := code{constant(0), bpf.TAX{}}
		for _, at := range words {
			c = append(c, word(fromNetwork+at), bpf.ALUOpX{Op: bpf.ALUOpXor}, bpf.TAX{})
		}
		return append(c, shr(16), plusX(), bpf.TAX{}, shr(8), plusX(), bpf.RetA{})
	}
	return parts(
		code{bpf.LoadExtension{Num: bpf.ExtProto}},
		choose(bpf.JumpEqual, unix.ETH_P_IP, address(12), nil),
		choose(bpf.JumpEqual, unix.ETH_P_ARP, address(14), nil),
		choose(bpf.JumpEqual, unix.ETH_P_IPV6, address(8, 12, 16, 20), nil),
		code{bpf.RetConstant{}},
	)
}
