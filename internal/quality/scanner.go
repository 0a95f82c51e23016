package quality

import (
	"math/rand/v2"
	"time"
)

// Paces are the intervals between two probes.
var Paces = []time.Duration{
	10 * time.Millisecond, time.Second, time.Minute, 10 * time.Minute, time.Hour, 4 * time.Hour,
}

// Targets is how a scanner chooses them.
type Targets uint8

// The choices.
const (
	Random     Targets = iota // anywhere in its network (/16), without repeats
	Sequential                // upward from somewhere in its network
	HitList                   // live hosts of its network, in random order
)

func (t Targets) String() string {
	return [...]string{"random", "sequential", "live hosts"}[t]
}

// Company is who else scans.
type Company uint8

// The companies. All but Fresh are workstations that worked normally for the days before
// and go on working beside the scan.
const (
	Alone    Company = iota
	Fresh            // alone, from an address never seen before
	FourSame         // four on one /22 in the same order, begun within ten probes
	Four             // four on one /22, each in an order of its own
)

func (c Company) String() string {
	return [...]string{"alone", "alone, new host", "four, same order", "four, own orders"}[c]
}

// Cell is a kind of scan that is counted together.
type Cell struct {
	Pace    time.Duration
	Targets Targets
	Company Company
}

// kinds of scan at each pace, and whether they get all trials or half as many.
var kinds = []struct {
	Targets Targets
	Company Company
	all     bool
}{
	{Random, Alone, true},
	{Random, Fresh, false},
	{Sequential, Alone, false},
	{HitList, Alone, false},
	{Random, FourSame, false},
	{Random, Four, false},
}

// scanner is one infected host. Its machine stays on and keeps its address.
type scanner struct {
	cell   Cell
	squad  int
	host   int32
	begin  time.Duration
	next   time.Duration
	budget int
	trial  Trial
	sent   []addr
	unsent int               // of them in its own subnet, where ARP found nobody
	order  *rand.Rand        // of targets
	jitter *rand.Rand        // of time: a fifth of the pace, up and down
	choose func(n int) addr  // target of the probe n, not yet checked for repeats
	accept func(a addr) bool // nil: all
}

// plotScanners draws all scanners of a run: hosts of the swept networks that begin between
// ScanFrom and the last moment at which the budget still fits. A pace at
// which not even half of the budget fits is left out.
func (w *world) plotScanners() []*scanner {
	r := newRand(w.p.Seed, "scanners")
	var all []*scanner
	squads := 0
	for _, pace := range Paces {
		room := time.Duration(w.p.Days)*24*time.Hour - ScanFrom
		if room < pace*time.Duration(w.p.Probes)/2 {
			continue
		}
		for _, k := range kinds {
			n := w.p.Trials
			if !k.all {
				n = (n + 1) / 2
			}
			size := 1
			if k.Company >= FourSame {
				size, n = 4, (n+3)/4
			}
			for range n {
				for _, s := range w.squad(Cell{pace, k.Targets, k.Company}, size, room, r) {
					s.squad = squads
					all = append(all, s)
				}
				squads++
			}
		}
	}
	return all
}

// budget is the number of probes: those that ten seconds allow if that is more, since
// silence shows only after five.
func (p *Params) budget(pace time.Duration) int {
	return max(p.Probes, int(10*time.Second/pace))
}

// squad draws size scanners of one network that begin within ten probes of each other.
func (w *world) squad(c Cell, size int, room time.Duration, r *rand.Rand) []*scanner {
	budget := w.p.budget(c.Pace)
	slack := max(0, room-c.Pace*time.Duration(budget+10))
	begin := ScanFrom + time.Duration(r.Int64N(int64(slack)+1))
	net := w.plan.base(r.IntN(w.plan.swept))
	choose := w.choice(c, net, r)
	seed := r.Uint64()
	var s []*scanner
	for i := range size {
		order := seed
		if c.Company != FourSame {
			order += uint64(i)
		}
		s = append(s, &scanner{
			cell: c, host: w.recruit(net, c.Company == Fresh, r), budget: budget,
			begin:  begin + time.Duration(r.Int64N(int64(c.Pace)*10)),
			order:  rand.New(rand.NewPCG(order, 1)),
			jitter: rand.New(rand.NewPCG(seed, uint64(i))),
		})
		last := s[len(s)-1]
		last.choose = func(n int) addr { return choose(n, last.order) }
		last.next = last.begin
	}
	return s
}

// choice returns how the targets of one squad are chosen.
func (w *world) choice(c Cell, net addr, r *rand.Rand) func(n int, order *rand.Rand) addr {
	switch {
	case c.Targets == Sequential:
		from := addr(r.IntN(w.plan.size))
		return func(n int, _ *rand.Rand) addr {
			k := from + addr(n)
			return net + (k+2*(k/254)+1)%addr(w.plan.size) // without .0 and .255, nearly
		}
	case c.Targets == HitList:
		list := w.liveHosts(net, w.p.HitList, r)
		return func(_ int, order *rand.Rand) addr { return list[order.IntN(len(list))] }
	case c.Company >= FourSame:
		base := net + addr(r.IntN(w.plan.size>>10))<<10
		return func(_ int, order *rand.Rand) addr { return base + addr(order.IntN(1024)) }
	}
	return func(_ int, order *rand.Rand) addr { return net + addr(order.IntN(w.plan.size)) }
}

// liveHosts lists n addresses of the network that somebody has.
func (w *world) liveHosts(net addr, n int, r *rand.Rand) []addr {
	var list []addr
	for len(list) < n {
		a := net + addr(r.IntN(w.plan.size))
		if w.plan.hostAt(a) >= 0 {
			list = append(list, a)
		}
	}
	return list
}

// recruit picks a workstation of the network that is no scanner yet; a fresh one has been
// off until now.
func (w *world) recruit(net addr, fresh bool, r *rand.Rand) int32 {
	for {
		i := w.workstation(r)
		h := &w.hosts[i]
		if w.plan.netOf(h.addr) != net || h.recruited || h.role != Workstation {
			continue
		}
		h.recruited = true
		h.leaveFrom, h.leaveTo = -1, -1
		if fresh {
			h.leaveFrom, h.leaveTo = 0, 1<<30
		}
		return i
	}
}

// target returns the next address to probe.
func (s *scanner) target(own addr) addr {
	for n := len(s.sent); ; n++ {
		a := s.choose(n)
		if b := a & 255; b == 0 || b == 255 || a == own || contains(s.sent, a) || s.accept != nil && !s.accept(a) {
			if n > len(s.sent)+100_000 {
				return a // a list that is used up
			}
			continue
		}
		return a
	}
}

// rest returns the time to the next probe.
func (s *scanner) rest() time.Duration {
	return time.Duration(float64(s.cell.Pace) * (0.8 + 0.4*s.jitter.Float64()))
}
