package main

import (
	"os"
	"runtime/metrics"
	"strconv"
	"strings"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// beats is what the latest heartbeat said.
type beats struct {
	at       packet.Time
	packets  uint64
	events   uint64
	findings uint64
	links    []uint64 // packets of each
}

// beat makes a heartbeat when it is time for one; the first at once.
func (v *vigil) beat(s *capture.Stats) {
	b := &v.beats
	if b.at != 0 && v.now.Sub(b.at) < v.cfg.Heartbeat {
		return
	}
	b.at = v.now
	v.desk.Beat(v.heartbeat(s))
}

func (v *vigil) heartbeat(s *capture.Stats) health.HeartbeatData {
	b, all := &v.beats, v.pipeline.sensor.Stats()
	h := health.HeartbeatData{
		Uptime: health.MillisOf(v.now.Sub(v.began)), Interval: health.MillisOf(v.cfg.Heartbeat), Configuration: v.hash,
		Interfaces: b.interfaces(s.Live.Links),
		Packets:    since(s.Packets, &b.packets),
		Events:     since(s.Events, &b.events),
		Findings:   since(v.pipeline.emitted, &b.findings),
		Drops:      drops(s.Live),
		Tracked: health.Tracked{
			Sources: all.Scans.Sources, Watched: all.Scans.Watched,
			Contacts: all.Flow.Trials, Waiting: all.Flow.TrialsOpen,
		},
		Episodes: all.Episodes(), OneWay: all.Scans.OneWay,
		Unoffered: v.desk.Unoffered(), Memory: memoryInUse(),
	}
	h.Drops.Contacts, h.Drops.Scores = all.Flow.TrialsLost, all.Scans.SourcesLost
	if v.outbox != nil {
		h.Outbox = v.outbox()
	}
	return h
}

// interfaces tells of each, and what it received since the latest time.
func (b *beats) interfaces(links []capture.LinkStats) []health.Interface {
	if len(b.links) != len(links) {
		b.links = make([]uint64, len(links))
	}
	all := make([]health.Interface, len(links))
	for i := range links {
		l := &links[i]
		all[i] = health.Interface{Name: l.Name, Mode: l.Mode, Role: l.Role, Up: l.Up, Packets: since(l.Packets, &b.links[i])}
	}
	return all
}

// since counts on from before, and has it be as of now.
func since(now uint64, before *uint64) health.Count {
	c := health.Count{Total: now, New: now - min(now, *before)}
	*before = now
	return c
}

func drops(l *capture.LiveStats) health.Drops {
	return health.Drops{
		Lost: l.Lost, Held: l.Held, PuntsHeld: l.PuntsHeld, SightingsHeld: l.SightingsHeld,
		StreamsLost: l.StreamsLost, SourcesLost: l.SourcesLost, Reordered: l.Reordered,
	}
}

// memoryInUse asks for what the process takes, without stopping it. What cannot be told is 0.
func memoryInUse() (m health.Memory) {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	if metrics.Read(heap); heap[0].Value.Kind() == metrics.KindUint64 {
		m.Heap = heap[0].Value.Uint64()
	}
	text, _ := os.ReadFile("/proc/self/statm") // pages: size, resident, ...
	if fields := strings.Fields(string(text)); len(fields) > 1 {
		pages, _ := strconv.ParseUint(fields[1], 10, 64)
		m.Resident = pages * uint64(os.Getpagesize())
	}
	return m
}
