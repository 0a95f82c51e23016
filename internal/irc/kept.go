package irc

import (
	"bytes"

	"github.com/wormwatch/wormwatch/internal/packet"
)

const (
	linesKept   = 8   // lines of a session that are kept
	lineSize    = 200 // octets of each
	reportsKept = 2   // of them reports, of which a bot sends one for each victim
)

// rank says how telling a line is; what is least telling goes first.
type rank uint8

const (
	keptTelling      rank = iota // only IRC has such lines
	keptRegistration             // NICK, USER
	keptKeyed                    // a channel takes a key
	keptReport
	keptOrder
)

// line is a telling line.
type line struct {
	time   packet.Time
	n      uint8
	rank   rank
	server bool
	b      [lineSize]byte
}

func (l *line) bytes() []byte { return l.b[:l.n] }

// Line is a telling line of a session.
type Line struct {
	Time   packet.Time // when its last octet came
	Server bool        // the server sent it
	Text   string      // raw, without tags and line end, the first 200 octets
	Order  bool        // a command as bots take it
}

// Lines returns up to eight telling lines in the order in which they came: registration,
// keyed JOIN, orders, reports. When there were more, those are gone that tell less; of
// orders the oldest.
func (s *Session) Lines() (lines []Line) {
	for i := range s.lines[:s.kept] {
		l := &s.lines[i]
		lines = append(lines, Line{l.time, l.server, string(l.bytes()), l.rank == keptOrder})
	}
	return lines
}

// keep keeps a line, unless the same is there or all that are there tell more.
func (s *Session) keep(in *input, r rank) {
	text := in.text[:min(len(in.text), lineSize)]
	reports := 0
	for i := range s.lines[:s.kept] {
		l := &s.lines[i]
		if l.rank == r && l.server == in.server && bytes.Equal(l.bytes(), text) {
			return
		}
		if l.rank == keptReport {
			reports++
		}
	}
	if r == keptReport && reports == reportsKept {
		s.drop(func(l *line) bool { return l.rank == keptReport })
	} else if s.kept == linesKept {
		least := s.least()
		if least > r {
			return
		}
		s.drop(func(l *line) bool { return l.rank == least })
	}
	l := &s.lines[s.kept]
	*l = line{time: in.now, rank: r, server: in.server}
	l.n = uint8(copy(l.b[:], text))
	s.kept++
	s.changed = true
}

// least returns the lowest rank of the lines.
func (s *Session) least() rank {
	least := keptOrder
	for i := range s.lines[:s.kept] {
		least = min(least, s.lines[i].rank)
	}
	return least
}

// drop drops the oldest line of those that match.
func (s *Session) drop(match func(*line) bool) {
	for i := range s.lines[:s.kept] {
		if match(&s.lines[i]) {
			copy(s.lines[i:s.kept], s.lines[i+1:s.kept])
			s.kept--
			return
		}
	}
}
