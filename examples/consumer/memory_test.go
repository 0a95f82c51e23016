package main

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func value(uid, episode string, sequence int) []byte {
	return fmt.Appendf(nil, `{"metadata":{"uid":%q,"sequence":%d,"event_code":"scan.fast"},"finding_info":{"uid":%q}}`, uid, sequence, episode)
}

// TestTake: however records are repeated and reordered, states only go forwards, each record
// is shown once at most, and the latest of each episode comes out.
func TestTake(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMemory(1000, 1000)
		highest, shown, doubles := map[string]int{}, map[string]int{}, 0
		seen := map[string]bool{}
		for range rapid.IntRange(0, 200).Draw(t, "records") {
			episode := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "episode")
			sequence := rapid.IntRange(1, 9).Draw(t, "sequence")
			uid := fmt.Sprint(episode, sequence)
			id := uid
			if rapid.Bool().Draw(t, "without header") {
				id = ""
			}
			if seen[uid] {
				doubles++
			}
			seen[uid] = true
			line := m.take(id, value(uid, episode, sequence))
			if news := sequence > highest[episode]; news != (line != nil) {
				t.Fatalf("%s after %d: %s", uid, highest[episode], line)
			}
			highest[episode] = max(highest[episode], sequence)
			if line != nil {
				shown[uid]++
			}
		}
		for uid, n := range shown {
			if n > 1 {
				t.Fatalf("%s is shown %d times", uid, n)
			}
		}
		latest := map[string]bool{}
		for _, line := range m.latest() {
			latest[string(line)] = true
		}
		for episode, sequence := range highest {
			if !latest[string(value(fmt.Sprint(episode, sequence), episode, sequence))] {
				t.Fatalf("no %s%d in %v", episode, sequence, latest)
			}
		}
		if c := m.counts; c.Doubles != doubles || c.Episodes != len(highest) || len(latest) != len(highest) {
			t.Fatalf("%+v, want %d doubles", c, doubles)
		}
	})
}

func TestTakeBounded(t *testing.T) {
	m := newMemory(10, 5)
	for i := range 100 {
		if m.take(fmt.Sprint(i), value(fmt.Sprint(i), fmt.Sprint(i), 1)) == nil {
			t.Fatal(i)
		}
	}
	if len(m.ids.at) != 10 || m.ids.order.Len() != 10 || len(m.latest()) != 5 || m.counts.Forgotten != 95 {
		t.Errorf("%d ids, %d episodes, %+v", len(m.ids.at), len(m.latest()), m.counts)
	}
	if m.take("99", value("99", "99", 1)) != nil || m.take("0", value("0", "0", 1)) == nil {
		t.Error("not the oldest was forgotten")
	}
}

func TestTakeTests(t *testing.T) {
	m := newMemory(10, 10)
	for _, bad := range []string{"", "{", "[]", "{}", "\xff", `{"finding_info":{"uid":7}}`} {
		if m.take("x", []byte(bad)) != nil {
			t.Errorf("%q is a finding", bad)
		}
	}
	test := `{"metadata":{"uid":"t","sequence":1,"event_code":"test"},"finding_info":{"uid":"t"}}`
	if m.take("t", []byte(test)) != nil || m.counts != (counts{Records: 7, Tests: 1, Unreadable: 6}) {
		t.Errorf("%+v", m.counts)
	}
}

// FuzzTake: whatever is on the topic, each record is counted once, and memory stays bounded.
func FuzzTake(f *testing.F) {
	f.Add("a", value("a", "e", 1))
	f.Add("", []byte(`{"metadata":{"sequence":-1},"finding_info":{"uid":"e"}}`))
	f.Add("x", []byte(`[`))
	f.Fuzz(func(t *testing.T, id string, record []byte) {
		m := newMemory(2, 2)
		shown := 0
		for i, v := range [][]byte{record, record, value("u", "e", 2), value("v", "f", 1), value("w", "g", 1)} {
			name := id
			if i > 1 {
				name = ""
			}
			if m.take(name, v) != nil {
				shown++
			}
		}
		c := m.counts
		if c.Records != 5 || shown+c.Doubles+c.Older+c.Tests+c.Unreadable != 5 || len(m.ids.at) > 2 || len(m.episodes.at) > 2 {
			t.Errorf("%d shown, %+v", shown, c)
		}
	})
}
