package blocklist

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/wormwatch/wormwatch/internal/problem"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Config is one list. Tags as in flow.Config.
type Config struct {
	Name       string        `yaml:"name" desc:"name of the list, as it stands in findings"`
	Path       string        `yaml:"path" desc:"file with one address, prefix or range (a-b) a line; what follows # or ; is a comment"`
	Column     string        `yaml:"column" desc:"name of the column that has them, if the file is CSV; its header row names the columns, the separator is a comma, a semicolon or a tab"`
	MaxAge     time.Duration `yaml:"max_age" desc:"the sensor warns when the file has not changed for so long; 7d when absent"`
	MaxEntries int           `yaml:"max_entries" desc:"prefixes that the list may have, ranges taken apart; a file with more is not used; 262144 when absent"`
}

// What holds where nothing is written.
const (
	defaultMaxAge     = 7 * 24 * time.Hour
	defaultMaxEntries = 1 << 18
)

// maxLists and maxName bound what a site can configure.
const (
	maxLists = 64
	maxName  = 64
)

// withDefaults returns c with what is absent filled in.
func (c Config) withDefaults() Config {
	if c.MaxAge == 0 {
		c.MaxAge = defaultMaxAge
	}
	if c.MaxEntries == 0 {
		c.MaxEntries = defaultMaxEntries
	}
	return c
}

// Validate returns everything that is wrong with the lists of a site; keys are as
// [1].path.
func Validate(lists []Config) []problem.Problem {
	var ps problem.List
	names := map[string]bool{}
	for i, c := range lists {
		at := fmt.Sprintf("[%d]", i)
		switch {
		case !isName(c.Name):
			ps.Say(at+".name", "%.80q is no name: write 1 to %d characters that print", c.Name, maxName)
		case names[c.Name]:
			ps.Say(at+".name", "%q is taken: every list needs a name of its own", c.Name)
		}
		names[c.Name] = true
		if c.Path == "" {
			ps.Say(at+".path", "is missing: name the file of the list")
		}
		if c.MaxAge != 0 {
			ps.Duration(at+".max_age", c.MaxAge, time.Minute, 3650*24*time.Hour)
		}
		if c.MaxEntries != 0 {
			ps.Count(at+".max_entries", c.MaxEntries, 1, 1<<24)
		}
	}
	if len(lists) > maxLists {
		ps.Say(fmt.Sprintf("[%d]", maxLists), "is one list too many: at most %d", maxLists)
	}
	return ps
}

func isName(s string) bool {
	n := utf8.RuneCountInString(s)
	return n > 0 && n <= maxName && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// treeBytes is what an entry takes in the tree of prefixes, measured with addresses all
// over IPv4 (BenchmarkMemory). Addresses close to each other take less; of IPv6, pairs that
// differ in their last bit take seven times as much.
const treeBytes = 120

// Bill returns the memory that lists take when each is as long as it may be. It is
// allocated as the lists are read, once more while one is read anew.
func Bill(lists []Config) []table.Bill {
	var out []table.Bill
	for _, c := range lists {
		n := c.withDefaults().MaxEntries
		out = append(out, table.Bill{
			Name: "blocklist " + c.Name, Entries: n,
			Bytes: int64(n) * int64(unsafe.Sizeof(span{})+unsafe.Sizeof(mark{})+treeBytes),
		})
	}
	return out
}
