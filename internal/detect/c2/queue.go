package c2

import "github.com/wormwatch/wormwatch/internal/table"

// queue is the sessions that wait, in the order in which they fall due: all wait equally
// long. They are linked within their table, so that none is ever left out.
type queue struct {
	sessions    *table.Table[uint64, session]
	front, back int32 // slots, valid unless the queue is empty
	n           int
}

// link is a session's place in the queue.
type link struct {
	before, behind int32 // slots, end where there is none
	in             bool
}

const end = -1

func newQueue(sessions *table.Table[uint64, session]) queue { return queue{sessions: sessions} }

func (q *queue) at(slot int32) *session {
	_, s := q.sessions.At(int(slot))
	return s
}

// first returns the session that falls due first, nil if none waits.
func (q *queue) first() *session {
	if q.n == 0 {
		return nil
	}
	return q.at(q.front)
}

// push adds a session behind the last.
func (q *queue) push(s *session) {
	s.link = link{before: end, behind: end, in: true}
	if q.n == 0 {
		q.front = s.slot
	} else {
		s.link.before = q.back
		q.at(q.back).link.behind = s.slot
	}
	q.back = s.slot
	q.n++
}

// remove takes a session out, if it is in.
func (q *queue) remove(s *session) {
	if !s.link.in {
		return
	}
	if s.link.before == end {
		q.front = s.link.behind
	} else {
		q.at(s.link.before).link.behind = s.link.behind
	}
	if s.link.behind == end {
		q.back = s.link.before
	} else {
		q.at(s.link.behind).link.before = s.link.before
	}
	s.link = link{}
	q.n--
}
