package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxProblems bounds what one load reports.
const maxProblems = 50

// Problem is one thing wrong with a configuration.
type Problem struct {
	Where string // FILE:LINE: key, WORMWATCH_X or --set key
	Text  string // what is wrong and what to write
	line  int    // in the file, 0 elsewhere
}

func (p *Problem) Error() string { return p.Where + ": " + p.Text }

// join returns ps as one error that has a line for each, nil if there are none: those of
// the file in order of its lines, then the others.
func join(ps []*Problem) error {
	slices.SortStableFunc(ps, func(a, b *Problem) int {
		return cmp.Compare(uint(a.line)-1, uint(b.line)-1)
	})
	errs := make([]error, 0, len(ps))
	for i, p := range ps {
		if i == maxProblems {
			errs = append(errs, fmt.Errorf("and %d more problems", len(ps)-i))
			break
		}
		errs = append(errs, p)
	}
	return errors.Join(errs...)
}

// closest returns the candidate that name was most likely meant to be, "" if none is
// close.
func closest(name string, candidates []string) string {
	best, distance := "", max(1, min(len(name), 24)/3)+1
	for _, c := range candidates {
		if strings.EqualFold(c, name) {
			return c
		}
		if d := editDistance(name, c); d < distance {
			best, distance = c, d
		}
	}
	return best
}

// didYouMean returns closest as a hint.
func didYouMean(name string, candidates []string) string {
	if c := closest(name, candidates); c != "" {
		return fmt.Sprintf(": did you mean %s?", c)
	}
	return ": `wormwatch config` prints every key"
}

// editDistance returns how many octets have to be put in, taken out or changed to make
// b of a (Levenshtein); of names too long to be a slip it is their length.
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return max(len(a), len(b))
	}
	var row [65]int
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// quote returns s quoted, cut where it is long: it may be anything.
func quote(s string) string {
	if len(s) > 64 {
		return fmt.Sprintf("%q...", s[:64])
	}
	return fmt.Sprintf("%q", s)
}
