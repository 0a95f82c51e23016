package quality

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// start is Monday, 1 June 2026, 00:00 UTC; all times of the simulation are durations
// since then.
var start = packet.Time(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC).UnixNano())

// The ports that are tried.
const (
	portSMB = 445
	portWMI = 135
	proxy   = 8080
)

// frame is what the sensor sees of one packet, smaller than packet.Event: millions of
// them are sorted.
type frame struct {
	at           time.Duration
	src, dst     addr
	sport, dport uint16
	what         what
}

type what uint8

const (
	syn what = iota
	synAck
	rst
	unreachable
	segment
	arpRequest
	arpReply
)

// event fills ev with the packet.
func (f *frame) event(ev *packet.Event) {
	*ev = packet.Event{Time: start.Add(f.at), Kind: packet.KindTCP, Proto: packet.ProtoTCP, SrcPort: f.sport, DstPort: f.dport}
	ev.SrcMAC = router
	setAddr(&ev.Src, f.src)
	setAddr(&ev.Dst, f.dst)
	switch f.what {
	case syn:
		ev.TCPFlags = packet.SYN
	case synAck:
		ev.TCPFlags = packet.SYN | packet.ACK
	case rst:
		ev.TCPFlags = packet.RST | packet.ACK
	case segment:
		ev.TCPFlags, ev.Payload = packet.PSH|packet.ACK, 300
	case unreachable:
		ev.Kind, ev.Flags = packet.KindUnreachable, packet.FlagRelayed
	case arpRequest:
		ev.Kind, ev.Proto, ev.Flags = packet.KindARPRequest, 0, packet.FlagGroup
		ev.SrcMAC = macOf(f.src)
	case arpReply:
		ev.Kind, ev.Proto = packet.KindARPReply, 0
		ev.SrcMAC = macOf(f.src)
	}
}

// router is the link address of the core router, which all traffic between subnets has.
var router = [6]byte{2, 0xff}

func macOf(a addr) [6]byte {
	if a&255 == gateway {
		return router
	}
	return [6]byte{2, 0, byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)}
}

func setAddr(a *packet.Addr, v addr) {
	*a = packet.Addr{10: 0xff, 11: 0xff, 12: byte(v >> 24), 13: byte(v >> 16), 14: byte(v >> 8), 15: byte(v)}
}

// hour collects the frames of one hour and keeps those of the next apart.
type hour struct {
	from, to time.Duration
	frames   []frame
	later    []frame
	keys     []uint64
}

// begin starts the hour at from with what the last one left.
func (q *hour) begin(from time.Duration) {
	q.from, q.to = from, from+time.Hour
	q.frames = append(q.frames[:0], q.later...)
	q.later = q.later[:0]
}

func (q *hour) add(f frame) {
	if f.at >= q.to {
		q.later = append(q.later, f)
		return
	}
	q.frames = append(q.frames, f)
}

// sorted returns the indexes of frames in order of time, those of one instant in the
// order in which they were added, packed as the low 22 bits of each key.
func (q *hour) sorted() []uint64 {
	q.keys = q.keys[:0]
	for i := range q.frames {
		q.keys = append(q.keys, uint64(q.frames[i].at-q.from)<<22|uint64(i))
	}
	if len(q.keys) > 1<<22 {
		panic("quality: more than four million packets in an hour")
	}
	slices.Sort(q.keys)
	return q.keys
}

// fate is how a try ends.
type fate uint8

const (
	answered fate = iota
	refused
	silent  // somebody is there, but says nothing, or is off
	absent  // nobody is there, or the machine is off: its router may say so
	unheard // the sensor does not see the try
)

// fateOf says how a try of source at dst would end. It does not say whether a router
// reports an absent one.
func (w *world) fateOf(at time.Duration, source *host, dst addr) fate {
	if w.cut(at, source.addr) {
		return unheard
	}
	if w.cut(at, dst) {
		return silent
	}
	day, second := int32(at/(24*time.Hour)), int32(at%(24*time.Hour)/time.Second)
	i := w.plan.hostAt(dst)
	if dst&255 == gateway {
		return refused
	}
	if i < 0 {
		if off, was := w.gone[dst]; was && day < off {
			return answered
		}
		return absent
	}
	h := &w.hosts[i]
	if !h.role.client() {
		if o := w.trouble.down(int32(i), at); o != nil {
			if o.refuses {
				return refused
			}
			return silent
		}
		return answered
	}
	switch {
	case !h.on(day, second):
		return absent
	case source.role.manages() && unit(mix(w.p.Seed, uint64(i), 9)) < 0.9:
		return answered
	case h.stance == answers:
		return answered
	case h.stance == refuses:
		return refused
	}
	return silent
}

// try makes the frames of one TCP connection attempt and hands them to put.
func (w *world) try(at time.Duration, source *host, dst addr, port, sport uint16, r *rand.Rand, put func(frame)) fate {
	end := w.fateOf(at, source, dst)
	if end == unheard {
		return end
	}
	f := frame{at: at, src: source.addr, dst: dst, sport: sport, dport: port, what: syn}
	if sameSubnet(source.addr, dst) {
		if end == absent { // a SYN is never sent: the target's link address is not to be had
			for range 3 {
				whoHas(f.at, source.addr, dst, false, put)
				f.at += time.Second
			}
			return end
		}
		whoHas(f.at, source.addr, dst, true, put)
		f.at += time.Millisecond
	}
	put(f)
	back := frame{src: dst, dst: f.src, sport: port, dport: sport, at: f.at + 200*time.Microsecond + time.Duration(r.IntN(3_000_000))}
	switch end {
	case answered:
		back.what = synAck
		put(back)
		return end
	case refused:
		back.what = rst
		put(back)
		return end
	}
	f.at += 3 * time.Second // retransmission
	put(f)
	if end == absent && r.Float64() < w.p.Unreachable {
		back.what, back.at = unreachable, f.at+time.Millisecond // after the router's ARP
		put(back)
	}
	return end
}

// whoHas is an ARP request and, if somebody has the address, its answer.
func whoHas(at time.Duration, source, dst addr, is bool, put func(frame)) {
	put(frame{at: at, src: source, dst: dst, what: arpRequest})
	if is {
		put(frame{at: at + 300*time.Microsecond, src: dst, dst: source, what: arpReply})
	}
}
