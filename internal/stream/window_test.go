package stream

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// model is a window as one would write it without care for memory or speed.
type model struct {
	octets map[int]byte // by place behind the first not used
}

func (m *model) ready() (b []byte) {
	for {
		o, ok := m.octets[len(b)]
		if !ok || len(b) == windowSize {
			return b
		}
		b = append(b, o)
	}
}

func (m *model) put(off int, data []byte) (disagree int) {
	for i, o := range data {
		switch was, there := m.octets[off+i]; {
		case off+i >= windowSize:
		case there && was != o:
			disagree++
		case !there:
			m.octets[off+i] = o
		}
	}
	return disagree
}

func (m *model) slide(n int) {
	moved := map[int]byte{}
	for at, o := range m.octets {
		if at >= n {
			moved[at-n] = o
		}
	}
	m.octets = moved
}

// TestWindow holds the window against the model, whatever is put in and taken out.
func TestWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w window
		w.base(rapid.Uint32().Draw(t, "isn"))
		m := model{octets: map[int]byte{}}
		next := w.next
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "put") {
				off := rapid.IntRange(0, windowSize-1).Draw(t, "off")
				if rapid.Bool().Draw(t, "in order") {
					off = min(len(m.ready()), windowSize-1)
				}
				data := bytes.Repeat([]byte{rapid.SampledFrom([]byte("abc")).Draw(t, "octet")}, rapid.IntRange(1, 2500).Draw(t, "n"))
				n, disagree := w.put(off, data)
				if want := m.put(off, data); disagree != want || n != min(len(data), windowSize-off) {
					t.Fatalf("put takes %d and %d disagree, want %d and %d", n, disagree, min(len(data), windowSize-off), want)
				}
			} else {
				n := rapid.OneOf(rapid.IntRange(0, len(m.ready())), rapid.IntRange(0, 3000)).Draw(t, "slide")
				w.slide(n)
				m.slide(n)
				next += uint32(n)
			}
			ready := m.ready()
			if !bytes.Equal(w.ready(), ready) || w.next != next || int(w.pending) != len(m.octets)-len(ready) {
				t.Fatalf("%d ready, %d pending, want %d and %d", w.have, w.pending, len(ready), len(m.octets)-len(ready))
			}
			first, ok := w.resume()
			want := -1
			for at := range m.octets {
				if at >= len(ready) && (want < 0 || at < want) {
					want = at
				}
			}
			if ok != (want >= 0) || ok && first != want {
				t.Fatalf("resumes at %d (%v), want %d", first, ok, want)
			}
		}
	})
}
