package blocklist

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// Format and Version name what Save writes, for internal/state.
const (
	Format  = "blocklist"
	Version = 1
)

// The format, little-endian: number of lists (2); of each the length of its name in octets
// (2), the name, times in ns since 1970 when it was loaded and from when to when matches
// were counted (8 each, 0: never), number of entries that matched (4), these entries.
const (
	timesSize = 3*8 + 4
	matchSize = 2*16 + 4*4
)

// Save writes which entries ever matched, and when.
func (s *Set) Save(w io.Writer) error {
	b := binary.LittleEndian.AppendUint16(nil, uint16(len(s.lists)))
	for _, l := range s.lists {
		ms := l.matches()
		b = binary.LittleEndian.AppendUint16(b, uint16(len(l.cfg.Name)))
		b = append(b, l.cfg.Name...)
		loaded := int64(0)
		if !l.loaded.IsZero() {
			loaded = l.loaded.UnixNano()
		}
		for _, t := range []int64{loaded, int64(l.from), int64(l.until)} {
			b = binary.LittleEndian.AppendUint64(b, uint64(t))
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(len(ms)))
		for i := range ms {
			b = ms[i].append(b)
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		b = b[:0]
	}
	if len(s.lists) > 0 {
		return nil
	}
	_, err := w.Write(b)
	return err
}

func (m *match) append(b []byte) []byte {
	b = append(append(b, m.span.from[:]...), m.span.to[:]...)
	for _, n := range [...]uint32{uint32(m.mark.first), uint32(m.mark.last), uint32(m.mark.contacts), uint32(m.mark.knocks)} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// Load takes in what a Save wrote, for the lists that are configured still and the entries
// that they still have; a list that was not read yet gets it when it is. After an error
// nothing was taken in.
func (s *Set) Load(r io.Reader, version uint16) error {
	past, err := s.load(r, version)
	if err != nil {
		return fmt.Errorf("matches of blocklists: %w", err)
	}
	for _, p := range past {
		l := p.list
		if l == nil {
			continue
		}
		l.from, l.until = p.from, p.until
		if l.loaded.IsZero() {
			l.loaded = p.loaded
		}
		if l.held == nil {
			l.saved = p.saved
		} else {
			l.held.carry(p.saved)
		}
	}
	return nil
}

// past is what a file says of a list.
type past struct {
	list        *list // nil if it is not configured any more
	loaded      time.Time
	from, until packet.Time
	saved       []match
}

func (s *Set) load(r io.Reader, version uint16) ([]past, error) {
	if version != Version {
		return nil, fmt.Errorf("version %d of the format is not known", version)
	}
	var b [2]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint16(b[:])
	if n > maxLists {
		return nil, fmt.Errorf("%d lists", n)
	}
	out := make([]past, n)
	for i := range out {
		if err := s.loadList(r, &out[i]); err != nil {
			return nil, fmt.Errorf("list %d of %d: %w", i+1, n, err)
		}
	}
	return out, nil
}

func (s *Set) loadList(r io.Reader, p *past) error {
	var b [4 * maxName]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil {
		return err
	}
	n := int(binary.LittleEndian.Uint16(b[:]))
	if n > len(b) {
		return fmt.Errorf("a name of %d octets", n)
	}
	if _, err := io.ReadFull(r, b[:n]); err != nil {
		return err
	}
	p.list = s.find(string(b[:n]))
	if _, err := io.ReadFull(r, b[:timesSize]); err != nil {
		return err
	}
	long := func(i int) int64 { return int64(binary.LittleEndian.Uint64(b[8*i:])) }
	if long(0) != 0 {
		p.loaded = time.Unix(0, long(0))
	}
	p.from, p.until = packet.Time(long(1)), packet.Time(long(2))
	if p.from < 0 || p.from > p.until || p.until > lastMinute.time() {
		return fmt.Errorf("counted from %d to %d ns", p.from, p.until)
	}
	return loadMatches(r, p, binary.LittleEndian.Uint32(b[24:]))
}

// loadMatches reads n entries; more than the list may have are no use to it.
func loadMatches(r io.Reader, p *past, n uint32) error {
	var b [matchSize]byte
	for i := range n {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return fmt.Errorf("entry %d of %d: %w", i+1, n, err)
		}
		word := func(i int) uint32 { return binary.LittleEndian.Uint32(b[32+4*i:]) }
		m := match{
			span: span{from: packet.AddrFrom16(b[:]), to: packet.AddrFrom16(b[16:])},
			mark: mark{minute(word(0)), minute(word(1)), count(word(2)), count(word(3))},
		}
		if k := &m.mark; !k.matched() || k.first > k.last || k.last > lastMinute {
			return fmt.Errorf("entry %d of %d: matched %d and %d times from minute %d to %d", i+1, n, k.contacts, k.knocks, k.first, k.last)
		}
		if p.list != nil && len(p.saved) < p.list.cfg.MaxEntries {
			p.saved = append(p.saved, m)
		}
	}
	return nil
}

func (s *Set) find(name string) *list {
	for _, l := range s.lists {
		if l.cfg.Name == name {
			return l
		}
	}
	return nil
}
