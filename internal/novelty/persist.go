package novelty

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Format and Version name what Save writes, for internal/state.
const (
	Format  = "novelty"
	Version = 1
)

// The format, little-endian: time watched in ns (8), when learning was over in packet time
// (8), number of entries (4), the entries. Seed and place in the table are not in it.
const (
	prologueSize = 20
	recordSize   = 38
)

// Save writes all that Load needs.
func (s *Store) Save(w io.Writer) error {
	b := make([]byte, 0, recordSize)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.watched))
	b = binary.LittleEndian.AppendUint64(b, uint64(s.learned))
	b = binary.LittleEndian.AppendUint32(b, uint32(s.table.Used()))
	if _, err := w.Write(b); err != nil {
		return err
	}
	for i := range s.table.Cap() {
		k, e := s.table.At(i)
		if e == nil {
			continue
		}
		if _, err := w.Write(record(b[:0], k, e)); err != nil {
			return err
		}
	}
	return nil
}

func record(b []byte, k *key, e *entry) []byte {
	b = append(append(b, byte(k.kind), e.days), k.addr[:]...)
	for _, n := range [...]uint32{k.realm, k.what, uint32(e.first), uint32(e.last), e.count} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// Load replaces what the store holds by what a Save wrote, of which it keeps what is worth
// most if the store is smaller. After an error the store is empty.
func (s *Store) Load(r io.Reader, version uint16) error {
	s.clear()
	if err := s.load(r, version); err != nil {
		s.clear()
		return fmt.Errorf("what was seen before: %w", err)
	}
	return nil
}

func (s *Store) clear() {
	for i := range s.table.Cap() {
		s.table.Free(i)
	}
	s.now, s.latest = 0, 0
	s.unlearn()
}

func (s *Store) load(r io.Reader, version uint16) error {
	if version != Version {
		return fmt.Errorf("version %d of the format is not known", version)
	}
	var b [recordSize]byte
	if _, err := io.ReadFull(r, b[:prologueSize]); err != nil {
		return fmt.Errorf("prologue: %w", err)
	}
	watched := time.Duration(binary.LittleEndian.Uint64(b[0:]))
	learned := packet.Time(binary.LittleEndian.Uint64(b[8:]))
	if end := lastMinute.time(); watched < 0 || packet.Time(watched) > end || learned < 0 || learned > end {
		return fmt.Errorf("%d ns watched, learned at %d ns: impossible", watched, learned)
	}
	n := binary.LittleEndian.Uint32(b[16:])
	for i := range n {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return fmt.Errorf("entry %d of %d: %w", i+1, n, err)
		}
		if err := s.restore(b[:]); err != nil {
			return fmt.Errorf("entry %d of %d: %w", i+1, n, err)
		}
	}
	s.watched = watched
	if watched >= s.cfg.Learning && learned != 0 {
		s.learned = learned
	}
	return nil
}

// restore enters one record, if there is room for it or something lesser in its place.
func (s *Store) restore(b []byte) error {
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(b[18+4*i:]) }
	k := key{kind: kind(b[0]), addr: packet.AddrFrom16(b[2:]), realm: word(0), what: word(1)}
	e := entry{kind: k.kind, days: b[1], first: minute(word(2)), last: minute(word(3)), count: word(4)}
	if err := possible(&k, &e); err != nil {
		return err
	}
	h := k.hash(s.seed)
	if _, there := s.table.Get(h, k); there != nil {
		return errors.New("it is there twice")
	}
	if s.room(h, &e) {
		_, slot, _ := s.table.Claim(h, k, s.worse)
		*slot = e
	}
	return nil
}

// room reports whether the set of h has a free place or holds something lesser than e.
func (s *Store) room(h uint64, e *entry) bool {
	first := s.table.Set(h) * table.Ways
	for i := first; i < first+table.Ways; i++ {
		if _, v := s.table.At(i); v == nil || s.lesser(v, e) {
			return true
		}
	}
	return false
}

// possible says what cannot be true of an entry.
func possible(k *key, e *entry) error {
	switch {
	case k.kind < service || k.kind > port:
		return fmt.Errorf("kind %d is not known", k.kind)
	case k.kind == port && k.addr != packet.Addr{}:
		return fmt.Errorf("address %s for a port", k.addr)
	case k.realm != 0 && k.kind != service:
		return fmt.Errorf("realm %d for kind %d", k.realm, k.kind)
	case k.what > 0xffff && k.kind != service:
		return fmt.Errorf("port %d", k.what)
	case e.first > e.last || e.last > lastMinute:
		return fmt.Errorf("seen from minute %d to %d", e.first, e.last)
	case e.count == 0 || e.count-1 > uint32(e.last-e.first):
		return fmt.Errorf("seen in %d minutes from minute %d to %d", e.count, e.first, e.last)
	case e.days == 0 || uint32(e.days) > e.count || minute(e.days-1) > e.last/dayMinutes-e.first/dayMinutes:
		return fmt.Errorf("seen on %d days in %d minutes from minute %d to %d", e.days, e.count, e.first, e.last)
	}
	return nil
}
