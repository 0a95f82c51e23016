package main

import (
	"runtime/debug"
	"slices"
	"strings"
)

// garbageShare is how much garbage, in percent of what is in use, may lie around before it
// is collected. Go's default of 100 would let findings double the memory that check bills;
// the tables have no pointers, so that to collect more often costs next to nothing.
const garbageShare = 10

// boundGarbage keeps the process near its memory bill. Who set GOGC wants it otherwise.
func boundGarbage(env []string) {
	if !slices.ContainsFunc(env, func(e string) bool { return strings.HasPrefix(e, "GOGC=") }) {
		debug.SetGCPercent(garbageShare)
	}
}
