package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/publish/outbox"
)

// slowBox is a box whose disk hangs until it is let go.
type slowBox struct {
	Box
	begun, ended atomic.Int64
	let          chan struct{}
}

func (b *slowBox) Retry([]string, bool) (int, error) {
	b.begun.Add(1)
	<-b.let
	b.ended.Add(1)
	return 1, nil
}

func (b *slowBox) Stats() outbox.Stats { return outbox.Stats{} }

// eventually waits until so is true.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for range 3000 {
		if so() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("after 30 s: not %s", what)
}

// TestStopWaits holds that what is under way ends before stop returns, that only a few
// requests touch the box at a time, and that none does after it.
func TestStopWaits(t *testing.T) {
	dir := t.TempDir()
	box := &slowBox{let: make(chan struct{})}
	stop := serve(t, box, dir)
	client := connect(t, dir)
	const orders = 2 * maxRequests
	var failed atomic.Int64
	var asking sync.WaitGroup
	for range orders {
		asking.Go(func() {
			if _, err := client.Retry(nil, true); err != nil {
				failed.Add(1)
			}
		})
	}
	eventually(t, "all slots in use", func() bool { return box.begun.Load() == maxRequests })
	if _, err := os.Lstat(filepath.Join(dir, Socket)); err != nil {
		t.Error(err)
	}
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	// Those that wait for a slot are turned away while others are still under way.
	eventually(t, "turned away", func() bool { return failed.Load() == orders-maxRequests })
	close(box.let)
	<-stopped
	asking.Wait()
	if n, bad := box.ended.Load(), failed.Load(); n != maxRequests || bad != orders-maxRequests {
		t.Errorf("%d ended, %d failed", n, bad)
	}
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNobody) {
		t.Errorf("after the end: %v", err)
	}
	stop() // once more does nothing
}

// TestStopGivesUp holds that a disk that hangs does not keep the sensor from ending.
func TestStopGivesUp(t *testing.T) {
	dir := t.TempDir()
	box := &slowBox{let: make(chan struct{})}
	stop := serve(t, box, dir)
	client := connect(t, dir)
	asked := make(chan error, 1)
	go func() { _, err := client.Retry(nil, true); asked <- err }()
	eventually(t, "under way", func() bool { return box.begun.Load() == 1 })
	stop()
	if err := <-asked; err == nil {
		t.Error("an order that was given up succeeded")
	}
	close(box.let)
	eventually(t, "ended", func() bool { return box.ended.Load() == 1 })
}

func TestStopsWithContext(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	stop, err := Serve(ctx, Local{newStore(t, dir, 1)}, dir, Options{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if got := connect(t, dir).Degraded(); got != "" {
		t.Errorf("degraded: %q", got)
	}
	cancel()
	eventually(t, "closed", func() bool { _, err := Dial(t.Context(), dir); return errors.Is(err, ErrNobody) })
}

// foreign answers each connection on the socket of dir with the same octets.
func foreign(t *testing.T, dir string, says []byte) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, Socket)})
	if err != nil {
		t.Fatal(err)
	}
	var answering sync.WaitGroup
	answering.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetReadDeadline(time.Now().Add(time.Minute))
			_, _ = c.Read(make([]byte, 64<<10))
			_, _ = c.Write(says)
			_ = c.Close()
		}
	})
	t.Cleanup(func() { l.Close(); answering.Wait() })
}

// TestForeignAnswers holds that a client says what it met where something else answers.
func TestForeignAnswers(t *testing.T) {
	for says, want := range map[string]string{
		"":              "EOF",
		"SSH-2.0-x\r\n": "malformed HTTP",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[]x":                           "invalid character",
		"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n{}":                            "500 No",
		"HTTP/1.1 500 No\r\nContent-Length: 14\r\n\r\n{\"error\":\"so\"}":           "so",
		"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{":                            "unexpected EOF",
		"HTTP/1.1 301 Go\r\nLocation: http://192.0.2.1/\r\n\r\n":                    "301",
		"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{\"stats\":{\"Records\":-1}}": "cannot unmarshal",
	} {
		dir := t.TempDir()
		foreign(t, dir, []byte(says))
		if _, err := Dial(t.Context(), dir); err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, ErrNobody) {
			t.Errorf("%q: %v does not say %q", says, err, want)
		}
	}
}

func TestAnswerWithoutEnd(t *testing.T) {
	dir := t.TempDir()
	n := maxAnswer + 10
	foreign(t, dir, append(fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", n), make([]byte, n)...))
	if _, err := Dial(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "octets") {
		t.Errorf("%v", err)
	}
}
