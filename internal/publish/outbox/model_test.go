package outbox

import (
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// model is an outbox without a disk: slices, and the rules as they are written.
type model struct {
	cfg           Config
	waits, dead   []Entry
	handed        map[uint64]bool
	lost          map[string]uint64 // since the start
	account       map[string]Loss
	next, dropped uint64
}

func (m *model) cost(e *Entry, key []byte) uint64 { return cost(key, e.append(nil, key)) }

func (m *model) lose(reason string, r *record.Record) {
	m.lost[reason]++
	l := lostOf(reason, r)
	if old, there := m.account[string(l.key())]; there {
		l.merge(&old)
	}
	m.account[string(l.key())] = l
}

func (m *model) add(r record.Record) uint64 {
	e := Entry{ID: m.next + 1, Record: r}
	if m.cost(&e, waitingKey(e.Rank(), e.ID)) > uint64(m.cfg.MaxSize) {
		m.lose(TooLarge, &r)
		return 0
	}
	m.next++
	m.waits = append(m.waits, e)
	return e.ID
}

func (m *model) bytes() (n uint64) {
	for i := range m.waits {
		n += m.cost(&m.waits[i], waitingKey(m.waits[i].Rank(), m.waits[i].ID))
	}
	return n
}

func (m *model) deadBytes() (n uint64) {
	for i := range m.dead {
		n += m.cost(&m.dead[i], deadKey(m.dead[i].ID))
	}
	return n
}

func (m *model) remove(id uint64) {
	m.waits = slices.DeleteFunc(m.waits, func(e Entry) bool { return e.ID == id })
}

// shed gives up the worst until the rest fits.
func (m *model) shed() {
	for m.bytes() > uint64(m.cfg.MaxSize) {
		worst := -1
		for i := range m.waits {
			if !m.handed[m.waits[i].ID] && (worst < 0 || m.waits[i].Rank() < m.waits[worst].Rank()) {
				worst = i // of one rank the first, which is the oldest
			}
		}
		if worst < 0 {
			return
		}
		e := m.waits[worst]
		m.lose(Full, &e.Record)
		m.remove(e.ID)
	}
}

func (m *model) shedDead() {
	for m.deadBytes() > uint64(m.cfg.MaxSize)/10 {
		m.lose(DeadFull, &m.dead[0].Record)
		m.dead = m.dead[1:]
	}
}

// machine runs the store and the model side by side.
type machine struct {
	model
	dir     string
	s       *Store
	n       int
	offered []uint64
}

// drawn returns a record; few kinds, so that they meet.
func (m *machine) drawn(t *rapid.T) record.Record {
	m.n++
	r := rec(m.n, alert.Activity(rapid.IntRange(0, 4).Draw(t, "activity")), alert.Severity(rapid.IntRange(0, 6).Draw(t, "severity")),
		rapid.SampledFrom([]int{0, 10, 500, 3000, 3000, 3000, 20_000, 40_000, 200_000}).Draw(t, "octets"))
	if rapid.IntRange(0, 9).Draw(t, "health") == 0 {
		r.Stream = record.Health
	}
	return r
}

func (m *machine) commit(t *rapid.T) {
	var add []record.Record
	for range rapid.IntRange(0, 40).Draw(t, "add") {
		add = append(add, m.drawn(t))
	}
	var done []uint64
	for _, id := range m.offered {
		if rapid.Bool().Draw(t, "done") {
			done = append(done, id)
		}
	}
	var losses []Loss
	if rapid.Bool().Draw(t, "losses") {
		losses = []Loss{{QueueFull, "scan.slow", alert.Update, alert.Low, 3, epoch, epoch.Add(time.Hour)}}
	}
	ids, err := m.s.Commit(add, done, losses)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range done {
		m.remove(id)
	}
	for _, l := range losses {
		m.lost[QueueFull] += l.Count
		if old, there := m.account[string(l.key())]; there {
			l.merge(&old)
		}
		m.account[string(l.key())] = l
	}
	var want []uint64
	for i := range add {
		want = append(want, m.add(add[i]))
	}
	m.shed()
	for i, id := range want {
		if !slices.ContainsFunc(m.waits, func(e Entry) bool { return e.ID == id }) {
			want[i] = 0
		}
	}
	if !slices.Equal(ids, want) {
		t.Fatalf("ids %v, want %v", ids, want)
	}
	for _, id := range done {
		delete(m.handed, id)
	}
}

func (m *machine) nextOnes(t *rapid.T) {
	after := uint64(0)
	if len(m.offered) > 0 {
		after = rapid.SampledFrom(m.offered).Draw(t, "after")
	}
	most, octets := rapid.IntRange(1, 20).Draw(t, "most"), rapid.SampledFrom([]int{1, 10_000, 1 << 20}).Draw(t, "octets")
	got, err := m.s.Next(after, most, octets)
	if err != nil {
		t.Fatal(err)
	}
	var want []Entry
	for i := range m.waits {
		e := m.waits[i]
		if e.ID <= after {
			continue
		}
		octets -= int(m.cost(&e, waitingKey(e.Rank(), e.ID)))
		if len(want) > 0 && (octets < 0 || len(want) >= most) {
			break
		}
		want = append(want, e)
	}
	if !slices.Equal(uids(got), uids(want)) {
		t.Fatalf("next after %d: %v, want %v", after, uids(got), uids(want))
	}
	for _, e := range got {
		m.offered = append(m.offered, e.ID)
		m.handed[e.ID] = true
	}
}

func (m *machine) bury(t *rapid.T) {
	if len(m.offered) == 0 {
		t.Skip("nothing to bury")
	}
	id := rapid.SampledFrom(m.offered).Draw(t, "id")
	if err := m.s.Bury([]uint64{id, 1 << 50}, "too big", epoch); err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(m.waits, func(e Entry) bool { return e.ID == id }); i >= 0 {
		e := m.waits[i]
		m.remove(id)
		m.next++
		e.ID, e.Reason, e.Died = m.next, "too big", epoch
		m.dead = append(m.dead, e)
	}
	m.shedDead()
	delete(m.handed, id)
}

func (m *machine) retry(t *rapid.T) {
	every := rapid.Bool().Draw(t, "all")
	var some []string
	if len(m.dead) > 0 {
		some = []string{rapid.SampledFrom(uids(m.dead)).Draw(t, "dead"), "none"}
	}
	n, err := m.s.Retry(some, every)
	if err != nil {
		t.Fatal(err)
	}
	back := slices.Clone(m.dead)
	for _, e := range back {
		if every || slices.Contains(some, e.UID) {
			n--
			m.dead = slices.DeleteFunc(m.dead, func(d Entry) bool { return d.ID == e.ID })
			m.add(e.Record)
		}
	}
	m.shed()
	if n != 0 {
		t.Fatalf("%d more were moved than there were", n)
	}
}

func (m *machine) drop(t *rapid.T) {
	dead := rapid.Bool().Draw(t, "dead")
	from := &m.waits
	if dead {
		from = &m.dead
	}
	if len(*from) == 0 {
		t.Skip("nothing to drop")
	}
	uid := rapid.SampledFrom(uids(*from)).Draw(t, "entry")
	n, err := m.s.Drop([]string{uid}, false, dead)
	if err != nil {
		t.Fatal(err)
	}
	before := len(*from)
	*from = slices.DeleteFunc(*from, func(e Entry) bool { return e.UID == uid })
	m.dropped += uint64(n)
	if n != before-len(*from) {
		t.Fatalf("%d dropped, want %d", n, before-len(*from))
	}
}

func (m *machine) expire(t *rapid.T) {
	now := epoch.Add(m.cfg.MaxAge + time.Duration(rapid.IntRange(0, m.n+2).Draw(t, "age"))*time.Second)
	n, err := m.s.Expire(now)
	if err != nil {
		t.Fatal(err)
	}
	young := map[byte]bool{} // ranks in which one was met that may stay
	for _, e := range slices.Clone(m.waits) {
		if m.handed[e.ID] || young[e.Rank()] {
			continue
		}
		if young[e.Rank()] = !e.Raised.Before(now.Add(-m.cfg.MaxAge)); !young[e.Rank()] {
			m.lose(Age, &e.Record)
			m.remove(e.ID)
			n--
		}
	}
	if n != 0 {
		t.Fatalf("%d more were given up than were old", n)
	}
}

func (m *machine) report(t *rapid.T) {
	var told []Loss
	m.n++
	r := rec(m.n, 0, alert.High, 100)
	r.Stream = record.Health
	did, err := m.s.Report(func(ls []Loss) record.Record { told = ls; return r })
	if err != nil || did != (len(m.account) > 0) {
		t.Fatalf("%v, %v of %d losses", did, err, len(m.account))
	}
	m.owed(t, told)
	clear(m.account)
	if did {
		m.add(r)
		m.shed()
	}
}

// owed checks that the account is as it should be.
func (m *machine) owed(t *rapid.T, got []Loss) {
	if len(got) != len(m.account) {
		t.Fatalf("account %+v, want %+v", got, m.account)
	}
	for _, l := range got {
		if l != m.account[string(l.key())] {
			t.Fatalf("loss %+v, want %+v", l, m.account[string(l.key())])
		}
	}
}

// again closes the store and opens it, or only forgets what was handed out.
func (m *machine) again(t *rapid.T) {
	if rapid.Bool().Draw(t, "release") {
		kept := map[uint64]bool{}
		var but []uint64
		for _, id := range slices.Sorted(maps.Keys(m.handed)) {
			if rapid.Bool().Draw(t, "keep") {
				kept[id], but = true, append(but, id)
			}
		}
		m.s.Release(but)
		m.handed = kept
		return
	} else {
		if err := m.s.Close(); err != nil {
			t.Fatal(err)
		}
		var err error
		if m.s, err = Open(m.dir, m.cfg); err != nil {
			t.Fatal(err)
		}
		clear(m.lost)
		m.dropped = 0
	}
	clear(m.handed)
}

// check compares all that can be seen.
func (m *machine) check(t *rapid.T) {
	st := m.s.Stats()
	if st.Bytes != m.bytes() || st.Records != uint64(len(m.waits)) || st.DeadBytes != m.deadBytes() ||
		st.Dead != uint64(len(m.dead)) || st.Dropped != m.dropped || st.Damaged {
		t.Fatalf("%+v, want %d records of %d, %d dead of %d", st, len(m.waits), m.bytes(), len(m.dead), m.deadBytes())
	}
	if len(m.waits) > 0 != !st.Oldest.IsZero() || len(m.waits) > 0 && !st.Oldest.Equal(m.waits[0].Raised) {
		t.Fatalf("oldest %v", st.Oldest)
	}
	for reason, n := range m.lost {
		if st.Lost[reason] != n {
			t.Fatalf("lost %v, want %v", st.Lost, m.lost)
		}
	}
	for _, dead := range []bool{false, true} {
		want := m.waits
		if dead {
			want = m.dead
		}
		i := 0
		err := m.s.each(dead, func(e *Entry) bool {
			if i >= len(want) || !same(e.Record, want[i].Record) || e.ID != want[i].ID || e.Reason != want[i].Reason || !e.Died.Equal(want[i].Died) {
				t.Fatalf("dead %v: entry %d is %s, %d", dead, i, e.UID, e.ID)
			}
			i++
			return true
		})
		if err != nil || i != len(want) {
			t.Fatalf("dead %v: %d entries, want %d: %v", dead, i, len(want), err)
		}
	}
	losses, err := m.s.Losses()
	if err != nil {
		t.Fatal(err)
	}
	m.owed(t, losses)
	m.shape(t, st.FileBytes)
}

// shape checks that bbolt would find nothing wrong with the file, and neither does the
// inspection.
func (m *machine) shape(t *rapid.T, size uint64) {
	if _, err := look(m.s.path, func(_, _, _ []byte) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if bound := 2*uint64(m.cfg.MaxSize) + 8<<20; size > bound {
		t.Fatalf("the file has %d octets, more than %d", size, bound)
	}
}

// TestModel: the store does what its rules say, whatever comes in whatever order.
func TestModel(t *testing.T) {
	root := tmpfs(t, "64m")
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(root, "")
		if err != nil {
			t.Fatal(err)
		}
		m := &machine{dir: dir, model: model{
			cfg:    Config{MaxSize: 128 << 10, MaxAge: time.Hour}, // smaller than a user may, so that it is full soon
			handed: map[uint64]bool{}, lost: map[string]uint64{}, account: map[string]Loss{},
		}}
		if m.s, err = Open(dir, m.cfg); err != nil {
			t.Fatal(err)
		}
		t.Repeat(map[string]func(*rapid.T){
			"commit": m.commit, "commit more": m.commit, "next": m.nextOnes, "bury": m.bury, "retry": m.retry,
			"drop": m.drop, "expire": m.expire, "report": m.report, "again": m.again, "": m.check,
		})
		if err := m.s.Close(); err != nil {
			t.Fatal(err)
		}
		_ = os.RemoveAll(dir)
	})
}
