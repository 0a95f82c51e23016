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
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/sensor"
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
func writeSummary(w io.Writer, c *config.Config, p *pipeline, found tally, took time.Duration, out exits) error {
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	in, all := p.source.Stats(), p.sensor.Stats()
	seen, judged := &all.Flow, &all.Scans

	row("packets", "%s in %s: %.2f Mpps, %s", grouped(in.Packets), took.Round(time.Millisecond),
		rate(in.Packets, took)/1e6, bytesText(in.Bytes))
	if in.Live != nil {
		row("events", "%s were of interest; repeats of one just before: %s", grouped(in.Events), grouped(in.Live.Repeats))
		for _, l := range in.Live.Links {
			row("interface", "%s (%s): %s packets, %s", l.Name, workOf(&l), grouped(l.Packets), bytesText(l.Octets))
		}
	}
	if p.first != 0 {
		row("time", "%s to %s (%s)", stamp(p.first), stamp(p.last), p.last.Sub(p.first).Round(time.Second))
	}
	row("contacts", "%s, %s of them first meetings; %s still wait for an answer",
		grouped(seen.Trials), grouped(seen.First), grouped(uint64(seen.TrialsOpen)))
	row("sources", "%s judged, %s of them above the watch score", grouped(uint64(judged.Sources)), grouped(uint64(judged.Watched)))
	if c.Detect.Streams.Enabled {
		st := &all.Streams
		row("streams", "%s followed: %s IRC, %s IRC over TLS, %s SMB; let go %s HTTP, %s TLS, %s SSH, %s FTP or mail, %s others",
			grouped(st.FollowedEver), grouped(st.IRC), grouped(st.TLS), grouped(st.SMB), grouped(st.LetGo.HTTP),
			grouped(st.LetGo.TLS), grouped(st.LetGo.SSH), grouped(st.LetGo.Banner), grouped(st.LetGo.Other))
	}
	if len(found) == 0 {
		row("alerts", "none")
	}
	for _, k := range sortedKinds(found) {
		row("alerts", "%s: %d, records: %d", k, found[k].alerts, found[k].records)
	}
	for _, text := range openTexts(p.sensor.Open()) {
		row("open", "%s", text)
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
	for _, l := range slices.Concat(sourceLosses(&in), liveLosses(in.Live), tableLosses(&all)) {
		if l.n > 0 {
			row(l.row, "%s: %s", l.what, grouped(l.n))
		}
	}
	out.report(row)
	if err := t.Flush(); err != nil {
		return err
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

// workOf says how an interface is captured from.
func workOf(l *capture.LinkStats) string {
	if l.Mode == "" {
		return "not there at the end"
	}
	return l.Mode + ", " + l.Role
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

// liveLosses are those of a live source.
func liveLosses(s *capture.LiveStats) []loss {
	if s == nil {
		return nil
	}
	return []loss{
		{"lost", s.Lost, "events for which there was no room (raise capture.ring_events)"},
		{"lost", s.Held, "events beyond the bound of their source, counted only (capture.per_source)"},
		{"lost", s.PuntsHeld, "frames that the kernel cannot take apart, beyond the bound (raise capture.punts)"},
		{"lost", s.SightingsHeld, "signs of life put off"},
		{"lost", s.StreamsLost, "connections displaced in the kernel before their first octets"},
		{"lost", s.SourcesLost, "counts of sources displaced in the kernel (raise capture.sources)"},
		{"clock", s.Reordered, "events of one ring behind those of another: took the time before them"},
	}
}

func tableLosses(all *sensor.Stats) []loss {
	f, d, s, c := &all.Flow, &all.Scans, &all.Streams, &all.IRC
	b, o, n := &all.Boundary, &all.Outward, &all.Incidents
	return []loss{
		{"lost", f.TrialsLost, "contacts given up unanswered (raise memory.half_open)"},
		{"lost", f.PairsLost, "pairs forgotten before their time (raise memory.pairs)"},
		{"lost", d.SourcesLost, "scores displaced (raise detect.tables.sources)"},
		{"lost", d.DossiersLost, "dossiers displaced (raise detect.tables.dossiers)"},
		{"lost", d.EpisodesLost, "episodes closed early (raise detect.tables.episodes)"},
		{"lost", d.EpisodesHeld, "contacts of episodes that were closed early (raise detect.tables.episodes)"},
		{"lost", s.OpeningsLost, "connections let go before their first octets (raise detect.streams.openings)"},
		{"lost", s.UndecidedLost, "connections let go before they were recognised (raise detect.streams.followed)"},
		{"lost", s.RecognisedLost, "conversations let go while they went on (raise detect.streams.followed)"},
		{"lost", s.Gaps, "gaps in followed streams, read on behind them"},
		{"lost", s.Beyond, "octets too far ahead in followed streams"},
		{"clash", s.Disagreed, "octets that came again with another value: the first counted"},
		{"lost", c.SessionsLost, "IRC sessions displaced (raise detect.irc.tables.sessions)"},
		{"lost", c.PlacesLost, "IRC servers and channels displaced (raise detect.irc.tables.places)"},
		{"lost", c.EpisodesLost, "IRC episodes closed early (raise detect.irc.tables.episodes)"},
		{"lost", c.EpisodesHeld, "steps of IRC episodes that were closed early (raise detect.irc.tables.episodes)"},
		{"lost", b.SourcesLost, "tries across the edge displaced (raise detect.boundary.tables.sources)"},
		{"lost", b.EpisodesLost, "episodes at the edge closed early (raise detect.boundary.tables.episodes)"},
		{"lost", b.EpisodesHeld, "steps of episodes at the edge that were not told (raise detect.boundary.tables.episodes)"},
		{"lost", all.Novelty.Lost, "things seen before displaced (raise detect.novelty.tables.seen)"},
		{"lost", o.OpeningsLost, "connections outward displaced before their answer (raise detect.novelty.tables.openings)"},
		{"lost", o.EpisodesLost + o.EpisodesHeld, "episodes of novelty closed early (raise detect.novelty.tables.episodes)"},
		{"lost", all.Lineage.HostsLost, "hosts of which it is not known any more who reached them (raise detect.lineage.victims)"},
		{"lost", n.HostsLost + n.HostsRefused, "hosts with evidence displaced (raise detect.incidents.tables.hosts)"},
		{"lost", n.EpisodesLost + n.EpisodesHeld, "incidents closed early (raise detect.incidents.tables.episodes)"},
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
