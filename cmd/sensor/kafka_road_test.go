package main

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/wormwatch/wormwatch/internal/lab"
)

// road leads from the loopback of a host to the same addresses of the test's own network,
// where the brokers are. It can be closed and opened again: who is on it is cut off, and who
// comes is refused.
type road struct {
	t    testing.TB
	host *lab.Host
	to   []string

	mu   sync.Mutex
	open []io.Closer // listeners and connections; nil while it is closed
	busy sync.WaitGroup
}

// newRoad returns an open one.
func newRoad(t testing.TB, h *lab.Host, to []string) *road {
	t.Helper()
	r := &road{t: t, host: h, to: to}
	r.Open()
	t.Cleanup(r.Close)
	return r
}

// Open opens a closed one.
func (r *road) Open() {
	r.t.Helper()
	r.mu.Lock()
	r.open = []io.Closer{}
	r.mu.Unlock()
	for _, address := range r.to {
		var l net.Listener
		r.host.In(func() {
			var err error
			if l, err = net.Listen("tcp", address); err != nil {
				r.t.Fatal(err)
			}
		})
		r.keep(l)
		r.busy.Go(func() { r.accept(l, address) })
	}
}

// Close closes it, and returns when nothing is on it.
func (r *road) Close() {
	r.mu.Lock()
	for _, c := range r.open {
		_ = c.Close()
	}
	r.open = nil
	r.mu.Unlock()
	r.busy.Wait()
}

// keep reports whether the road is open, and closes c with it.
func (r *road) keep(c io.Closer) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		_ = c.Close()
		return false
	}
	r.open = append(r.open, c)
	return true
}

func (r *road) accept(l net.Listener, address string) {
	for {
		in, err := l.Accept()
		if err != nil {
			return // closed
		}
		r.busy.Go(func() { r.carry(in, address) })
	}
}

// carry leads one connection until either end closes it.
func (r *road) carry(in net.Conn, address string) {
	defer in.Close()
	out, err := net.Dial("tcp", address)
	if err != nil {
		return // the broker is dead
	}
	defer out.Close()
	if !r.keep(in) || !r.keep(out) {
		return
	}
	var back sync.WaitGroup
	back.Go(func() { _, _ = io.Copy(in, out); _ = in.Close() })
	_, _ = io.Copy(out, in)
	_ = out.Close()
	back.Wait()
}
