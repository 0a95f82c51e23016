// Package packet is what one frame comes down to. The BPF program and Parse make the
// same small Event of it; everything behind them knows nothing of frames.
package packet

import "time"

// Time is packet time: nanoseconds since 1970-01-01 UTC. It is the only clock
// between capture and publishing.
type Time int64

// Add returns t moved by d.
func (t Time) Add(d time.Duration) Time { return t + Time(d) }

// Sub returns the time from u to t.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }

// UTC returns t as the standard library's time.
func (t Time) UTC() time.Time { return time.Unix(0, int64(t)).UTC() }

// Kind says what an Event is.
type Kind uint8

const (
	// KindOther is IP of which only the sender is of interest: another protocol, or a
	// later fragment, which carries no ports.
	KindOther Kind = iota
	// KindTCP is a TCP segment; TCPFlags and the ports are valid.
	KindTCP
	// KindUDP is a UDP datagram; the ports are valid.
	KindUDP
	// KindUnreachable is an ICMP or ICMPv6 destination unreachable, turned round so
	// that it reads like an answer: Src and SrcPort are the destination of the quoted
	// packet, Dst and DstPort its source, Proto its protocol. One whose quote does not
	// name the receiver as the source is KindICMP: nobody here sent that packet; so is
	// one that quotes a later fragment, or tells the path's MTU (code 4): no refusal.
	KindUnreachable
	// KindICMP is any other ICMP or ICMPv6 message.
	KindICMP
	// KindARPRequest is an ARP who-has or an IPv6 neighbour solicitation: Src asks for
	// the link address of Dst.
	KindARPRequest
	// KindARPReply is an ARP is-at or an IPv6 neighbour advertisement: Src tells Dst
	// its link address.
	KindARPReply
)

// Flags are facts about an Event that its Kind does not tell.
type Flags uint8

const (
	// FlagGroup: the frame was addressed to several hosts, by link-layer broadcast or
	// multicast, or by an IP multicast or broadcast destination.
	FlagGroup Flags = 1 << iota
	// FlagCut: the capture ends before the ports or TCP flags; those missing are zero.
	FlagCut
	// FlagFragment: a first fragment; its ports are valid.
	FlagFragment
	// FlagReply: a NetBIOS name service datagram (137/udp) with the response bit set
	// (RFC 1002, 4.2.1.1).
	FlagReply
	// FlagRelayed: an unreachable that somebody other than the quoted destination sent.
	FlagRelayed
	// FlagTunnelled: the packet came out of a tunnel (GRE, VXLAN, IP in IP ...).
	FlagTunnelled
)

// TCP flags as they stand in byte 13 of the header (RFC 9293, 3.1).
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
)

// IP protocol numbers that Event.Proto takes.
const (
	ProtoICMP   = 1
	ProtoTCP    = 6
	ProtoUDP    = 17
	ProtoICMPv6 = 58
)

// Event is one packet as the detectors see it: 80 bytes, no pointer, the same layout in
// C and Go. For tunnelled traffic the addresses are the innermost packet's.
type Event struct {
	Time     Time   // of the packet
	Src, Dst Addr   // innermost IP packet, or ARP sender and target
	SrcPort  uint16 // host byte order
	DstPort  uint16
	Tunnel   uint32  // innermost tunnel id: VNI, GRE key, ERSPAN session, MPLS label; 0: none
	VLAN     uint16  // innermost 802.1Q id, 0: untagged
	Payload  uint16  // octets of TCP or UDP payload by the IP header, at most 65535
	Iface    uint16  // index of the interface at the source
	SrcMAC   [6]byte // of the innermost Ethernet frame; zero where there is none
	Kind     Kind
	TCPFlags uint8
	Proto    uint8 // of the innermost IP packet; for unreachables of the quoted one
	Flags    Flags
	Held     uint16 // octets of a TCP segment's payload that were captured
	Seq      uint32 // sequence number of a TCP segment's first octet (RFC 9293, 3.4); a SYN counts as one
	Data     uint32 // where its payload starts in the frame; a source makes it its own
}
