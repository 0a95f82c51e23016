package blocklist

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/gaissmai/bart"
)

// Problem is one line of a list that is no entry.
type Problem struct {
	Path string
	Line int
	Text string // what is wrong with it
}

// Error begins with the file and the line.
func (p *Problem) Error() string { return fmt.Sprintf("%s:%d: %s", p.Path, p.Line, p.Text) }

// maxProblems is how many of them are told of a list; the others are counted.
const maxProblems = 10

// stamp tells versions of a file apart.
type stamp struct {
	size     int64
	modified time.Time
}

func stampOf(info os.FileInfo) stamp { return stamp{info.Size(), info.ModTime()} }

// content is what one version of a file holds.
type content struct {
	stamp    stamp
	spans    []span // in order
	marks    []mark // by span
	tree     *bart.Table[uint32]
	garbage  int // lines that are no entry
	doubles  int // entries that are there already
	problems []*Problem
}

// readFile reads a list.
func readFile(cfg *Config) (*content, error) {
	info, err := os.Stat(cfg.Path) // a pipe would wait in Open for somebody to write to it
	if err != nil {
		return nil, advise(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is no ordinary file: name the file of the list, no directory and no pipe")
	}
	f, err := os.Open(cfg.Path)
	if err != nil {
		return nil, advise(err)
	}
	defer f.Close()
	return readSteady(f, cfg)
}

// readSteady does not believe a file that changes meanwhile: somebody writes it.
func readSteady(f interface {
	io.Reader
	Stat() (os.FileInfo, error)
}, cfg *Config,
) (*content, error) {
	before, err := f.Stat()
	if err != nil {
		return nil, err
	}
	c, err := read(f, cfg)
	if err != nil {
		return nil, err
	}
	c.stamp = stampOf(before)
	if after, err := f.Stat(); err != nil || stampOf(after) != c.stamp {
		return nil, errors.Join(errors.New("is being written: it is read at the next look"), err)
	}
	return c, nil
}

// advise says what to do about a list that cannot be opened.
func advise(err error) error {
	var p *os.PathError // names the file, which who is told knows already
	if errors.As(err, &p) {
		err = p.Err
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w: fetch the list, or take it out of blocklists", err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w: let the user that wormwatch runs as read it", err)
	}
	return err
}

// read makes a list of what r holds.
func read(r io.Reader, cfg *Config) (*content, error) {
	c := &content{}
	rs := newRows(r, cfg.Column)
	for {
		text, err := rs.next()
		if errors.Is(err, io.EOF) {
			break
		}
		var row errRow
		if err != nil && !errors.As(err, &row) {
			return nil, err
		}
		if err != nil {
			c.reject(cfg, rs.line, row.Error())
			continue
		}
		s, err := parse(text)
		if err != nil {
			c.reject(cfg, rs.line, fmt.Sprintf("%.64q %v", text, err))
			continue
		}
		s.line = uint32(min(rs.line, 1<<31))
		if len(c.spans) >= cfg.MaxEntries {
			return nil, tooLong(cfg)
		}
		c.spans = append(c.spans, s)
	}
	return c, c.build(cfg)
}

func tooLong(cfg *Config) error {
	return fmt.Errorf("has more than %d entries, ranges taken apart: raise its max_entries, or take a shorter list", cfg.MaxEntries)
}

func (c *content) reject(cfg *Config, line int, text string) {
	c.garbage++
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, &Problem{cfg.Path, line, text})
	}
}

// told returns that there are no entries, what is wrong with the first lines that are none,
// and how many more there are.
func (c *content) told(path string) (out []error) {
	if len(c.spans) == 0 {
		out = append(out, fmt.Errorf("%s: has no entries: fetch the list again, or take it out of blocklists", path))
	}
	for _, p := range c.problems {
		out = append(out, p)
	}
	if more := c.garbage - len(c.problems); more > 0 {
		out = append(out, fmt.Errorf("%s: %d more lines that are no entry", path, more))
	}
	return out
}

// build makes the tree. Where a prefix is part of two spans of which one lies within the
// other, that one has it: it says more.
func (c *content) build(cfg *Config) error {
	slices.SortFunc(c.spans, func(a, b span) int { return cmp.Or(a.order(&b), cmp.Compare(a.line, b.line)) })
	all := len(c.spans)
	c.spans = slices.Clone(slices.CompactFunc(c.spans, func(a, b span) bool { return a.order(&b) == 0 })) // to its size
	c.doubles = all - len(c.spans)
	c.marks = make([]mark, len(c.spans))
	c.tree = new(bart.Table[uint32])
	var ps []netip.Prefix
	for i := range c.spans {
		ps = c.spans[i].prefixes(ps[:0])
		for _, p := range ps {
			c.tree.Modify(p, func(other uint32, there bool) (uint32, bool) {
				if there && c.spans[i].holds(&c.spans[other]) {
					return other, false
				}
				return uint32(i), false
			})
		}
		if c.tree.Size() > cfg.MaxEntries {
			return tooLong(cfg)
		}
	}
	return nil
}
