package detect

import (
	"math"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// view is what the sensor can see of a prefix, or of everything: do pairs that worked
// before fail now, and do connections go on whose answers never pass.
type view struct {
	pairs       minutes   // that failed, and that worked, of those that had worked before
	failing     [3]uint32 // sources of the failures
	established uint32    // connections whose answer was seen
	wentOn      uint32    // connections whose answer was not
	witnesses   [3]uint32
}

// viewForgets is where the counts of a view are halved: the mirror may be mended.
const viewForgets = 1 << 12

func (v *view) turn(now packet.Time) {
	if v.pairs.turn(now) {
		v.failing = [3]uint32{}
	}
}

// surging wants three sources too: one that fails at what it had reached is no outage.
func (v *view) surging(now packet.Time, c *Outage) bool {
	v.turn(now)
	failed, worked := v.pairs.sums()
	return failed >= uint64(c.Surge) && v.failing[2] != 0 && float64(failed) >= c.SurgeShare*float64(failed+worked)
}

// oneWay wants three witnesses: a scanner that plays an answered client alone proves
// nothing.
func (v *view) oneWay(c *Mirror) bool {
	return v.wentOn >= uint32(c.WentOn) && v.witnesses[2] != 0 &&
		float64(v.wentOn) >= c.WentOnShare*float64(v.wentOn+v.established)
}

func (v *view) note(c *flow.Contact, h uint64, trusted bool) {
	switch c.Outcome {
	case flow.Answered:
		v.established++
		if c.Has(flow.Known) {
			v.turn(c.Time)
			v.pairs.b[0]++
			if c.Has(flow.Revised) {
				v.pairs.a[0] -= min(1, v.pairs.a[0])
			}
		}
	case flow.Silent, flow.Refused:
		if c.Has(flow.Known) {
			v.turn(c.Time)
			v.pairs.a[0]++
			remember(&v.failing, uint32(h>>32)|1)
		}
		if c.Has(flow.WentOn) && trusted {
			v.wentOn++
			remember(&v.witnesses, uint32(h>>32)|1)
		}
	}
	if v.established+v.wentOn >= viewForgets {
		v.established, v.wentOn = v.established/2, v.wentOn/2
	}
}

// remember puts who among the first three that are different.
func remember(three *[3]uint32, who uint32) {
	for i := range three {
		if three[i] == who {
			return
		}
		if three[i] == 0 {
			three[i] = who
			return
		}
	}
}

// visibility is what the sensor can see at all.
type visibility struct {
	seed     uint64
	outage   Outage
	mirror   Mirror
	all      view
	prefixes *table.Table[packet.Addr, view]
	// ARP: a who-has for a host that is alive, and no is-at: replies do not pass here.
	arpSeen, arpBlind uint32
	lost              packet.Time // latest trial given up
	loss              minutes     // trials given up, and opened
}

// Silence means nothing while one trial in lossShare is given up, in this minute and the
// one before.
const lossShare = 100

func (v *visibility) prefix(target packet.Addr, claim bool) *view {
	k := flow.Prefix(target)
	h := table.Hash(v.seed, (*[16]byte)(&k), 0)
	_, p := v.prefixes.Get(h, k)
	if p == nil && claim {
		_, p, _ = v.prefixes.Claim(h, k, func(a, b *view) bool { return a.established+a.wentOn < b.established+b.wentOn })
		*p = view{}
	}
	return p
}

// note takes a step of a trial of the source with hash h into account.
func (v *visibility) note(c *flow.Contact, h uint64, arp, trusted bool) {
	switch {
	case c.Outcome == flow.Opened:
		v.loss.turn(c.Time)
		v.loss.b[0]++
		return
	case c.Outcome == flow.Lost:
		v.loss.turn(c.Time)
		v.loss.a[0]++
		v.lost = c.Time
		return
	case arp:
		v.noteARP(c)
		return
	}
	v.all.note(c, h, trusted)
	v.prefix(c.Target, true).note(c, h, trusted)
}

// missed tells that packets of interest, n of them, were lost by now.
func (v *visibility) missed(now packet.Time, n uint64) {
	v.loss.turn(now)
	v.loss.a[0] += uint32(min(n, uint64(math.MaxUint32-v.loss.a[0])))
	v.lost = now
}

func (v *visibility) noteARP(c *flow.Contact) {
	switch {
	case c.Outcome == flow.Answered:
		v.arpSeen++
	case c.Outcome == flow.Silent && c.Has(flow.Alive):
		v.arpBlind++
	}
	if v.arpSeen+v.arpBlind >= viewForgets {
		v.arpSeen, v.arpBlind = v.arpSeen/2, v.arpBlind/2
	}
}

// arp reports whether ARP can be judged: replies are unicast, and a port mirror of one
// host shows everybody's questions but few answers. As with the one-way mirror that nobody
// answers is no proof of it: hosts that are alive must fail to.
func (v *visibility) arp() bool { return v.arpBlind <= v.arpSeen }

func (v *visibility) oneWay(target packet.Addr) bool {
	if v.all.oneWay(&v.mirror) {
		return true
	}
	p := v.prefix(target, false)
	return p != nil && p.oneWay(&v.mirror)
}

// blind reports whether the silence of a target means nothing now.
func (v *visibility) blind(target packet.Addr, now packet.Time) bool {
	if v.lossy(now) || v.all.surging(now, &v.outage) || v.oneWay(target) {
		return true
	}
	p := v.prefix(target, false)
	return p != nil && p.surging(now, &v.outage)
}

func (v *visibility) lossy(now packet.Time) bool {
	v.loss.turn(now)
	given, opened := v.loss.sums()
	return given > 0 && given*lossShare >= opened
}

// word is the visibility of a finding about target; losses since first make it "drops".
func (v *visibility) word(c *flow.Contact, first packet.Time) alert.Visibility {
	switch {
	case v.lost != 0 && v.lost >= first:
		return alert.VisibilityDrops
	case v.oneWay(c.Target):
		return alert.VisibilityOneWay
	case c.Has(flow.Learning):
		return alert.VisibilityLearning
	}
	return alert.VisibilityOK
}
