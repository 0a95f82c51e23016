// Package blocklist holds lists of addresses that others warn of, reads them from files
// anew when they change, and keeps account of which entries ever matched.
package blocklist

import (
	"fmt"
	"iter"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/problem"
)

// Set is the lists of a site. Not for concurrent use, Reread apart.
type Set struct {
	lists      []*list
	generation uint32
}

// list is one of them.
type list struct {
	cfg    Config
	held   *content    // what is in force; nil before the file could be read
	doubt  stamp       // version of the file that was not believed at first sight
	err    error       // why the latest version of the file is not in force
	loaded time.Time   // when the one in force was read, by the sensor's clock
	from   packet.Time // matches are counted from then
	until  packet.Time // to then
	saved  []match     // matches of an earlier run that wait for the list to be read
}

// New returns the lists of a valid configuration, all empty: Refresh reads them.
func New(lists []Config) *Set {
	s := &Set{}
	for _, c := range lists {
		s.lists = append(s.lists, &list{cfg: c.withDefaults()})
	}
	return s
}

// Hit is an entry that names an address. It is valid until Generation changes.
type Hit struct {
	list  uint32
	entry uint32
}

// Number tells hits apart, within a generation.
func (h Hit) Number() uint64 { return uint64(h.list)<<32 | uint64(h.entry) }

// MaxHits bounds how many lists are told of one address, those configured first.
const MaxHits = 4

// Lookup appends to out the entry of each list that names a, at most MaxHits, and returns
// out. Where entries of a list lie within each other it is the narrowest.
func (s *Set) Lookup(a packet.Addr, out []Hit) []Hit {
	if len(s.lists) == 0 {
		return out
	}
	ip := a.Netip()
	for i, l := range s.lists {
		if l.held == nil {
			continue
		}
		if entry, found := l.held.tree.Lookup(ip); found {
			if out = append(out, Hit{uint32(i), entry}); len(out) == MaxHits {
				return out
			}
		}
	}
	return out
}

// Generation changes when a list is read anew.
func (s *Set) Generation() uint32 { return s.generation }

// List returns the name of the list that a hit is in.
func (s *Set) List(h Hit) string { return s.lists[h.list].cfg.Name }

// Entry returns the entry that a hit is, as an address, a prefix or a range.
func (s *Set) Entry(h Hit) string { return s.lists[h.list].held.spans[h.entry].String() }

// Contacted counts that a home host tried an address that the entry names.
func (s *Set) Contacted(h Hit, now packet.Time) { s.mark(h).note(now).contacts.add() }

// Knocked counts that an address that the entry names tried a home host.
func (s *Set) Knocked(h Hit, now packet.Time) { s.mark(h).note(now).knocks.add() }

func (s *Set) mark(h Hit) *mark { return &s.lists[h.list].held.marks[h.entry] }

// Watch tells that traffic of that time was looked at. Once a minute is enough.
func (s *Set) Watch(now packet.Time) {
	now = min(max(now, 1), lastMinute.time())
	for _, l := range s.lists {
		if l.held == nil {
			continue
		}
		if l.from == 0 || now < l.from {
			l.from = now
		}
		l.until = max(l.until, now)
	}
}

// Info is how a list stands.
type Info struct {
	Name     string
	Path     string
	Size     int       // entries
	Garbage  int       // lines that are no entry
	Doubles  int       // entries that were there already
	Problems []error   // that there are no entries; what is wrong with the first of those lines, then how many more there are
	Modified time.Time // version of the file in force; zero if none is
	MaxAge   time.Duration
	Loaded   time.Time   // when it was read; zero if not known
	From     packet.Time // matches were counted from then; 0 if none ever were
	Until    packet.Time // to then
	Err      error       // why the file is not in force as it is now; begins with its path

	list *list
}

// Lists returns how the lists stand, in the order of the configuration.
func (s *Set) Lists() []Info {
	out := make([]Info, 0, len(s.lists))
	for _, l := range s.lists {
		i := Info{
			Name: l.cfg.Name, Path: l.cfg.Path, MaxAge: l.cfg.MaxAge,
			Loaded: l.loaded, From: l.from, Until: l.until, Err: l.err, list: l,
		}
		if c := l.held; c != nil {
			i.Size, i.Garbage, i.Doubles = len(c.spans), c.garbage, c.doubles
			i.Problems, i.Modified = c.told(l.cfg.Path), c.stamp.modified
		}
		out = append(out, i)
	}
	return out
}

// Old says that the list in force is older than it may be, and what to do; nil if it is
// not.
func (i *Info) Old(now time.Time) error {
	age := now.Sub(i.Modified)
	if i.Modified.IsZero() || age <= i.MaxAge {
		return nil
	}
	return fmt.Errorf("%s: has not changed for %s, its max_age is %s: fetch the list again, or take it out of blocklists",
		i.Path, problem.FormatDuration(age.Round(time.Minute)), problem.FormatDuration(i.MaxAge))
}

// Old says of each list in force that is older than it may be.
func (s *Set) Old(now time.Time) (old []error) {
	for _, i := range s.Lists() {
		if err := i.Old(now); err != nil {
			old = append(old, err)
		}
	}
	return old
}

// Entry is an entry of a list, and what matched it.
type Entry struct {
	Text     string // address, prefix or range
	Line     int    // of the file
	Matched  bool
	First    packet.Time // when something matched first and last, to the minute
	Last     packet.Time
	Contacts uint32 // attempts of home hosts to reach it
	Knocks   uint32 // its attempts to reach home hosts
}

// Matched returns how many entries of the list in force ever matched.
func (i *Info) Matched() (n int) {
	if c := i.list.held; c != nil {
		for e := range c.marks {
			if c.marks[e].matched() {
				n++
			}
		}
	}
	return n
}

// Entries returns the entries of the list in force, or those of them that ever matched, in
// order of their addresses; valid until the list is read anew.
func (i *Info) Entries(all bool) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		c := i.list.held
		if c == nil {
			return
		}
		for n := range c.spans {
			if (all || c.marks[n].matched()) && !yield(c.entry(n)) {
				return
			}
		}
	}
}

func (c *content) entry(n int) Entry {
	s, m := &c.spans[n], &c.marks[n]
	e := Entry{Text: s.String(), Line: int(s.line), Contacts: uint32(m.contacts), Knocks: uint32(m.knocks)}
	if e.Matched = m.matched(); e.Matched {
		e.First, e.Last = m.first.time(), m.last.time()
	}
	return e
}
