// Package smb reads the first octets of an SMB conversation and keeps what is cheap and
// certain about what the client wanted: the dialect, the shares and named pipes it asked
// for, how its logons ended. It reads SMB 1 ([MS-CIFS], [MS-SMB]), SMB 2 and 3 ([MS-SMB2])
// over the NetBIOS session service (RFC 1002, 4.3) and over TCP as such; of an encrypted
// conversation it says that it is encrypted.
//
// It works on header fields and names only, keeps no octets, and never asks the caller to
// hold more than 2048.
package smb

// Verdict says whether a conversation is SMB.
type Verdict uint8

// What a conversation is.
const (
	Undecided Verdict = iota
	SMB               // a message with the protocol's mark was seen
	Other             // something else: let it go
)

const (
	window      = 2048    // octets of one side that the caller holds for us
	maxMessages = 64      // looked at on a side; a compound counts each of its parts
	maxOctets   = 1 << 20 // of a side's stream: a worm's body fits in, and control follows it
)

// Session is one conversation. It holds no pointer; the zero value is a fresh one.
type Session struct {
	knock   Knock
	asks    [8]ask
	mounts  [6]mount
	client  side
	server  side
	offered [16]uint8 // what the client's SMB 1 dialects are, by index: number of the bit, plus one
	verdict Verdict
	lately  uint8 // place in asks that goes next when all are taken
	mounted uint8 // the same of mounts
}

// side is how far one direction was read.
type side struct {
	octets    uint32 // of its stream that were used up
	left      uint32 // of the message at hand that follow
	messages  uint8
	over      bool // what it says cannot be told apart any more
	encrypted bool // at least one message was
}

// stopped reports whether the side is not read on.
func (d *side) stopped() bool {
	return d.over || d.messages >= maxMessages || d.octets >= maxOctets
}

// finished reports whether nothing more is expected of the side. One that encrypts is
// read on all the same: a share that need not be encrypted may be used beside.
func (d *side) finished() bool { return d.stopped() || d.encrypted }

// Verdict says what the conversation is, as far as is known.
func (s *Session) Verdict() Verdict { return s.verdict }

// Knock returns what was learned so far.
func (s *Session) Knock() Knock { return s.knock }

// Done reports whether nothing more can be learned: it is not SMB, both sides encrypt, or
// enough of both was read. A side that never spoke is not waited for.
func (s *Session) Done() bool {
	if s.verdict == Other {
		return true
	}
	c, v := s.client.finished(), s.server.finished()
	return c && v || c && s.server.octets == 0 || v && s.client.octets == 0
}

// Feed reads data, which follows gapless on what was used of that side, and returns how
// many octets are used up. That may be more than there are: the caller drops the rest as
// it comes. What is not used comes again with more behind it; of 2048 octets some are
// always used. An answer counts for its request only if it is fed after it. Changed says
// that the verdict or the knock is another than before.
func (s *Session) Feed(server bool, data []byte) (used int, changed bool) {
	d := &s.client
	if server {
		d = &s.server
	}
	verdict, knock := s.verdict, s.knock
	for used < len(data) && s.verdict != Other && !d.stopped() {
		n := s.step(d, server, data[used:])
		if n == 0 {
			break
		}
		used += n
		d.octets += uint32(n)
	}
	if s.verdict == Other || d.stopped() {
		used = len(data)
	}
	return used, s.verdict != verdict || s.knock != knock
}

// step takes the next header or message and returns how long it is; 0 waits for more.
func (s *Session) step(d *side, server bool, data []byte) int {
	if d.left == 0 {
		return s.frame(d, data)
	}
	b := data[:min(len(data), int(d.left), window)]
	if len(b) < len(mark{}) {
		return 0
	}
	m := mark(b)
	if !m.known() {
		return s.lose(d)
	}
	s.verdict = SMB
	n := int(d.left)
	switch m {
	case markSMB1:
		n = s.smb1(b, n, server)
	case markSMB2:
		n = s.smb2(b, n, server)
	case markEncrypted:
		d.encrypted = true
		s.knock.Encrypted = true
		s.speaks(DialectSMB3)
	case markCompressed:
		n = s.compressed(b, n, server)
	}
	if n > 0 {
		d.left -= uint32(n)
		d.messages++
	}
	return n
}

// lose gives a side up.
func (s *Session) lose(d *side) int {
	d.over = true
	if s.verdict == Undecided {
		s.verdict = Other
	}
	return 0
}

// speaks notes the family that a message shows, where no negotiation was seen to tell the
// dialect.
func (s *Session) speaks(d Dialect) {
	if s.knock.Dialect == 0 || s.knock.Dialect == DialectSMB2 && d == DialectSMB3 {
		s.knock.Dialect = d
	}
}
