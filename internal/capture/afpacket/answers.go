package afpacket

import (
	"math/rand/v2"

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

// answers finds those that lie in the queue.
type answers struct {
	seed uint64
	udp  [1 << 16]bool // watched
	all  [answersKept]struct {
		hash uint64
		at   int // in the queue, less what moved
	}
	base int // how far the queue was moved since the start
}

func (a *answers) watch(udp []uint16) {
	a.seed = rand.Uint64()
	clear(a.udp[:])
	for _, p := range udp {
		a.udp[p] = true
	}
}

// moved says that the queue begins n entries later.
func (a *answers) moved(n int) { a.base += n }

// asks reports whether ev asks for something: a bare SYN, a request to a watched service,
// who-has.
func (a *answers) asks(ev *packet.Event) bool {
	switch ev.Kind {
	case packet.KindTCP:
		return ev.TCPFlags&(packet.SYN|packet.ACK|packet.RST) == packet.SYN
	case packet.KindUDP:
		return a.udp[ev.DstPort] && ev.Flags&packet.FlagReply == 0
	case packet.KindARPRequest:
		return true
	}
	return false
}

// answers reports whether ev may answer what asks.
func (a *answers) answers(ev *packet.Event) bool {
	switch ev.Kind {
	case packet.KindTCP:
		return ev.TCPFlags&packet.RST != 0 || ev.TCPFlags&(packet.SYN|packet.ACK) == packet.SYN|packet.ACK
	case packet.KindUDP:
		return a.udp[ev.SrcPort]
	case packet.KindUnreachable, packet.KindARPReply:
		return true
	}
	return false
}

// hash returns that of a question, or of an answer as its question's.
func (a *answers) hash(src, dst *packet.Addr, srcPort, dstPort uint16, proto uint8) uint64 {
	return table.HashPair(a.seed, (*[16]byte)(src), (*[16]byte)(dst), uint64(srcPort)|uint64(dstPort)<<16|uint64(proto)<<32)
}

// note remembers where an answer was put.
func (a *answers) note(m *merger, e *entry, at int) {
	ev := &e.ev
	if len(m.rings) < 2 || !a.answers(ev) {
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
	if len(m.rings) < 2 || !a.asks(q) {
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
		if m.queue[i].ring != e.ring && q.Time.Sub(r.Time) <= slack && a.answers(r) && r.Proto == q.Proto &&
			r.Src == q.Dst && r.Dst == q.Src && r.SrcPort == q.DstPort && r.DstPort == q.SrcPort {
			return i
		}
	}
	return -1
}
