package publish

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// full fills the file system of dir, and returns what makes room again.
func full(t *testing.T, dir string) (room func()) {
	t.Helper()
	ballast := filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(ballast); err != nil {
			t.Error(err)
		}
	}
}

// On a disk that is full nothing is lost, and nothing overtakes.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Fatalf("a file system of its own needs root: %v", err)
	}
	to := &sink{answer: fails(all, errAway)}
	p, d := began(open(t, dir, 64<<20), to, nervous())
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	room := full(t, dir)
	n := 0
	eventually(t, "it does not fit", func() bool {
		r := finding("0", n)
		n++
		r.Body = append(r.Body, make([]byte, 3000)...)
		return p.Offer(r) && p.Stats().Unsaved > 0
	})
	eventually(t, "it is told", func() bool {
		for _, e := range d.of(health.OutboxDegraded) {
			if !e.Data.(health.OutboxDegradedData).Durable {
				return true
			}
		}
		return false
	})
	for range 10 {
		p.Offer(finding("0", n))
		n++
	}
	to.answers(nil)
	eventually(t, "all arrive all the same", func() bool { return to.count() == n })
	room()
	eventually(t, "the ends are told", func() bool { return len(d.of(health.OutboxRecovered)) == len(d.of(health.OutboxDegraded)) })
	p.Offer(finding("0", n))
	finish(t, p)
	to.check(t)
	inOrder(t, to.taken(record.Findings), 1, n+1)
	if s := p.Stats(); len(s.Lost) != 0 {
		t.Errorf("%+v", s)
	}
}

// While the disk fails records go straight from memory, in order. What the sink does not
// take waits there, holds up nothing else, and is on disk once that works again.
func TestFromMemory(t *testing.T) {
	to := &sink{}
	box := &flaky{Store: open(t, t.TempDir(), 64<<20)}
	p, d := began(box, to, nervous())
	offer(t, p, 3, 0, 10)
	eventually(t, "it works", func() bool { return to.count() == 30 })
	box.set(func(f *flaky) { f.fail = syscall.ENOSPC })
	offer(t, p, 3, 10, 100)
	eventually(t, "it is told", func() bool { return len(d.of(health.OutboxDegraded)) == 1 })
	eventually(t, "all arrive from memory", func() bool { return to.count() == 300 })
	to.answers(fails(ofKey("1"), errAway))
	offer(t, p, 3, 100, 120)
	eventually(t, "the others go on", func() bool { return to.count() == 340 })
	eventually(t, "what fails is back in memory", func() bool { return p.Stats().Unsaved == 20 })
	box.set(func(f *flaky) { f.fail = nil })
	eventually(t, "what is left is on disk", func() bool { s := p.Stats(); return s.Unsaved == 0 && s.Outbox.Records == 20 })
	eventually(t, "the end is told", func() bool { return len(d.of(health.OutboxRecovered)) >= 1 })
	to.answers(nil)
	offer(t, p, 3, 120, 130)
	finish(t, p)
	to.check(t)
	inOrder(t, to.taken(record.Findings), 3, 130)
	if data := d.of(health.OutboxDegraded)[0].Data.(health.OutboxDegradedData); data.Durable {
		t.Errorf("%+v", data)
	}
	if s := p.Stats(); len(s.Lost) != 0 {
		t.Errorf("%+v", s)
	}
}

// On a disk where nothing new fits in, what the sink has leaves the outbox all the same,
// which may make the room.
func TestAcksMakeRoom(t *testing.T) {
	to := &sink{answer: fails(all, errAway)}
	box := &flaky{Store: open(t, t.TempDir(), 64<<20)}
	p, _ := began(box, to, quick())
	offer(t, p, 3, 0, 20)
	eventually(t, "all is on disk", func() bool { return p.Stats().Outbox.Records == 60 })
	box.set(func(f *flaky) { f.room = 30 })
	p.Offer(finding("1", 20))
	eventually(t, "it does not fit", func() bool { return p.Stats().Unsaved == 1 })
	to.answers(fails(ofKey("1"), errAway))
	eventually(t, "there is room again", func() bool { s := p.Stats(); return s.Unsaved == 0 && s.Outbox.Records == 21 })
	to.answers(nil)
	p.Offer(finding("0", 20))
	p.Offer(finding("2", 20))
	finish(t, p)
	to.check(t)
	inOrder(t, to.taken(record.Findings), 3, 21)
}

// What is refused while the disk fails is no dead letter yet, and is not forgotten.
func TestRefusedWhileTheDiskFails(t *testing.T) {
	var refused atomic.Int64
	to := &sink{answer: func(r *record.Record) error {
		if r.Key == "0" {
			return nil
		}
		refused.Add(1)
		return &Refused{errors.New("too large")}
	}}
	box := &flaky{Store: open(t, t.TempDir(), 64<<20)}
	p, _ := began(box, to, quick())
	box.set(func(f *flaky) { f.fail = syscall.EROFS })
	offer(t, p, 2, 0, 5)
	eventually(t, "the others arrive", func() bool { return to.count() == 5 })
	eventually(t, "it is refused", func() bool { return refused.Load() == 5 })
	box.set(func(f *flaky) { f.fail = nil })
	eventually(t, "they are dead letters", func() bool { return p.Stats().Outbox.Dead == 5 })
	if s := p.Stats(); s.Dead != 5 || refused.Load() != 10 {
		t.Errorf("refused %d times: %+v", refused.Load(), s)
	}
	finish(t, p)
	to.check(t)
	inOrder(t, to.taken(record.Findings), 1, 5)
}

// While the disk hangs nobody waits for it who offers, and what there is no room for is
// what is worth least. All of it is accounted for.
func TestDiskHangs(t *testing.T) {
	const workers, each = 8, 2000
	hold := make(chan struct{})
	to := &sink{}
	box := &flaky{Store: open(t, t.TempDir(), 64<<20), hold: hold, fail: syscall.EIO}
	tune := nervous()
	tune.queueRecords = 1000
	p, d := began(box, to, tune)
	p.Offer(finding("first", 0))
	eventually(t, "a commit is under way", func() bool {
		box.mu.Lock()
		defer box.mu.Unlock()
		return box.commits == 1
	})
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for n := range each {
				r := finding(fmt.Sprint(w), n)
				if w > 0 {
					r.Activity = alert.Update
				}
				p.Offer(r)
			}
		})
	}
	wg.Wait()
	s := p.Stats()
	if s.Queue > tune.queueRecords || s.Lost[outbox.QueueFull] != workers*each+1-uint64(s.Queue) {
		t.Errorf("%+v", s)
	}
	eventually(t, "it is told", func() bool { return len(d.of(health.OutboxDegraded)) > 0 })
	box.set(func(f *flaky) { f.hold = nil })
	close(hold)
	eventually(t, "it fails more than once", func() bool {
		box.mu.Lock()
		defer box.mu.Unlock()
		return box.commits > 3
	})
	box.set(func(f *flaky) { f.fail = nil })
	eventually(t, "the losses are told of", func() bool { return len(to.taken(record.Health)["test"]) > 0 })
	finish(t, p)
	to.check(t)
	got := to.taken(record.Findings)
	inOrder(t, map[string][]string{"first": got["first"]}, 1, 1)
	if n := len(got["0"]); n != 999 {
		t.Errorf("%d Creates, want as many as there was room for", n)
	}
	s = p.Stats()
	if s.Sent-uint64(len(to.taken(record.Health)["test"]))+s.lost() != workers*each+1 {
		t.Errorf("%+v", s)
	}
}

// An outbox that is damaged in use is begun anew, and what is in memory goes there.
func TestDamagedInUse(t *testing.T) {
	for name, damage := range map[string]func(f *flaky, err error){
		"writing": func(f *flaky, err error) { f.fail = err },
		"reading": func(f *flaky, err error) { f.blind = err },
	} {
		t.Run(name, func(t *testing.T) {
			to := &sink{answer: fails(all, errAway)}
			box := &flaky{Store: open(t, t.TempDir(), 64<<20)}
			p, d := began(box, to, quick())
			offer(t, p, 3, 0, 50)
			eventually(t, "it is tried", func() bool { return p.Stats().Retries > 100 })
			box.set(func(f *flaky) { damage(f, &outbox.Aside{Path: "a", To: "b", Salvaged: 3, Err: outbox.ErrDamaged}) })
			offer(t, p, 3, 50, 60)
			eventually(t, "it is told", func() bool { return len(d.of(health.OutboxDamaged)) > 0 })
			box.set(func(f *flaky) { f.fail, f.blind = nil, nil })
			to.answers(nil)
			finish(t, p)
			to.check(t)
			inOrder(t, to.taken(record.Findings), 3, 60)
		})
	}
}

// Acks that cannot be written are bounded: then nothing is sent, and later nothing twice.
func TestAcksAreBounded(t *testing.T) {
	to := &sink{answer: fails(all, errAway)}
	box := &flaky{Store: open(t, t.TempDir(), 64<<20)}
	tune := quick()
	tune.maxAcks, tune.batchRecords = 20, 10
	p, _ := began(box, to, tune)
	offer(t, p, 4, 0, 100)
	eventually(t, "all is on disk", func() bool { return p.Stats().Outbox.Records == 400 })
	box.set(func(f *flaky) { f.fail = syscall.ENOSPC })
	p.Offer(finding("4", 0))
	eventually(t, "it fails", func() bool { return p.Stats().Unsaved == 1 })
	to.answers(nil)
	eventually(t, "it is sent", func() bool { return to.count() >= 20 })
	time.Sleep(20 * time.Millisecond)
	if n := to.count(); n >= 20+2*tune.batchRecords {
		t.Errorf("%d were sent", n)
	}
	box.set(func(f *flaky) { f.fail = nil })
	finish(t, p)
	to.check(t)
	got := to.taken(record.Findings)
	inOrder(t, map[string][]string{"4": got["4"]}, 1, 1)
	delete(got, "4")
	inOrder(t, got, 4, 100)
}
