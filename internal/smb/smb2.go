package smb

import "encoding/binary"

// Layout of the SMB 2 header ([MS-SMB2], 2.2.1).
const (
	header2 = 64 // octets

	answers2 = 0x00000001 // flag: a response
)

// Commands of SMB 2 that are looked into.
const (
	negotiate2    = 0x0000
	sessionSetup2 = 0x0001
	treeConnect2  = 0x0003
	create2       = 0x0005
)

// Accesses that let a file be changed ([MS-SMB2], 2.2.13.1.1).
const writeAccess = 0x00000002 | 0x00000004 | 0x10000000 | 0x40000000

// le16 and le32 read little-endian numbers; what lies behind the end is zero.
func le16(b []byte, at int) uint16 {
	if at+2 > len(b) {
		return 0
	}
	return binary.LittleEndian.Uint16(b[at:])
}

func le32(b []byte, at int) uint32 {
	if at+4 > len(b) {
		return 0
	}
	return binary.LittleEndian.Uint32(b[at:])
}

// smb2 takes one message, which may be part of a compound ([MS-SMB2], 3.3.5.2.7), and
// returns how long it is; left is what remains of the frame.
func (s *Session) smb2(b []byte, left int, server bool) int {
	if left < header2 {
		return left
	}
	if len(b) < header2 {
		return 0
	}
	size := left
	if next := int(le32(b, 20)); next >= header2 && next%8 == 0 && next <= left-header2 {
		size = next
	}
	command := le16(b, 12)
	need := min(size, needed2(command, server))
	if len(b) < need {
		return 0
	}
	b = b[:need]
	if command != negotiate2 {
		s.speaks(DialectSMB2)
	}
	switch isAnswer := le32(b, 16)&answers2 != 0; {
	case isAnswer != server: // not what this side says
	case server:
		s.answer2(command, b)
	default:
		s.request2(command, b)
	}
	return size
}

// needed2 says how much of a message is looked at: a path may have 256 and 80 characters,
// the token of NTLM stands first in a logon, names of pipes are short.
func needed2(command uint16, server bool) int {
	switch {
	case server && (command == negotiate2 || command == sessionSetup2):
		return header2 + 8
	case server:
		return header2
	case command == treeConnect2:
		return header2 + 32 + 2*(256+80)
	case command == sessionSetup2, command == create2:
		return header2 + 448
	}
	return header2
}

// field2 returns a field by the place of its offset, which counts from the header, and of
// its length behind that. Of one that reaches too far it returns what is there.
func field2(m []byte, at int) []byte {
	from := int(le16(m, at))
	to := min(from+int(le16(m, at+2)), len(m))
	if from < header2 || from > to {
		return nil
	}
	return m[from:to]
}

// name2 returns a name; one that is not whole is none.
func name2(m []byte, at int) text {
	b := field2(m, at)
	if len(b) < int(le16(m, at+2)) {
		b = nil
	}
	return text{b, true}.zeroEnded()
}

// request2 reads SESSION_SETUP (2.2.5), TREE_CONNECT (2.2.9) and CREATE (2.2.13).
func (s *Session) request2(command uint16, m []byte) {
	id := le32(m, 24)
	switch command {
	case sessionSetup2:
		if nameless(field2(m, header2+12)) {
			s.await(id, askNull, 0)
		}
	case treeConnect2:
		s.connects(id, name2(m, header2+4))
	case create2:
		s.opens(id, le32(m, 36), name2(m, header2+44), le32(m, header2+24)&writeAccess != 0)
	}
}

// answer2 reads NEGOTIATE (2.2.4), SESSION_SETUP (2.2.6), TREE_CONNECT (2.2.10) and
// CREATE (2.2.14).
func (s *Session) answer2(command uint16, m []byte) {
	id, st := le32(m, 24), status(le32(m, 8))
	if st == statusPending { // the answer follows
		return
	}
	switch command {
	case negotiate2:
		if d := revision(le16(m, header2+4)); st.ok() && d != 0 {
			s.knock.Dialect = d
		}
	case sessionSetup2:
		flags := le16(m, header2+2)
		s.loggedOn(id, st, flags&1 != 0, flags&2 != 0)
	case treeConnect2:
		s.connected(id, le32(m, 36), st)
	case create2:
		s.opened(id, st)
	}
}

// revision returns the dialect of a DialectRevision ([MS-SMB2], 2.2.4).
func revision(r uint16) Dialect {
	switch r {
	case 0x0202:
		return Dialect202
	case 0x0210:
		return Dialect210
	case 0x0300:
		return Dialect300
	case 0x0302:
		return Dialect302
	case 0x0311:
		return Dialect311
	case 0x02ff:
		return DialectAny2
	}
	return 0
}

// compressed takes a compressed message. In an unchained one ([MS-SMB2], 2.2.42.1) the
// data start Offset octets behind the header; an Offset behind the end is no client's
// mistake.
func (s *Session) compressed(b []byte, left int, server bool) int {
	const header = 16
	if len(b) < header {
		return 0
	}
	s.knock.Compressed = true
	s.speaks(DialectSMB3)
	if le16(b, 10) == 0 && int(le32(b, 12)) > left-header && !server {
		s.knock.Probes |= ProbeGhost
	}
	return left
}
