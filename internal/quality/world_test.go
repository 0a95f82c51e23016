package quality

import (
	"math"
	"testing"
	"time"
)

// The population is what its parameters say.
func TestPopulation(t *testing.T) {
	for _, d := range Densities {
		p := ShortParams(d.Alive)
		w := newWorld(&p)
		inUse, answering := 0, 0
		for a := range w.plan.size {
			i := w.plan.hostAt(firstAddr + addr(a))
			if i < 0 {
				continue
			}
			inUse++
			if h := &w.hosts[i]; h.addr != firstAddr+addr(a) {
				t.Fatalf("%s: host %d has %s, and its address says %s", d.Name, i, addrText(h.addr), addrText(firstAddr+addr(a)))
			}
		}
		for i := range w.hosts {
			if h := &w.hosts[i]; h.role.client() && h.stance == answers {
				answering++
			}
		}
		if got := float64(inUse) / float64(w.plan.size); math.Abs(got-d.Alive) > 0.01 {
			t.Errorf("%s: %.3f of the swept network in use, want %.2f", d.Name, got, d.Alive)
		}
		if got := float64(answering) / float64(p.Workstations); math.Abs(got-p.Answering) > 0.02 {
			t.Errorf("%s: %.3f of the workstations answer, want %.2f", d.Name, got, p.Answering)
		}
	}
}

// Nobody loses an address or shares one, however many move.
func TestChurnKeepsAddressesUnique(t *testing.T) {
	p := ShortParams(0.25)
	p.Churn = 0.2
	w := newWorld(&p)
	moved := 0
	before := make([]addr, len(w.hosts))
	for day := range int32(5) {
		for i := range w.hosts {
			before[i] = w.hosts[i].addr
		}
		w.newDay(day)
		for i := range w.hosts {
			if w.plan.hostAt(w.hosts[i].addr) != i {
				t.Fatalf("day %d: host %d does not own %s", day, i, addrText(w.hosts[i].addr))
			}
			if w.hosts[i].addr != before[i] {
				moved++
			}
		}
	}
	if want := 0.2 * 5 * float64(p.Workstations); math.Abs(float64(moved)-want) > want/10 {
		t.Errorf("%d moves in 5 days, want about %.0f", moved, want)
	}
}

func TestFates(t *testing.T) {
	p := ShortParams(0.25)
	p.Outages, p.LinkFailures = 0, 0
	w := newWorld(&p)
	w.newDay(1)
	at := 36 * time.Hour // Tuesday noon
	server := &w.hosts[w.byRole[FileServer][0]]
	var desk *host
	for i := range w.hosts {
		if h := &w.hosts[i]; h.role == Workstation && h.stance == refuses && h.on(1, 12*3600) {
			desk = h
			break
		}
	}
	unused := w.plan.unused(newRand(1, "test"))
	delete(w.gone, unused)
	check := func(what string, got, want fate) {
		t.Helper()
		if got != want {
			t.Errorf("%s: fate %d, want %d", what, got, want)
		}
	}
	check("server", w.fateOf(at, desk, server.addr), answered)
	check("refusing desk", w.fateOf(at, server, desk.addr), refused)
	check("unused", w.fateOf(at, desk, unused), absent)
	desk.nightOff = true
	check("desk at night", w.fateOf(at+12*time.Hour, server, desk.addr), absent)
	w.trouble = trouble{w.byRole[FileServer][0]: {{from: at, to: at + time.Hour}}}
	check("server down", w.fateOf(at, desk, server.addr), silent)
	check("server up again", w.fateOf(at+time.Hour, desk, server.addr), answered)
	w.links = []link{{from: at, to: at + time.Hour, prefix: desk.addr, bits: 32}}
	check("behind a failed link", w.fateOf(at, server, desk.addr), silent)
	check("from behind it", w.fateOf(at, desk, server.addr), unheard)
}
