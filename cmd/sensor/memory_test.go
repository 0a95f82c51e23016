package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// chat is a capture of a person who registers with an IRC server outside, at a time.
func chat(at time.Duration) []byte {
	s := packettest.NewScenario()
	s.Wait(at)
	c := s.Connect("10.0.0.5", "198.51.100.7", uint16(40000+at/time.Hour), 6667)
	c.Says("NICK alice\r\nUSER alice 0 * :Alice\r\n")
	c.Hears(":irc.example.net 001 alice :Welcome\r\n")
	s.Wait(time.Second)
	c.Says("JOIN #garden\r\n")
	c.Close()
	return packettest.Pcap{Link: packet.LinkEthernet}.Bytes(s.Records...)
}

// A person on a server is told of once: the next day the server is known, if the state
// says so.
func TestAKnownServerIsNotNewAgain(t *testing.T) {
	state := filepath.Join(t.TempDir(), "made", "here")
	learned := []string{"-s", "detect.novelty.learning=0s", "-s", "detect.novelty.new_for=1h", "-s", "detect.irc.new_for=1h"}
	first, second := write(t, "first.pcap", chat(0)), write(t, "second.pcap", chat(48*time.Hour))
	for _, tc := range []struct {
		path string
		args []string
		want int
	}{
		{first, []string{"-s", "state.path=" + state}, 1},
		{second, []string{"-s", "state.path=" + state}, 0},
		{second, nil, 1}, // without state
	} {
		got := command(t, nil, append(append([]string{"replay", tc.path}, learned...), tc.args...)...)
		if got.code != 0 || got.stderr == "" {
			t.Fatalf("exit %d\n%s", got.code, got.stderr)
		}
		if n := strings.Count(got.stdout, `"event_code":"irc.c2"`); n != tc.want {
			t.Errorf("%s with %v: %d findings, want %d", filepath.Base(tc.path), tc.args, n, tc.want)
		}
	}
}

// A damaged file of state is set aside, and the run goes on.
func TestDamagedStateIsSetAside(t *testing.T) {
	state := t.TempDir()
	path := filepath.Join(state, noveltyFile)
	if err := os.WriteFile(path, []byte("not what was written there"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := command(t, nil, "replay", write(t, "chat.pcap", chat(0)), "-s", "state.path="+state)
	if got.code != 0 || !strings.Contains(got.stderr, "warning: ") || !strings.Contains(got.stderr, "set aside") {
		t.Errorf("exit %d\n%s", got.code, got.stderr)
	}
	aside, err := filepath.Glob(path + ".*")
	if err != nil || len(aside) != 1 {
		t.Errorf("set aside: %v, %v", aside, err)
	}
	if again := command(t, nil, "replay", write(t, "chat.pcap", chat(0)), "-s", "state.path="+state); strings.Contains(again.stderr, "warning") {
		t.Errorf("warned again:\n%s", again.stderr)
	}
}

// A state directory that cannot be is an error that names the key.
func TestStateThatCannotBe(t *testing.T) {
	file := write(t, "file", []byte("x"))
	got := command(t, nil, "replay", write(t, "chat.pcap", chat(0)), "-s", "state.path="+filepath.Join(file, "below"))
	if got.code != 1 || !strings.Contains(got.stderr, "state.path: ") {
		t.Errorf("exit %d\n%s", got.code, got.stderr)
	}
}

// A contact with a listed server raises the score of a session; garbage in a list is
// reported with its line, and the rest is used; the state says what matched.
func TestBlocklist(t *testing.T) {
	list := write(t, "bad.txt", []byte("# bots\n203.0.113.0/24\nnot an address\n198.51.100.7 ; a controller\n"))
	config := write(t, "wormwatch.yaml", fmt.Appendf(nil, "blocklists: [{name: bots, path: %q}]\nstate: {path: %q}\n", list, t.TempDir()))
	got := command(t, nil, "replay", "-c", config, write(t, "chat.pcap", chat(0)))
	if got.code != 0 || !strings.Contains(got.stderr, list+":3: ") {
		t.Errorf("exit %d\n%s", got.code, got.stderr)
	}
	if !strings.Contains(got.stdout, `"listed":[{"list":"bots"`) {
		t.Errorf("the list is not named:\n%s", got.stdout)
	}
	got = command(t, nil, "blocklist", "stats", "-c", config)
	if got.code != 0 || !strings.Contains(got.stdout, "198.51.100.7") {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if strings.Contains(got.stdout, "203.0.113.0/24") {
		t.Errorf("an entry that never matched is among them:\n%s", got.stdout)
	}
}

// A list that cannot be read is a warning at each start, and no reason to be blind.
func TestMissingBlocklist(t *testing.T) {
	config := write(t, "wormwatch.yaml", []byte("blocklists: [{name: bots, path: /nonexistent/list}]\n"))
	got := command(t, nil, "replay", "-c", config, write(t, "chat.pcap", chat(0)))
	if got.code != 0 || !strings.Contains(got.stderr, "warning: /nonexistent/list: ") {
		t.Errorf("exit %d\n%s", got.code, got.stderr)
	}
}

// A list that is replaced during a run is read again, in packet time.
func TestBlocklistIsReadAgain(t *testing.T) {
	path := write(t, "list.txt", []byte("192.0.2.1\n"))
	c := configWith(t, fmt.Sprintf("blocklists: [{name: bots, path: %q}]", path))
	m := forgetful(t, c)
	address := packet.AddrFrom4([]byte{198, 51, 100, 7})
	m.turn(packettest.Start)
	if err := os.WriteFile(path, []byte("192.0.2.1\n198.51.100.7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.turn(packettest.Start.Add(recheck - 1))
	if len(m.lists.Lookup(address, nil)) != 0 {
		t.Error("read again too early")
	}
	m.turn(packettest.Start.Add(recheck))
	if len(m.lists.Lookup(address, nil)) != 1 {
		t.Error("not read again")
	}
}

func configWith(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Load(write(t, "wormwatch.yaml", []byte(text)), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
