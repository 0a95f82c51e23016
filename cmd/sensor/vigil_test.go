package main

import (
	"bytes"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// scripted is a live source that gives no events and counts what a test says.
type scripted struct {
	stats capture.LiveStats
	asked int
}

func (s *scripted) Read([]packet.Event) (int, packet.Time, error) { return 0, 0, io.EOF }

func (s *scripted) Payload(*packet.Event) []byte { return nil }

func (s *scripted) Interface(uint16) string { return "span0" }

func (s *scripted) Close() error                                 { return nil }
func (s *scripted) Follow(_, _ packet.Addr, _, _ uint16, _ bool) {}
func (s *scripted) Stats() capture.Stats {
	s.asked++
	live := s.stats
	return capture.Stats{Live: &live}
}

// Losses are told to the judges as they grow, and to the log when they begin and end.
func TestVigilTellsOfLosses(t *testing.T) {
	c := config.Default()
	source := &scripted{}
	p := newPipeline(&c, source, forgetful(t, &c), replaySeed, nil)
	var log bytes.Buffer
	p.watch(source, slog.New(slog.NewTextHandler(&log, nil)))
	now := packet.Time(1_790_000_000 * 1e9)
	wait := func(d time.Duration) { now = now.Add(d); p.vigil.turn(now) }
	missed := func(want uint64) {
		t.Helper()
		if got := p.sensor.Stats().Scans.Missed; got != want {
			t.Errorf("the judges were told of %d losses, want %d", got, want)
		}
	}
	wait(time.Second)
	missed(0)
	source.stats.Lost = 40
	source.stats.CPUs = []capture.CPUStats{{CPU: 0}, {CPU: 3, Lost: 40}}
	wait(glance)
	missed(40)
	source.stats.Lost = 100
	wait(time.Second)
	missed(100)
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "are being lost") || !strings.Contains(got, "[3]") {
		t.Errorf("the log says %q", got)
	}
	wait(calm - time.Millisecond)
	if strings.Contains(log.String(), "any more") {
		t.Error("it is over before it is calm")
	}
	wait(time.Second)
	if got := log.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, `any more" lost=100`) {
		t.Errorf("the log says %q", got)
	}
	source.stats.Lost = 101
	wait(time.Second)
	missed(101)
	wait(account)
	source.stats.Lost += 7
	wait(account)
	accounts := regexp.MustCompile(`msg=account .* lost=(\d+)`).FindAllStringSubmatch(log.String(), -1)
	if len(accounts) != 2 || accounts[0][1] != "101" || accounts[1][1] != "7" {
		t.Errorf("the accounts are %q: each tells what was since the one before\n%s", accounts, log.String())
	}
}

// The counters are not asked for with each batch.
func TestVigilGlancesNowAndThen(t *testing.T) {
	source := &scripted{}
	v := vigil{source: source, log: slog.New(slog.DiscardHandler)}
	now := packet.Time(1_790_000_000 * 1e9)
	for range 1000 {
		now = now.Add(time.Millisecond)
		v.turn(now)
	}
	if source.asked < 5 || source.asked > 11 {
		t.Errorf("asked %d times in a second", source.asked)
	}
}
