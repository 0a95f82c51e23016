package publish

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// chaos is a publisher whose sink and disk fail at random, and that is restarted and
// killed.
type chaos struct {
	t       *testing.T
	r       *rand.Rand
	dir     string
	to      *sink
	box     *flaky
	p       *Publisher
	next    []int // of each key, the number of the next record
	doubles bool  // a record may have come twice
}

func (c *chaos) start() {
	tune := quick()
	tune.windowRecords, tune.batchRecords = 1+c.r.IntN(60), 1+c.r.IntN(20)
	c.box = &flaky{Store: open(c.t, c.dir, 64<<20)}
	c.p, _ = began(c.box, c.to, tune)
}

// mode has the sink fail in another way, or not at all.
func (c *chaos) mode() {
	some := fmt.Sprint(c.r.IntN(len(c.next)))
	switch c.r.IntN(6) {
	case 0:
		c.to.answers(fails(all, errAway))
	case 1:
		c.to.answers(fails(ofKey(some), errAway))
	case 2:
		every := 1 + c.r.IntN(5)
		n := 0 // the sink answers under its lock
		c.to.answers(func(*record.Record) error {
			if n++; n%every == 0 {
				return errAway
			}
			return nil
		})
	case 3:
		c.doubles = true
		n := 0
		c.to.answers(func(r *record.Record) error {
			if n++; n%5 != 0 {
				return nil
			}
			c.to.got = append(c.to.got, *r) // it is there, and the answer got lost
			return errors.New("request timed out")
		})
	default:
		c.to.answers(nil)
	}
}

// heal has the disk work, and waits until nothing is in memory alone.
func (c *chaos) heal() {
	c.box.set(func(f *flaky) { f.fail = nil })
	eventually(c.t, "memory is empty", func() bool { s := c.p.Stats(); return s.Queue == 0 })
}

// stop stops the publisher in good order, or as a kill would: what was sent and not yet
// entered is forgotten.
func (c *chaos) stop(kill bool) {
	c.heal()
	if kill {
		c.doubles = true
		if err := c.box.Close(); err != nil {
			c.t.Fatal(err)
		}
	}
	var left *Left
	if err := c.p.Stop(over()); err != nil && !errors.As(err, &left) {
		c.t.Fatal(err)
	}
	c.to.check(c.t)
	c.to.closed = false
}

func (c *chaos) step() {
	switch c.r.IntN(12) {
	case 0, 1:
		c.mode()
	case 2:
		c.box.set(func(f *flaky) { f.fail = syscall.ENOSPC })
	case 3:
		c.box.set(func(f *flaky) { f.fail = nil })
	case 4:
		c.stop(c.r.IntN(2) == 0)
		c.start()
	case 5:
		time.Sleep(time.Duration(c.r.IntN(20)) * time.Millisecond)
	default:
		for range c.r.IntN(40) {
			k := c.r.IntN(len(c.next))
			if !c.p.Offer(finding(fmt.Sprint(k), c.next[k])) {
				c.t.Fatal("no room")
			}
			c.next[k]++
		}
	}
}

// check looks that each key has all its records, in order but for those that came again.
func (c *chaos) check() {
	got := c.to.taken(record.Findings)
	sent := 0
	for k, n := range c.next {
		key, want := fmt.Sprint(k), 0
		for _, uid := range got[key] {
			var i int
			if _, err := fmt.Sscanf(uid, key+"/%d", &i); err != nil || i > want {
				c.t.Fatalf("%s: %s came before %d: %q", key, uid, want, got[key])
			}
			if i == want {
				want++
			}
		}
		if want != n {
			c.t.Errorf("%s: %d of %d", key, want, n)
		}
		sent += n
	}
	if n := c.to.count(); n != sent && !c.doubles {
		c.t.Errorf("%d sent, %d came", sent, n)
	}
}

func TestChaosLosesNothing(t *testing.T) {
	for seed := range uint64(25) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			c := &chaos{t: t, r: rand.New(rand.NewPCG(seed, 0)), dir: t.TempDir(), to: &sink{}}
			c.next = make([]int, 1+c.r.IntN(8))
			c.start()
			for range 60 {
				c.step()
			}
			c.heal()
			c.to.answers(nil)
			finish(t, c.p)
			c.to.check(t)
			c.check()
			if s := c.p.Stats(); s.Lost[outbox.Full]+s.Lost[outbox.QueueFull] != 0 || s.Outbox.Records != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}
