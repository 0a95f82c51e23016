package control

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/netutil"
)

const (
	maxConns    = 16
	maxRequests = 4               // that touch the store at one time
	patience    = 5 * time.Second // for what is under way when the server stops
)

// Options are what a server has besides the store.
type Options struct {
	Degraded func() string // why records wait, empty if they need not; nil: never said
	Log      *slog.Logger
}

// server answers for a box.
type server struct {
	box   Box
	opts  Options
	slots chan struct{} // one for each request that touches the box
	ended chan struct{} // closed when no more may
}

// Serve answers for box, which is open in this process, on the socket of dir, its
// directory, until ctx ends or stop is called. Call stop before the box is closed: when it
// has returned, nothing here touches the box, unless a disk hung for longer than seconds.
func Serve(ctx context.Context, box Box, dir string, opts Options) (stop func(), err error) {
	l, err := listen(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	s := &server{box: box, opts: opts, slots: make(chan struct{}, maxRequests), ended: make(chan struct{})}
	web := &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      2 * time.Minute, // dropping all of a large outbox takes its time
		IdleTimeout:       10 * time.Second,
		MaxHeaderBytes:    8 << 10,
		ErrorLog:          slog.NewLogLogger(opts.Log.With("component", "control").Handler(), slog.LevelWarn),
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = web.Serve(netutil.LimitListener(l, maxConns)) }) // ends by Close only
	end := sync.OnceFunc(func() {
		_ = remove(dir)
		s.drain()
		_ = web.Close()
		serving.Wait()
	})
	forget := context.AfterFunc(ctx, end)
	return func() { forget(); end() }, nil
}

// drain lets requests finish that are under way, and no others begin.
func (s *server) drain() {
	close(s.ended)
	late := time.NewTimer(patience)
	defer late.Stop()
	for range maxRequests {
		select {
		case s.slots <- struct{}{}:
		case <-late.C:
			return
		}
	}
}

// bounded has h wait for its turn.
func (s *server) bounded(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-s.ended:
			stopping(w)
		case <-r.Context().Done():
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
			select {
			case <-s.ended: // both were ready, or it ended since
				stopping(w)
			default:
				h(w, r)
			}
		}
	}
}

func stopping(w http.ResponseWriter) {
	answer(w, http.StatusServiceUnavailable, &problem{Text: "the sensor is stopping: try again"})
}
