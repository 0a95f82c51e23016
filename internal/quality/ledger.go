package quality

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
)

// The detectors that are compared.
const (
	Sensor = iota
	Zeek25
	Daily20
	TRW
	Reverse
	Detectors
)

// DetectorNames are those of the tables.
var DetectorNames = [Detectors]string{"this sensor", "25 in 5 min", "20 in 24 h", "TRW", "reverse sequential"}

// Detection is what one detector made of one scanner.
type Detection struct {
	Found  bool
	Probes int           // distinct targets until then
	Unsent int           // of them those that ARP did not find: no SYN was sent
	After  time.Duration // since the first probe
	Kind   alert.Kind    // of the sensor's finding
}

// Trial is one scanner and how it went.
type Trial struct {
	Cell
	Source string
	Begin  time.Duration // since the start
	Probes int           // sent
	By     [Detectors]Detection
}

// FalseAlarm is a host that is no scanner and was alerted.
type FalseAlarm struct {
	Source   string
	Role     Role
	At       time.Duration
	Learning bool
	Text     string // the sensor's own sentence
}

// ledger books who was alerted by whom.
type ledger struct {
	w        *world
	scanners map[int32]*scanner // that have begun, by host
	alarms   [Detectors]map[int32]FalseAlarm
	learning time.Duration
}

func newLedger(w *world, learning time.Duration) *ledger {
	l := &ledger{w: w, scanners: map[int32]*scanner{}, learning: learning}
	for i := range l.alarms {
		l.alarms[i] = map[int32]FalseAlarm{}
	}
	return l
}

// alert books that the detector d alerts the source at a moment. A host that moved away
// is named by the address it left.
func (l *ledger) alert(d int, at time.Duration, source addr, kind alert.Kind, text string) {
	host := int32(l.w.plan.hostAt(source))
	if s := l.scanners[host]; s != nil && host >= 0 {
		if by := &s.trial.By[d]; !by.Found {
			*by = Detection{Found: true, Probes: len(s.sent), Unsent: s.unsent, After: at - s.begin, Kind: kind}
		}
		return
	}
	a := FalseAlarm{Source: addrText(source), At: at, Text: text, Learning: at < l.learning}
	key := host
	if host >= 0 {
		a.Role = l.w.hosts[host].role
	} else {
		key = -int32(source-firstAddr) - 1
	}
	if _, known := l.alarms[d][key]; !known {
		l.alarms[d][key] = a
	}
}

// done reports whether all detectors have found s.
func (s *scanner) done() bool {
	for i := range s.trial.By {
		if !s.trial.By[i].Found {
			return false
		}
	}
	return true
}
