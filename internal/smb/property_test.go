package smb

import (
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// known are all conversations that are at hand: built ones and our recordings.
func known(t testing.TB) (all []talk) {
	for _, c := range sessions {
		all = append(all, c.talk)
	}
	for _, c := range sessions1 {
		all = append(all, c.talk)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.pcap"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d recordings: %v", len(files), err)
	}
	for _, f := range files {
		clients, talks := recorded(t, f)
		for _, c := range clients {
			all = append(all, talks[c])
		}
	}
	return all
}

// TestSplit holds that it does not matter into which segments the streams are cut.
func TestSplit(t *testing.T) {
	all := known(t)
	rapid.Check(t, func(r *rapid.T) {
		talk := rapid.SampledFrom(all).Draw(r, "talk")
		longest := rapid.IntRange(1, 3000).Draw(r, "longest")
		c := &caller{t: t}
		for _, turn := range talk {
			for data := turn.data; len(data) > 0; {
				n := min(rapid.IntRange(1, longest).Draw(r, "n"), len(data))
				c.feed(turn.server, data[:n])
				data = data[n:]
			}
		}
		if want := hear(t, talk); c.s != *want {
			r.Fatalf("%+v, want %+v", c.s, *want)
		}
	})
}

// TestGrows holds that what is told never turns false when more is heard: each part of the
// knock only grows, but for the dialect.
func TestGrows(t *testing.T) {
	for _, talk := range known(t) {
		c, before := &caller{t: t}, Knock{}
		for _, turn := range talk {
			c.feed(turn.server, turn.data)
			k := c.s.Knock()
			k.Dialect, before.Dialect = 0, 0
			grown := with(before, k)
			grown.LogonFailures = max(before.LogonFailures, k.LogonFailures)
			if grown != k {
				t.Errorf("%+v after %+v", k, before)
			}
			before = k
		}
	}
}

// TestNoAllocation holds that reading costs no allocation.
func TestNoAllocation(t *testing.T) {
	for i, talk := range known(t) {
		n := testing.AllocsPerRun(10, func() {
			var s Session
			for _, turn := range talk {
				s.Feed(turn.server, turn.data[:min(len(turn.data), window)])
			}
		})
		if n != 0 {
			t.Errorf("conversation %d: %v allocations", i, n)
		}
	}
}

func BenchmarkFeed(b *testing.B) {
	_, talks := recorded(b, filepath.Join("testdata", "service.pcap"))
	octets := 0
	var talk talk
	for _, talk = range talks {
		for _, turn := range talk {
			octets += len(turn.data)
		}
	}
	b.SetBytes(int64(octets))
	b.ReportAllocs()
	for b.Loop() {
		var s Session
		for _, turn := range talk {
			s.Feed(turn.server, turn.data)
		}
	}
}
