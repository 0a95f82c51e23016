package blocklist

import (
	"fmt"
	"os"
	"time"
)

// Reading is what Reread found, for Adopt.
type Reading struct{ lists []reading }

type reading struct {
	content *content // nil if the file is the one in force, or for err
	err     error
}

// Reread reads the files that are other ones than those in force. It may run beside all
// other methods but Adopt and Refresh: a long list takes a moment.
func (s *Set) Reread() *Reading {
	r := &Reading{}
	for _, l := range s.lists {
		r.lists = append(r.lists, l.reread())
	}
	return r
}

func (l *list) reread() reading {
	if l.held != nil {
		if info, err := os.Stat(l.cfg.Path); err == nil && stampOf(info) == l.held.stamp {
			return reading{}
		}
	}
	c, err := readFile(&l.cfg)
	return reading{c, err}
}

// Adopt puts in force what was read; now is noted as the time of loading, and is zero for
// those who only want to look. It returns the lists that changed, and those with an Err that they did not have before: of these the
// entries of before stay in force.
//
// A file is doubted that has less than half the entries of before: it may be half written.
// It comes into force if it is still the same the next time. One that is empty, or has
// nothing but garbage where there were entries, does not: that is a download that failed.
func (s *Set) Adopt(r *Reading, now time.Time) []Info {
	told := make([]bool, len(s.lists))
	for i, l := range s.lists {
		told[i] = l.adopt(r.lists[i], now)
		if told[i] && l.err == nil {
			s.generation++
		}
	}
	var out []Info
	for i, info := range s.Lists() {
		if told[i] {
			out = append(out, info)
		}
	}
	return out
}

// Refresh is Reread and Adopt.
func (s *Set) Refresh(now time.Time) []Info { return s.Adopt(s.Reread(), now) }

// adopt reports whether there is something to tell.
func (l *list) adopt(r reading, now time.Time) bool {
	err := r.err
	if err == nil && r.content != nil {
		err = l.doubtful(r.content)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", l.cfg.Path, err)
		same := l.err != nil && l.err.Error() == err.Error()
		l.err = err
		return !same
	}
	l.err = nil
	if r.content == nil {
		return false
	}
	r.content.carry(l.matches())
	l.held, l.loaded, l.saved = r.content, now, nil
	return true
}

// doubtful says why c should not take the place of what is in force.
func (l *list) doubtful(c *content) error {
	if l.held == nil {
		return nil
	}
	was, is := len(l.held.spans), len(c.spans)
	switch {
	case was > 0 && is == 0 && (c.stamp.size == 0 || c.garbage > 0):
		return fmt.Errorf("has no entry any more, and %d lines that are none; the %d of before stay in force: fetch the list again, or take it out of blocklists", c.garbage, was)
	case 2*is < was && l.doubt != c.stamp:
		l.doubt = c.stamp
		return fmt.Errorf("has %d entries instead of %d, which stay in force; if it is still the same at the next look, it takes their place", is, was)
	}
	return nil
}
