package main

import (
	"encoding/json"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/lab"
)

// played are recordings that last less than half a minute, the longest first.
var played = []string{
	"irc_bot_lossy.pcap.gz",
	"irc_bot_deadc2.pcap.gz",
	"irc_bot_443.pcap.gz",
	"netbios_edge.pcap.gz",
	"benign_router_arp.pcap.gz",
	"irc_bot_tiny_segments.pcap.gz",
	"scan_smb_masscan16.pcap.zst",
	"scan_smb_outside24.pcap.gz",
	"enc_vlan.pcap.gz",
	"enc_qinq.pcap.gz",
	"enc_erspan.pcap.gz",
	"enc_gre.pcap.gz",
	"enc_mpls.pcap.gz",

	"scan_smb_masscan24.pcap.gz",
	"scan_msmq_nmap24.pcap.gz",
	"scan_arp_nmap24.pcap",
	"irc_bot_ipv6.pcap.gz",
	"smb_knock.pcap.gz",
	"scan_smb_ipv6.pcap.gz",
	"scan_nbns_nbtscan24.pcap.gz",
	"scan_smb_nmap24.pcap.zst",
	"benign_backscatter.pcap.gz",
	"benign_office.pcap.zst",
	"scan_arp_ipv6.pcap.gz",
	"enc_vxlan.pcap.gz",
}

// together is how many recordings are played at the same time, each to a sensor of every
// mode.
const together = 13

// modesFor returns how a recording is captured. Generic XDP is the native program before
// another form of a packet: a few recordings show that it makes no difference.
func modesFor(file string) []string {
	modes := []string{"native", "af_packet"}
	switch file {
	case "enc_vlan.pcap.gz", "enc_qinq.pcap.gz", "enc_vxlan.pcap.gz", "netbios_edge.pcap.gz", "irc_bot_tiny_segments.pcap.gz", "scan_arp_nmap24.pcap":
		modes = append(modes, "generic")
	}
	return modes
}

// screening is one recording before one sensor.
type screening struct {
	file, mode string
	sensor     *liveSensor
	play       func() error
	ended      time.Time // the last frame was sent
}

// TestLiveParity plays recordings at their own pace to live sensors, which find what a
// replay finds: the same kinds, sources, targets, answers and severities in the same order.
func TestLiveParity(t *testing.T) {
	lab.New(t) // root, or the end
	for files := range slices.Chunk(played, together) {
		t.Run(files[0], func(t *testing.T) { screen(t, files) })
	}
}

func screen(t *testing.T, files []string) {
	l := lab.New(t)
	theatre, studio := l.Host("theatre"), l.Host("studio")
	var all []*screening
	for i, file := range files {
		frames := lab.Frames(t, filepath.Join("..", "..", "testdata", file))
		for _, mode := range modesFor(file) {
			name := "v" + string(rune('a'+i)) + mode
			out, in := l.Pair(studio, name, theatre, name)
			out.MTU(4000)
			in.MTU(4000)
			args := append(knowledge(t, file), "-i", in.Name, "-s", "capture.mode="+mode, "-s", "state.path="+seeded(t))
			all = append(all, &screening{
				file: file, mode: mode, play: out.Player(frames, 1),
				sensor: launch(t, theatre, asLive(theatre, args...)),
			})
		}
	}
	for _, s := range all {
		s.sensor.capturing(1)
	}
	errs := make(chan error)
	for _, s := range all {
		go func() {
			err := s.play()
			s.ended = time.Now()
			errs <- err
		}()
	}
	for range all {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	want := map[string][]string{}
	for _, file := range files {
		want[file] = replayed(t, file)
	}
	time.Sleep(500 * time.Millisecond) // a sensor reads at least every 100 ms
	deadline := time.Now().Add(startPatience)
	for _, s := range all {
		for len(s.sensor.findings()) < len(want[s.file]) && time.Now().Before(deadline) { // a busy machine
			time.Sleep(10 * time.Millisecond)
		}
		s.compare(t, want[s.file])
	}
}

// seeded returns a state directory that makes a live sensor hash as a replay does: how many
// addresses are met is estimated by hashes.
func seeded(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := keptSeed(dir, replaySeed, func(e health.Event) { t.Error(e.Message) }); err != nil {
		t.Fatal(err)
	}
	return dir
}

// replayed is what a replay of the recording finds.
func replayed(t *testing.T, file string) (found []string) {
	t.Helper()
	got := command(t, nil, append([]string{"replay", filepath.Join("..", "..", "testdata", file)}, knowledge(t, file)...)...)
	if got.code != 0 {
		t.Fatalf("%s: exit %d\n%s", file, got.code, got.stderr)
	}
	for text := range strings.Lines(got.stdout) {
		found = append(found, essence(t, text))
	}
	return found
}

// compare stops the sensor and compares what it found with what is to be found. A replay
// ends with the last frame, a live sensor goes on: what it finds after that is its own.
func (s *screening) compare(t *testing.T, want []string) {
	t.Helper()
	var got []string
	for _, f := range s.sensor.stop() {
		if !timeOf(t, f).After(s.ended) {
			got = append(got, essence(t, f.text))
		}
	}
	if slices.Equal(got, want) {
		return
	}
	t.Errorf("%s by %s: %d findings, want %d", s.file, s.mode, len(got), len(want))
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Logf("finding %d:\n%s\nwant\n%s", i, at(got, i), at(want, i))
		}
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "none"
}

// fleeting are the members of a finding that say when, where and how fast: they differ
// between two runs of the same traffic. counted is what only a kernel counts.
var fleeting = []string{
	"time", "start_time", "end_time", "created_time", "first_seen_time", "last_seen_time", "modified_time", "logged_time",
	"duration", "window_ms", "rate_per_s", "uid", "correlation_uid", "interface", "counted",
}

// durations of a message.
var durations = regexp.MustCompile(`\d+(\.\d+)?(ms|µs|s|m)\b`)

// essence is a finding without what is fleeting.
func essence(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(settle(v))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// settle takes out what is fleeting, rounds what decays with time to tenths, and makes
// durations in texts alike.
func settle(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range fleeting {
			delete(v, key)
		}
		for key := range v {
			v[key] = settle(v[key])
		}
	case []any:
		for i := range v {
			v[i] = settle(v[i])
		}
	case float64:
		return math.Round(v*10) / 10
	case string:
		return durations.ReplaceAllString(v, "T")
	}
	return v
}
