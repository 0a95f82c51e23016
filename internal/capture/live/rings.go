package live

import (
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/bpf"
	"github.com/wormwatch/wormwatch/internal/capture/ring"
)

// rings are those of all CPUs, merged, and a way to wait for any of them.
type rings struct {
	merger *ring.Merger
	clock  *ring.Clock
	steps  ring.ClockStats // of the clock, as they were said
	epoll  int             // 0 until opened
}

func (r *rings) open(k *bpf.Kernel, interfaces int) error {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("wait for rings: %w", err)
	}
	r.epoll = epoll
	var readers []*ring.Reader
	for i, m := range k.Rings() {
		reader, err := ring.Open(m.FD(), k.RingOctets())
		if err == nil {
			readers = append(readers, reader)
			err = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, m.FD(), &unix.EpollEvent{Events: unix.EPOLLIN})
		}
		if err != nil {
			for _, reader := range readers {
				_ = reader.Close()
			}
			return fmt.Errorf("ring %d: %w", i, err)
		}
	}
	r.clock = ring.NewClock()
	r.merger = ring.NewMerger(readers, interfaces, r.clock)
	return nil
}

func (r *rings) close() {
	if r.merger != nil {
		_ = r.merger.Close() // unmaps; nothing is to be written
	}
	if r.epoll > 0 {
		_ = unix.Close(r.epoll)
	}
}

// wait sleeps until an event wakes it, at most so many milliseconds, and reports whether
// none did. It does not sleep while a ring has something, though it be held back yet: that
// came before anybody was to be woken.
func (r *rings) wait(ms int) (idle bool, err error) {
	if r.merger.Pending() {
		return false, nil
	}
	var ready [1]unix.EpollEvent
	n, err := unix.EpollWait(r.epoll, ready[:], ms)
	if errors.Is(err, unix.EINTR) { // a signal is as good as an event
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("wait for packets: %w", err)
	}
	return n == 0, nil
}

// watchClock says when the wall clock stepped, since somebody set it or the machine slept:
// what the sensor tells is by that clock, and after a step back its time is ahead for twice
// as long.
func (r *rings) watchClock(log *slog.Logger) {
	if steps := r.clock.Stats(); steps != r.steps {
		log.Warn("the wall clock stepped", "forward", steps.Forward-r.steps.Forward, "back", steps.Back-r.steps.Back, "off_by_at_most", r.clock.Error())
		r.steps = steps
	}
}
