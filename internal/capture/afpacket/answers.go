package afpacket

import (
	"math/rand/v2"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

const (
	// answersKept bounds the answers that are known; one that is displaced finds its
	// question behind it.
	answersKept = 1 << 12
	// shifted is how far an answer is looked for behind where it was: questions that were
	// put before others moved it.
	shifted = 16
)

// answers finds those that lie in the queue. internal/capture/ring looks for the questions
// instead, since its records can be read before they are taken.
type answers struct {
	seed     uint64
	services capture.Services
	all      [answersKept]struct {
		hash uint64
		at   int // in the queue, less what moved
	}
	base int // how far the queue was moved since the start
}

func (a *answers) watch(udp []uint16) {
	a.seed = rand.Uint64()
	a.services.Watch(udp)
}

// moved says that the queue begins n entries later.
func (a *answers) moved(n int) { a.base += n }

// hash returns that of a question, or of an answer as its question's.
func (a *answers) hash(src, dst *packet.Addr, srcPort, dstPort uint16, proto uint8) uint64 {
	return table.HashPair(a.seed, (*[16]byte)(src), (*[16]byte)(dst), uint64(srcPort)|uint64(dstPort)<<16|uint64(proto)<<32)
}

// note remembers where an answer was put.
func (a *answers) note(m *merger, e *entry, at int) {
	ev := &e.ev
	if len(m.rings) < 2 || !a.services.Answers(ev) {
		return
	}
	h := a.hash(&ev.Dst, &ev.Src, ev.DstPort, ev.SrcPort, ev.Proto)
	s := &a.all[h%answersKept]
	if s.hash != h || s.at-a.base < m.from {
		s.hash, s.at = h, at+a.base
	}
}

// of returns where the answer of a question lies that came through another ring, less than
// slack before it; -1 if there is none.
func (a *answers) of(m *merger, e *entry) int {
	q := &e.ev
	if len(m.rings) < 2 || !a.services.Asks(q) {
		return -1
	}
	h := a.hash(&q.Src, &q.Dst, q.SrcPort, q.DstPort, q.Proto)
	s := &a.all[h%answersKept]
	first := s.at - a.base
	if s.hash != h || first < m.from {
		return -1
	}
	for i := first; i < min(first+shifted, len(m.queue)); i++ {
		r := &m.queue[i].ev
		if m.queue[i].ring != e.ring && q.Time.Sub(r.Time) <= slack && a.services.Answers(r) && r.Proto == q.Proto &&
			r.Src == q.Dst && r.Dst == q.Src && r.SrcPort == q.DstPort && r.DstPort == q.SrcPort {
			return i
		}
	}
	return -1
}
