package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// replaySender is the way of a replay's findings to Kafka. A replay has the time to wait for
// room, so nothing is given up for want of it.
type replaySender struct {
	*sender
	patience  time.Duration
	temporary bool // the outbox goes when all is sent
}

// sender returns the way to Kafka, nil if findings do not go there.
func (r *replayCommand) sender(ctx context.Context, c *config.Config) (*replaySender, error) {
	if !r.publish {
		return nil, nil
	}
	log := slog.New(slog.NewTextHandler(r.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s, dir := &replaySender{patience: r.timeout}, outboxDir(c)
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "wormwatch-outbox-"); err != nil {
			return nil, fmt.Errorf("outbox: %w", err)
		}
		s.temporary = true
	}
	// The desk only logs: nobody waits for the health of a sensor that is none.
	var err error
	if s.sender, err = openSender(ctx, c, dir, newDesk(c, log), log); err != nil {
		if s.temporary {
			_ = os.RemoveAll(dir) // nothing came into it
		}
		return nil, err
	}
	return s, nil
}

// put hands a finding over and waits for room, as long as for the end.
func (s *replaySender) put(ctx context.Context, f *alert.Finding) error {
	if s == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, max(s.patience, time.Second))
	defer cancel()
	err := s.Put(ctx, record.FromFinding(f, build().version, time.Now()))
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("there was no room in the outbox for %s: %w", s.patience, s.waits(err))
	case errors.Is(err, context.Canceled):
		return errInterrupted
	}
	return err
}

// finish waits until all is sent, and ends. An error says what waits, and where.
func (s *replaySender) finish(ctx context.Context) error {
	if s == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	err := s.end(ctx)
	if err != nil {
		return s.waits(err)
	}
	stats := s.Stats()
	if stats.Dead > 0 {
		return fmt.Errorf("not all is sent: the brokers will never take %s: wormwatch outbox dead --path %s says why",
			alert.Count(stats.Dead, "record"), s.dir)
	}
	if s.temporary && stats.Outbox.Dead == 0 {
		_ = os.RemoveAll(s.dir) // nothing is in it that matters
	}
	return nil
}

// waits adds to err how to go on.
func (s *replaySender) waits(err error) error {
	return fmt.Errorf("%w\n%s: what is not sent waits there: see wormwatch outbox list --path %s; replay --publish with publish.outbox.path=%s sends it", err, s.dir, s.dir, s.dir)
}

// through is the sender, for the summary.
func (s *replaySender) through() *sender {
	if s == nil {
		return nil
	}
	return s.sender
}
