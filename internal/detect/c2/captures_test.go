package c2

import (
	"encoding/csv"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/shared"
	"github.com/wormwatch/wormwatch/internal/stream"
)

// replay judges a recording from its frames on, in a site that knows nothing yet.
func replay(t *testing.T, path string, home func(packet.Addr) bool) *room {
	t.Helper()
	files, err := capture.OpenFiles([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	r := newRoom(t, func(_ *Config, s *Site) { s.Home = home })
	follower := stream.New(stream.DefaultConfig(), stream.Site{
		Home:   home,
		Realm:  func(*packet.Event) uint32 { return 0 },
		SMB:    func(port uint16) bool { return port == 139 || port == 445 },
		IRCTLS: r.judge.tls.has,
	}, 1)
	var talks []stream.Talk
	pass := func(talks []stream.Talk) {
		for i := range talks {
			r.found(r.judge.Observe(&talks[i], Known{Learning: true}, nil))
		}
	}
	batch := make([]packet.Event, 64)
	for {
		n, now, err := files.Read(batch)
		for i := range batch[:n] {
			talks = follower.Observe(&batch[i], files.Payload(&batch[i]), talks[:0])
			pass(talks)
		}
		if errors.Is(err, io.EOF) {
			return r
		}
		if err != nil {
			t.Fatal(err)
		}
		talks = follower.Advance(now, talks[:0])
		pass(talks)
		r.found(r.judge.Advance(now, nil))
	}
}

// rows returns the lines of a table behind its head.
func rows(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil || len(all) < 2 {
		t.Fatalf("%s: %d rows, %v", path, len(all), err)
	}
	return all[1:]
}

// foundOf returns the last finding about a host, nil if there is none.
func (r *room) foundOf(source string) (last *alert.Finding) {
	for i := range r.findings {
		if r.findings[i].Source.IP.String() == source {
			last = &r.findings[i]
		}
	}
	return last
}

// TestRecordings: bots and people of this project's own recordings are what they are, from
// the first frame on and with nothing learned.
func TestRecordings(t *testing.T) {
	const file, source, kind, severity, server = 0, 2, 3, 11, 12
	dir := filepath.Join("..", "..", "..", "testdata")
	rooms, seen, told := map[string]*room{}, 0, map[*room]map[string]bool{}
	for _, row := range rows(t, filepath.Join(dir, "TRUTH.csv")) {
		if row[kind] != string(alert.IRCC2) {
			continue
		}
		r := rooms[row[file]]
		if r == nil {
			r = replay(t, filepath.Join(dir, row[file]), homes.Home)
			rooms[row[file]], told[r] = r, map[string]bool{}
		}
		seen++
		told[r][row[source]] = true
		f := r.foundOf(row[source])
		if f == nil {
			t.Errorf("%s: nothing of %s, in %q", row[file], row[source], r.summary())
			continue
		}
		at := netip.AddrPortFrom(f.IRC.Server, f.IRC.Port).String()
		if want := (map[string]alert.Severity{"high": alert.High, "low": alert.Low})[row[severity]]; f.Severity != want || at != row[server] {
			t.Errorf("%s: %s is %d on %s, want %s on %s: %s, %+v", row[file], row[source], f.Severity, at, row[severity], row[server], f.Message, f.IRC.Parts)
		}
	}
	for file, r := range rooms {
		for _, f := range r.findings {
			if !told[r][f.Source.IP.String()] {
				t.Errorf("%s: %s has done nothing of that sort: %s", file, f.Source.IP, f.Message)
			}
		}
	}
	if seen < 9 {
		t.Errorf("only %d sources", seen)
	}
}

// TestRealCaptures: a real Rbot of 2004, people, and what looks like IRC and is not.
func TestRealCaptures(t *testing.T) {
	const file, source, server, nick, verdict, botLike = 0, 1, 3, 6, 10, 11
	dir := shared.Captures(t)
	for _, row := range rows(t, filepath.Join(dir, "IRC.csv")) {
		t.Run(row[file], func(t *testing.T) {
			client := addr(row[source])
			r := replay(t, filepath.Join(dir, row[file]), func(a packet.Addr) bool { return a == client })
			f := r.foundOf(row[source])
			if !strings.HasPrefix(row[verdict], "irc") {
				r.silent()
				return
			}
			if f == nil {
				t.Fatal("nothing was found")
			}
			bot := row[botLike] == "yes"
			if f.IRC.Bot != bot || !bot && f.Severity > alert.Low || f.IRC.Nick != row[nick] || f.IRC.Server.String() != row[server] {
				t.Errorf("bot %v, severity %d: %s", f.IRC.Bot, f.Severity, f.Message)
			}
			t.Log(r.summary())
			if bot {
				names(t, f, ".advscan dcom135 200 3 0")
			}
		})
	}
}

// names holds that a finding is sure, and shows the order to scan.
func names(t *testing.T, f *alert.Finding, order string) {
	t.Helper()
	shown := false
	for _, l := range f.IRC.Lines {
		shown = shown || strings.Contains(l.Text, order)
	}
	if !shown || f.Confidence < 90 || f.Severity != alert.High || !strings.Contains(f.Message, "advscan") {
		t.Errorf("order shown %v, confidence %d: %s\n%+v", shown, f.Confidence, f.Message, f.IRC.Lines)
	}
}
