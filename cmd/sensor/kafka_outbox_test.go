package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab/broker"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// TestKafkaOutboxSurvives: what could not be delivered waits in the outbox, whether the
// replay gives up or is killed, and the next one delivers it, though it finds nothing itself.
func TestKafkaOutboxSurvives(t *testing.T) {
	t.Parallel()
	c := broker.Start(t, broker.Options{})
	capture := day()
	lines := published(t, capture)
	for _, tt := range []struct {
		name, topic string
		die         func(t *testing.T, args []string)
	}{
		{"gives up", "test.given-up", func(t *testing.T, args []string) {
			cmd := process(t, slices.Concat([]string{"replay"}, args, []string{"--publish-timeout", "1s", "-"})...)
			var errs bytes.Buffer
			cmd.Stdin, cmd.Stderr = bytes.NewReader(capture), &errs
			waiting := regexp.MustCompile(fmt.Sprintf(`\b%d\b.*wait`, len(lines)))
			if got := code(t, cmd.Run()); got != 1 || !waiting.MatchString(errs.String()) {
				t.Errorf("exit %d, want 1 and that %d wait\n%s", got, len(lines), errs.String())
			}
		}},
		{"killed", "test.killed", func(t *testing.T, args []string) {
			f := newFeed(capture)
			close(f.over)
			s := startFed(t, f, args...)
			waitFor(t, "all is found", func() bool { return s.lines.count() == len(lines) })
			time.Sleep(time.Second) // what is promised: findings older than that are on disk
			s.kill(t)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c.Topic(t, tt.topic, 6, 1)
			args := append([]string{
				"--publish", "-s", "publish.outbox.path=" + filepath.Join(t.TempDir(), "outbox"),
			}, onKafka(c.Bootstrap, "topic="+tt.topic)...)
			c.Kill(t, 1)
			tt.die(t, args)
			c.Restart(t, 1)
			empty := write(t, "empty.pcap", packettest.Pcap{Link: packet.LinkEthernet}.Bytes())
			drain := slices.Concat([]string{"replay"}, args, []string{empty})
			cmd := process(t, drain...)
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			if got := code(t, cmd.Run()); got != 0 || out.Len() > 0 {
				t.Errorf("exit %d\n%s%s", got, out.String(), errs.String())
			}
			if v := judge(t, lines, c.Read(t, tt.topic)); v.stored != v.distinct {
				t.Errorf("%d records of %d findings, none of which was delivered before", v.stored, v.distinct)
			}
			again := process(t, drain...)
			if b, err := again.CombinedOutput(); err != nil || !strings.Contains(string(b), "0 records sent, 0 wait") {
				t.Errorf("an empty outbox: %v\n%s", err, b)
			}
			if n := c.Count(t, tt.topic); n != len(lines) {
				t.Errorf("%d records after another run, want %d", n, len(lines))
			}
		})
	}
}
