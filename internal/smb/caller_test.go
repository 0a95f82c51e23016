package smb

import (
	"slices"
	"testing"
)

// caller is what holds the octets of both sides, as the package expects it: a window of
// 2048 octets a side, the rest is dropped as it comes.
type caller struct {
	t       testing.TB
	s       Session
	pending [2][]byte
	skip    [2]int
	fed     int
}

// feed gives the next octets of a side.
func (c *caller) feed(server bool, data []byte) {
	side := 0
	if server {
		side = 1
	}
	drop := min(c.skip[side], len(data))
	c.skip[side] -= drop
	held := append(c.pending[side], data[drop:]...)
	for len(held) > 0 {
		seen := slices.Clone(held[:min(len(held), window)])
		knock, verdict := c.s.Knock(), c.s.Verdict()
		used, changed := c.s.Feed(server, seen)
		c.fed++
		if changed != (c.s.Knock() != knock || c.s.Verdict() != verdict) {
			c.t.Fatalf("changed is %t: %+v, %+v", changed, knock, c.s.Knock())
		}
		if used == 0 {
			if len(seen) == window {
				c.t.Fatalf("waits for more than %d octets", window)
			}
			break
		}
		drop := min(used, len(held))
		c.skip[side] = used - drop
		held = held[drop:]
	}
	c.pending[side] = held
}

// turn is what one side says before the other one speaks.
type turn struct {
	server bool
	data   []byte
}

// talk is a conversation.
type talk []turn

// hear feeds a conversation as it stands.
func hear(t testing.TB, talk talk) *Session {
	t.Helper()
	c := &caller{t: t}
	for _, turn := range talk {
		c.feed(turn.server, turn.data)
	}
	return &c.s
}
