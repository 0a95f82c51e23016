package stream

import (
	"encoding/csv"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/shared"
)

// recorded returns the segments of a recording.
func recorded(tb rapid.TB, name string) (segs []seg) {
	tb.Helper()
	f, err := capture.OpenFiles([]string{name})
	if err != nil {
		tb.Fatalf("%v", err)
	}
	defer f.Close()
	dst := make([]packet.Event, 512)
	for {
		n, _, err := f.Read(dst)
		for i := range dst[:n] {
			segs = append(segs, seg{dst[i], append([]byte(nil), f.Payload(&dst[i])...)})
		}
		if errors.Is(err, io.EOF) {
			return segs
		}
		if err != nil {
			tb.Fatalf("%v", err)
		}
	}
}

// replay returns the last that was told of each conversation.
func replay(tb rapid.TB, segs []seg) (w *wire, last map[uint64]*told) {
	w = newWire(tb)
	for i := range segs {
		w.take(w.f.Observe(&segs[i].ev, segs[i].data, w.out))
	}
	last = map[uint64]*told{}
	for i := range w.all {
		last[w.all[i].ID] = &w.all[i]
	}
	return w, last
}

func BenchmarkRealWeb(b *testing.B) {
	dir := shared.Captures(b)
	benchmark(b, recorded(b, filepath.Join(dir, "web_busy_3.8MB.pcap")))
}

func rows(tb testing.TB, name string) [][]string {
	f, err := os.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	return all[1:]
}

// conversed returns how often a client spoke IRC with a server, and the last that was told.
func conversed(last map[uint64]*told, proto Proto, clientAddr, server string) (n int, latest *told) {
	for _, l := range last {
		if l.Proto == proto && l.Client.String() == clientAddr && netip.AddrPortFrom(l.Server.Netip(), l.ServerPort).String() == server {
			if n++; latest == nil || l.ID > latest.ID {
				latest = l
			}
		}
	}
	return n, latest
}

// TestSharedCaptures: those who chat in the captures of others are found with their nicks,
// the bot with its orders, and nobody else is.
func TestSharedCaptures(t *testing.T) {
	dir := shared.Captures(t)
	want := map[string]int{}
	for _, row := range rows(t, filepath.Join(dir, "IRC.csv")) {
		if row[10] != "irc" && !strings.HasPrefix(row[10], "irc ") {
			continue
		}
		want[row[0]]++
		_, last := replay(t, recorded(t, filepath.Join(dir, row[0])))
		n, l := conversed(last, IRC, row[1], row[3]+":"+row[4])
		if n != 1 || l.sum.nick != row[6] || l.sum.facts&irc.Welcomed == 0 {
			t.Errorf("%s: %d conversations, %+v", row[0], n, l)
			continue
		}
		if bot := row[11] == "yes"; bot != (l.sum.orders == "advscan download") || bot != (l.sum.facts&irc.Reported != 0) {
			t.Errorf("%s: %+v", row[0], l.sum)
		}
	}
	if len(want) != 5 {
		t.Errorf("IRC.csv names %d sessions", len(want))
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*.pcap*"))
	for _, name := range names {
		w, last := replay(t, recorded(t, name))
		if n := int(w.f.Stats().IRC); n != want[filepath.Base(name)] || w.f.Stats().TLS != 0 {
			t.Errorf("%s: %d sessions of IRC, %d of TLS", name, n, w.f.Stats().TLS)
		}
		for _, l := range last {
			if l.Proto == SMB && l.ServerPort != 139 && l.ServerPort != 445 {
				t.Errorf("%s: SMB on %d", name, l.ServerPort)
			}
		}
	}
}

// TestRecordings does the same with the recordings of this project: tiny segments, lost and
// reordered ones, IPv6, a server that says nothing, TLS, and look-alikes.
func TestRecordings(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata")
	all := rows(t, filepath.Join(dir, "TRUTH.csv"))
	spoke := map[string]int{} // conversations by file
	for _, row := range all {
		file, source, kind, service, answered, severity, server, nick := row[0], row[2], row[3], row[4], row[7], row[11], row[12], row[13]
		if service != "irc" || server == "" {
			continue
		}
		_, last := replay(t, recorded(t, filepath.Join(dir, file)))
		proto := IRC
		if nick == "" {
			proto = TLS
		}
		n, l := conversed(last, proto, source, server)
		if spoke[file] += n; n == 0 {
			t.Errorf("%s: %s was not seen to talk to %s", file, source, server)
			continue
		}
		bot := kind == "irc.c2" && severity == "high"
		if nick != "" && l.sum.nick != nick && l.previous != nick {
			t.Errorf("%s: %s is called %s, want %s", file, source, l.sum.nick, nick)
		}
		if ordered := l.sum.facts&irc.Ordered != 0; ordered != (bot && answered == "1") {
			t.Errorf("%s: %s: orders %q", file, source, l.sum.orders)
		}
	}
	if len(spoke) < 6 {
		t.Errorf("TRUTH.csv names only %d recordings of IRC", len(spoke))
	}
	for _, row := range all {
		if w, _ := replay(t, recorded(t, filepath.Join(dir, row[0]))); int(w.f.Stats().IRC+w.f.Stats().TLS) != spoke[row[0]] {
			t.Errorf("%s: %d sessions of IRC, %d of TLS, want %d in all", row[0], w.f.Stats().IRC, w.f.Stats().TLS, spoke[row[0]])
		}
	}
}
