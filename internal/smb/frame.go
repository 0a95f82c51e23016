package smb

// Packet types of the NetBIOS session service (RFC 1002, 4.3.1). On port 445 only session
// messages and keep-alives occur ([MS-SMB], 2.1; [MS-SMB2], 2.1).
const (
	sessionMessage  = 0x00
	sessionRequest  = 0x81
	sessionPositive = 0x82
	sessionNegative = 0x83
	sessionRetarget = 0x84
	sessionAlive    = 0x85
)

const (
	frameHeader = 4  // type, and length in 24 bits, of which RFC 1002 uses 17
	shortest    = 32 // octets of a session message: no header with what follows it is shorter
)

// mark is how a message begins.
type mark [4]byte

var (
	markSMB1       = mark{0xff, 'S', 'M', 'B'} // [MS-CIFS], 2.2.3.1
	markSMB2       = mark{0xfe, 'S', 'M', 'B'} // [MS-SMB2], 2.2.1
	markEncrypted  = mark{0xfd, 'S', 'M', 'B'} // [MS-SMB2], 2.2.41
	markCompressed = mark{0xfc, 'S', 'M', 'B'} // [MS-SMB2], 2.2.42
)

func (m mark) known() bool { return m[0] >= 0xfc && m[1] == 'S' && m[2] == 'M' && m[3] == 'B' }

// Could reports whether data can be the start of either side's stream on port 139 or 445.
// The fewer octets there are, the more can be.
func Could(data []byte) bool {
	if len(data) == 0 {
		return true
	}
	if data[0] != sessionMessage && (data[0] < sessionRequest || data[0] > sessionAlive) {
		return false
	}
	if len(data) < frameHeader {
		return true
	}
	if !sane(data[0], length(data)) {
		return false
	}
	if data[0] != sessionMessage {
		return true
	}
	m := markSMB2
	copy(m[:], data[frameHeader:])
	return m.known()
}

// length is that of what follows the frame's header.
func length(data []byte) int { return int(data[1])<<16 | int(data[2])<<8 | int(data[3]) }

// sane reports whether a packet of a type may be so long (RFC 1002, 4.3.2 to 4.3.7).
func sane(kind byte, n int) bool {
	switch kind {
	case sessionMessage:
		return n >= shortest
	case sessionRequest: // two encoded names of at least 34 octets, at most 255 with scope
		return n >= 2*34 && n <= 2*255
	case sessionPositive, sessionAlive:
		return n == 0
	case sessionNegative:
		return n == 1
	case sessionRetarget:
		return n == 6
	}
	return false
}

// frame takes the header of a session packet, and the packet with it unless it is a
// message.
func (s *Session) frame(d *side, data []byte) int {
	if len(data) < frameHeader {
		return 0
	}
	n := length(data)
	if !sane(data[0], n) {
		return s.lose(d)
	}
	if data[0] == sessionMessage {
		d.left = uint32(n)
		return frameHeader
	}
	d.messages++
	return frameHeader + n
}
