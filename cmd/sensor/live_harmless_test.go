package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab"
)

// copied is how long the file is that is copied again and again.
const copied = 100 << 20

// fileServer runs a smbd on a host with one share, and a file of random octets in it whose
// hash it returns.
func fileServer(t *testing.T, h *lab.Host) (sum string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "ww-smb") // short: smbd has sockets in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	share := filepath.Join(dir, "share")
	for _, d := range []string{share, filepath.Join(dir, "private")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(share, "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(f, hash), rand.Reader, copied); err != nil {
		t.Fatal(err)
	}
	if err := f.Chmod(0o644); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "smb.conf")
	text := fmt.Sprintf(`[global]
workgroup = OFFICE
server role = standalone server
map to guest = Bad User
smb ports = 445
load printers = no
disable spoolss = yes
lock directory = %[1]s
state directory = %[1]s
cache directory = %[1]s
pid directory = %[1]s
private dir = %[1]s/private
ncalrpc dir = %[1]s/ncalrpc
log file = %[1]s/log
[pub]
path = %[2]s
guest ok = yes
read only = yes
`, dir, share)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	server := h.Start("smbd", "-F", "--no-process-group", "-s", conf)
	h.Lab().Await(20*time.Second, "smbd listens", func() bool {
		var err error
		h.In(func() {
			var c net.Conn
			if c, err = net.DialTimeout("tcp", "127.0.0.1:445", time.Second); err == nil {
				err = c.Close()
			}
		})
		return err == nil || !server.Running()
	})
	return hex.EncodeToString(hash.Sum(nil))
}

// fetch copies the file from a server, at least once, until meanwhile returns, and returns
// how long one copy took on average. It fails the test if one is another than the original.
func fetch(t *testing.T, client *lab.Host, server, sum string, meanwhile func()) time.Duration {
	t.Helper()
	dir := t.TempDir()
	enough := filepath.Join(dir, "enough")
	began := time.Now()
	p := client.Start("sh", "-ec", `
		cd "$1"
		while
			smbclient -N "//$2/pub" -c "get file" >says 2>&1 || { cat says; exit 1; }
			sha256sum <file
			[ ! -e enough ]
		do :; done`, "sh", dir, server)
	if meanwhile != nil {
		time.Sleep(100 * time.Millisecond)
		meanwhile()
	}
	if err := os.WriteFile(enough, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(2 * time.Minute); err != nil {
		t.Errorf("%v\n%s", err, p.Output())
	}
	took := time.Since(began)
	sums := strings.Fields(strings.ReplaceAll(p.Output(), "-", ""))
	for _, got := range sums {
		if got != sum {
			t.Errorf("a copy is another: %s, want %s", got, sum)
		}
	}
	if len(sums) == 0 {
		t.Fatal("nothing was copied")
	}
	return took / time.Duration(len(sums))
}

// TestLiveHarmless copies files through a router on which the sensor runs. They arrive as
// they are, whatever the sensor does or suffers meanwhile, and nothing stays of one that was
// killed.
func TestLiveHarmless(t *testing.T) {
	s := newSite(t, "smbd", "smbclient", "bpftool", "nmap")
	sum := fileServer(t, s.targets)
	ports := []lab.Port{s.inside, s.outside}
	copies := func(what string, meanwhile func()) time.Duration {
		t.Helper()
		took := fetch(t, s.office, "10.78.0.2", sum, meanwhile)
		if t.Failed() {
			t.Fatalf("while the sensor %s", what)
		}
		return took
	}

	alone := copies("is not there", nil)
	var sensor *liveSensor
	copies("starts", func() { sensor = sense(t, ports, "-s", "capture.mode=native") })
	watched := copies("runs", nil)
	t.Logf("%d MiB in %s without, %s with the sensor: ratio %.2f", copied>>20, alone, watched, alone.Seconds()/watched.Seconds())
	copies("gets SIGHUP", func() { sensor.Signal(syscall.SIGHUP) })
	if !sensor.Running() {
		t.Errorf("it ends by SIGHUP\n%s", sensor.Output())
	}
	copies("stops", func() { sensor.stop() })
	bare(t, s.router)

	sensor = sense(t, ports, "-s", "capture.mode=native")
	copies("is killed", func() {
		sensor.Signal(syscall.SIGKILL)
		_ = sensor.Wait(stopPatience)
		bare(t, s.router)
	})

	// Nobody empties the smallest ring, and more comes than it holds.
	sensor = sense(t, ports, "-s", "capture.mode=native", "-s", "capture.ring_events=1024")
	sensor.Signal(syscall.SIGSTOP)
	copies("has a full ring", func() {
		s.nmap("-p445", "--min-rate", "5000", "10.88.0.0/20")
	})
	sensor.Signal(syscall.SIGCONT)
	sensor.Expect("events are being lost", startPatience)
	sensor.stop()
}

// bare fails the test if a program is attached to an interface of a host.
func bare(t *testing.T, h *lab.Host) {
	t.Helper()
	var links, programs string
	attached := func() bool {
		links = h.IP("link", "show")
		programs = h.Run(10*time.Second, "bpftool", "net", "show")
		return strings.Contains(links, "xdp") || strings.Contains(programs, "driver id") || strings.Contains(programs, "generic id")
	}
	for deadline := time.Now().Add(stopPatience); attached(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("still attached:\n%s%s", links, programs)
			return
		}
	}
}
