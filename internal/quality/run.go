package quality

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/detect"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// baseline is an older method.
type baseline interface {
	title() string
	observe(c *flow.Contact) bool
}

// Options are how a run is done, not what it is about.
type Options struct {
	Flow   flow.Config
	Detect detect.Config
	// Trace gets a line for every step of every trial of the addresses in Traced, and for
	// every finding about them.
	Trace  io.Writer
	Traced []netip.Addr
}

// DefaultOptions is the sensor as it comes.
func DefaultOptions() Options {
	return Options{Flow: flow.DefaultConfig(), Detect: detect.DefaultConfig()}
}

// run is one simulation on its way.
type run struct {
	opt      Options
	w        *world
	book     *ledger
	field    *field
	tracker  *flow.Tracker
	engine   *detect.Engine
	old      []baseline
	contacts []flow.Contact
	findings []alert.Finding
	event    packet.Event
	result   Result
}

// Run simulates Params.Days days. The context ends it early, with an error.
func Run(ctx context.Context, p Params, opt Options) (*Result, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	w := newWorld(&p)
	return newRun(w, w.plotScanners(), opt).days(ctx, 0, 24*p.Days)
}

func newRun(w *world, scanners []*scanner, opt Options) *run {
	r := &run{opt: opt, w: w, book: newLedger(w, opt.Flow.Memory.Learning)}
	r.old = []baseline{
		newWindow(DetectorNames[Zeek25], 25, 5*time.Minute),
		newWindow(DetectorNames[Daily20], 20, 24*time.Hour),
		newTRW(), newReverse(),
	}
	r.field = newField(w, r.book, slices.Clone(scanners), r.old)
	r.tracker = flow.New(opt.Flow, w.p.Seed)
	site := detect.Site{Sensor: "quality", Services: opt.Flow.Services, Allow: allow.New(w.allow())}
	r.engine = detect.New(opt.Detect, site, w.p.Seed)
	r.result = Result{Params: *w.p, Nets: w.plan.nets, Swept: w.plan.swept}
	for i := range w.hosts {
		r.result.Hosts[w.hosts[i].role]++
	}
	for _, s := range scanners {
		s.trial = Trial{Cell: s.cell, Begin: s.begin}
	}
	return r
}

// allow names the vulnerability scanners, as a site's configuration does.
func (w *world) allow() []allow.Entry {
	var entries []allow.Entry
	for _, i := range w.byRole[VulnScanner] {
		a, _ := netip.ParseAddr(addrText(w.hosts[i].addr))
		entries = append(entries, allow.Entry{Source: netip.PrefixFrom(a, 32), Reason: "vulnerability scanner"})
	}
	return entries
}

// days feeds the hours from..to-1 since the start to the sensor.
func (r *run) days(ctx context.Context, from, to int) (*Result, error) {
	begun := time.Now()
	all := slices.Clone(r.field.asleep)
	life := newLiving(r.w)
	if from%24 != 0 {
		r.w.newDay(int32(from / 24))
	}
	for n := from; n < to; n++ {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("quality: run ended at hour %d: %w", n, err)
		}
		life.hour(n)
		r.hour(life.q)
	}
	res := &r.result
	res.Elapsed = time.Since(begun)
	res.Flow, res.Detect = r.tracker.Stats(), r.engine.Stats()
	for _, s := range all {
		s.trial.Probes = len(s.sent)
		res.Trials = append(res.Trials, s.trial)
	}
	for d := range res.Alarms {
		for _, a := range r.book.alarms[d] {
			res.Alarms[d] = append(res.Alarms[d], a)
		}
		slices.SortFunc(res.Alarms[d], func(a, b FalseAlarm) int { return int(a.At - b.At) })
	}
	res.Crossed = float64(r.field.again) / float64(max(r.field.dark, 1))
	return res, nil
}

// hour feeds one hour, the scanners' frames among the others.
func (r *run) hour(q *hour) {
	for _, key := range q.sorted() {
		f := &q.frames[key&(1<<22-1)]
		r.scan(f.at)
		r.feed(f)
	}
	r.scan(q.to)
	now := start.Add(q.to)
	r.contacts = r.tracker.Advance(now, r.contacts[:0])
	r.judge()
	r.findings = r.engine.Advance(now, r.findings[:0])
	r.file()
}

// scan feeds what the scanners do before the moment.
func (r *run) scan(until time.Duration) {
	for r.field.due < until {
		if f, ok := r.field.step(); ok {
			r.feed(&f)
		}
	}
}

func (r *run) feed(f *frame) {
	f.event(&r.event)
	r.result.Packets++
	r.contacts = r.tracker.Observe(&r.event, r.contacts[:0])
	r.judge()
}

// judge hands the new contacts to all detectors.
func (r *run) judge() {
	for i := range r.contacts {
		c := &r.contacts[i]
		r.result.Contacts++
		r.trace(c)
		r.findings = r.engine.Observe(c, r.findings[:0])
		r.file()
		r.field.consult(c)
	}
}

// file books the sensor's findings.
func (r *run) file() {
	for i := range r.findings {
		f := &r.findings[i]
		at := packet.Time(f.Time.UnixNano()).Sub(start)
		if f.Activity == alert.Create {
			r.book.alert(Sensor, at, fromPacket(packet.AddrFrom(f.Source.IP)), f.Kind, f.Message)
		}
		if r.opt.Trace != nil && slices.Contains(r.opt.Traced, f.Source.IP) {
			fmt.Fprintf(r.opt.Trace, "%s FINDING %s %d: %s\n", clock(at), f.Kind, f.Activity, f.Message)
		}
	}
}

func (r *run) trace(c *flow.Contact) {
	if r.opt.Trace == nil || !slices.Contains(r.opt.Traced, c.Source.Netip()) {
		return
	}
	role := "nobody"
	if i := r.w.plan.hostAt(fromPacket(c.Target)); i >= 0 {
		role = r.w.hosts[i].role.String()
	}
	fmt.Fprintf(r.opt.Trace, "%s %s -> %s (%s) group %d %s %s\n", clock(c.Time.Sub(start)),
		c.Source, c.Target, role, c.Group, outcomeText(c.Outcome), factsText(c.Facts))
}

// clock writes a moment as day and time.
func clock(at time.Duration) string {
	day := at / (24 * time.Hour)
	return fmt.Sprintf("day %2d %s", day, time.Time{}.Add(at).Format("15:04:05.000"))
}

func outcomeText(o flow.Outcome) string {
	switch o {
	case flow.Opened:
		return "opened"
	case flow.Answered:
		return "answered"
	case flow.Refused:
		return "refused"
	case flow.Silent:
		return "silent"
	}
	return fmt.Sprintf("outcome %d", o)
}

func factsText(f flow.Facts) string {
	s := ""
	for _, n := range []struct {
		bit  flow.Facts
		name string
	}{
		{flow.First, "first"},
		{flow.Known, "known"},
		{flow.Alive, "alive"},
		{flow.Dark, "dark"},
		{flow.Learning, "learning"},
		{flow.Relayed, "relayed"},
		{flow.Proxied, "proxied"},
	} {
		if f&n.bit != 0 {
			s += " " + n.name
		}
	}
	return s
}
