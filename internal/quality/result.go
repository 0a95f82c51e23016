package quality

import (
	"cmp"
	"slices"
	"time"

	"github.com/wormwatch/wormwatch/internal/detect"
	"github.com/wormwatch/wormwatch/internal/flow"
)

// Result is what one run came to.
type Result struct {
	Params   Params
	Nets     int // /16s
	Swept    int // of them swept
	Hosts    [roles]int
	Packets  int
	Contacts int
	Flow     flow.Stats
	Detect   detect.Stats
	Elapsed  time.Duration
	Trials   []Trial
	Alarms   [Detectors][]FalseAlarm // one a host, by time
	Crossed  float64                 // share of dark probes at addresses that another squad had tried
}

// Alarmed counts the hosts falsely alerted by detector d whose role is chosen; before or
// after the end of learning.
func (r *Result) Alarmed(d int, chosen func(Role) bool, learning bool) int {
	n := 0
	for _, a := range r.Alarms[d] {
		if a.Learning == learning && chosen(a.Role) {
			n++
		}
	}
	return n
}

// False counts all hosts falsely alerted by d: everybody but the vulnerability scanner
// that nobody allowed, of whom an alert is right.
func (r *Result) False(d int) int {
	right := func(x Role) bool { return x != Forgotten }
	return r.Alarmed(d, right, true) + r.Alarmed(d, right, false)
}

// Summary is a row of figures over trials of one kind.
type Summary struct {
	Trials, Found, Fast int
	P50, P95            int           // probes to detection of those found
	All95               int           // of all, -1 if fewer than 95% were found
	T50, T95            time.Duration // to detection of those found
}

// Share is the share found.
func (s Summary) Share() float64 { return float64(s.Found) / float64(max(s.Trials, 1)) }

// Summarise gathers what detector d made of the trials that are chosen.
func Summarise(trials []Trial, d int, chosen func(*Trial) bool) Summary {
	var s Summary
	var probes []int
	var times []time.Duration
	for i := range trials {
		t := &trials[i]
		if !chosen(t) {
			continue
		}
		s.Trials++
		by := t.By[d]
		if !by.Found {
			continue
		}
		s.Found++
		if by.Kind == "scan.fast" {
			s.Fast++
		}
		probes = append(probes, by.Probes)
		times = append(times, by.After)
	}
	s.P50, s.P95 = quantile(probes, 0.5), quantile(probes, 0.95)
	s.T50, s.T95 = quantile(times, 0.5), quantile(times, 0.95)
	s.All95 = -1
	if n := rank(s.Trials, 0.95); s.Trials > 0 && n <= len(probes) {
		s.All95 = probes[n-1]
	}
	return s
}

// rank is the nearest-rank position (from 1) of the quantile q among n.
func rank(n int, q float64) int {
	r := int(q * float64(n))
	if float64(r) < q*float64(n) {
		r++
	}
	return max(r, 1)
}

// quantile sorts v and returns its q-quantile by nearest rank, zero of nothing.
func quantile[T cmp.Ordered](v []T, q float64) T {
	slices.Sort(v)
	if len(v) == 0 {
		var zero T
		return zero
	}
	return v[rank(len(v), q)-1]
}
