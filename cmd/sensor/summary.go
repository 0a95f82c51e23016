package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/detect"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// tally counts findings by kind.
type tally map[alert.Kind]struct{ alerts, records int }

func (t tally) add(f *alert.Finding) {
	n := t[f.Kind]
	n.records++
	if f.Activity == alert.Create {
		n.alerts++
	}
	t[f.Kind] = n
}

// writeSummary tells people what a run saw, found and lost.
func writeSummary(w io.Writer, c *config.Config, p *pipeline, found tally, took time.Duration) error {
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	in, seen, judged := p.source.Stats(), p.tracker.Stats(), p.engine.Stats()

	row("packets", "%s in %s: %.2f Mpps, %s", grouped(in.Packets), took.Round(time.Millisecond),
		rate(in.Packets, took)/1e6, bytesText(in.Bytes))
	if p.first != 0 {
		row("time", "%s to %s (%s)", stamp(p.first), stamp(p.last), p.last.Sub(p.first).Round(time.Second))
	}
	row("contacts", "%s, %s of them first meetings; %s still wait for an answer",
		grouped(seen.Trials), grouped(seen.First), grouped(uint64(seen.TrialsOpen)))
	row("sources", "%s judged, %s of them above the watch score", grouped(uint64(judged.Sources)), grouped(uint64(judged.Watched)))
	if len(found) == 0 {
		row("alerts", "none")
	}
	for _, k := range sortedKinds(found) {
		row("alerts", "%s: %d, records: %d", k, found[k].alerts, found[k].records)
	}
	for _, f := range p.engine.Open() {
		row("open", "%s %s: %d targets on %s, %d answered, from %s to %s", f.Kind, f.Source.IP, f.Scan.Targets,
			f.Scan.Service, f.Scan.Answered, f.FirstSeen.Format(stampLayout), f.LastSeen.Format(stampLayout))
	}
	if judged.OneWay {
		row("caution", "the mirror shows one direction only: silence was not judged")
	}
	if judged.ARPBlind {
		row("caution", "no ARP replies, or too few, pass here: sweeps by ARP were not judged")
	}
	for i, hits := range p.allow.Hits() {
		a := c.Allow[i]
		expired := ""
		if !a.Until.IsZero() && !p.last.UTC().Before(a.Until) {
			expired = ", expired " + a.Until.Format(time.DateOnly)
		}
		row("allowed", "%s: %s contacts (%s%s)", a.Source, grouped(hits), strconv.QuoteToGraphic(a.Reason), expired)
	}
	for _, l := range slices.Concat(sourceLosses(&in), tableLosses(&seen, &judged)) {
		if l.n > 0 {
			row(l.row, "%s: %s", l.what, grouped(l.n))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

// loss is something that was not, or not fully, used.
type loss struct {
	row  string // of the summary
	n    uint64
	what string
}

func sourceLosses(s *capture.Stats) []loss {
	const before = "took the time before them"
	return []loss{
		{"unused", s.Status[packet.NotIP], "frames with neither IP nor ARP"},
		{"lost", s.Status[packet.Cut], "frames that end before the addresses (capture with a snap length of 96 or more)"},
		{"lost", s.Status[packet.Malformed], "malformed frames"},
		{"lost", s.Status[packet.TooDeep], "frames that nest deeper than is followed"},
		{"lost", s.Status[packet.Unsupported] - s.Skipped, "frames of an encapsulation that is not supported"},
		{"lost", s.Skipped, "frames of interfaces whose link type is not supported"},
		{"lost", s.Broken, "captures that could not be read to their end"},
		{"clock", s.Clock.Unstamped, "packets without a time, " + before},
		{"clock", s.Clock.Absurd, "packets of before 1970 or after 2200, " + before},
		{"clock", s.Clock.Reordered, "packets up to a minute out of order, " + before},
		{"clock", s.Clock.Behind, "packets more than a minute out of order, " + before},
		{"clock", s.Clock.Doubted, "packets a week and more ahead of those around them, " + before},
		{"clock", s.Clock.Leaps, "leaps ahead by more than a week"},
		{"clock", s.Clock.Rebased, "steps back, time went on from there"},
	}
}

func tableLosses(f *flow.Stats, d *detect.Stats) []loss {
	return []loss{
		{"lost", f.TrialsLost, "contacts given up unanswered (raise memory.half_open)"},
		{"lost", f.PairsLost, "pairs forgotten before their time (raise memory.pairs)"},
		{"lost", d.SourcesLost, "scores displaced (raise detect.tables.sources)"},
		{"lost", d.DossiersLost, "dossiers displaced (raise detect.tables.dossiers)"},
		{"lost", d.EpisodesLost, "episodes closed early (raise detect.tables.episodes)"},
		{"lost", d.EpisodesHeld, "contacts of episodes that were closed early (raise detect.tables.episodes)"},
	}
}

func sortedKinds(t tally) []alert.Kind {
	var ks []alert.Kind
	for k := range t {
		ks = append(ks, k)
	}
	slices.Sort(ks)
	return ks
}

func rate(n uint64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

const stampLayout = "2006-01-02 15:04:05 UTC"

func stamp(t packet.Time) string { return t.UTC().Format(stampLayout) }

// grouped returns n with commas at the thousands.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	var b strings.Builder
	for i, r := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// bytesText returns n octets in the unit that leaves three digits.
func bytesText(n uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	x := float64(n)
	for _, u := range units[:len(units)-1] {
		if x < 1024 {
			return fmt.Sprintf("%.4g %s", x, u)
		}
		x /= 1024
	}
	return fmt.Sprintf("%.4g %s", x, units[len(units)-1])
}
