package lab

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// In runs f on the host: sockets that it opens, interfaces that it looks up and programs
// that it attaches are there, and stay there afterwards. f runs on a thread of its own that
// ends with it, so it must not leave a goroutine's work to do on the host. It may end the
// test.
func (h *Host) In(f func()) {
	h.lab.tb.Helper()
	returned := false
	done := make(chan any, 1)
	go func() {
		// The thread is not used again: it is never unlocked.
		runtime.LockOSThread()
		defer func() { done <- recover() }()
		if err := h.enter(); err != nil {
			panic(err)
		}
		f()
		returned = true
	}()
	if trouble := <-done; trouble != nil {
		panic(trouble)
	}
	if !returned { // f ended its goroutine: it called tb.FailNow or tb.SkipNow
		runtime.Goexit()
	}
}

// enter moves the thread to the host.
func (h *Host) enter() error {
	fd, err := unix.Open(h.path(), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", h.path(), err)
	}
	defer unix.Close(fd)
	if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("%s: setns: %w", h.path(), err)
	}
	return nil
}
