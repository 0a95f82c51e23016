package packet

// Link is a link-layer header type by its number in capture files (pcap-linktype(7)).
type Link uint16

// Status says what Parse made of a frame; all but OK are counted by the source.
type Status uint8

const (
	// OK: ev is filled in.
	OK Status = iota
	// NotIP: neither IP nor ARP for IPv4 (LLDP, spanning tree, LCP ...).
	NotIP
	// Cut: the capture ends before the addresses.
	Cut
	// Malformed: a header contradicts itself or the frame.
	Malformed
	// TooDeep: more tunnels in tunnels than the bound.
	TooDeep
	// Unsupported: a link type or an encapsulation that is not taken apart.
	Unsupported
	// Statuses is how many there are.
	Statuses
)
