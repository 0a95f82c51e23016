package capture

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"slices"
	"testing"
	"testing/iotest"
)

// mixed returns a pcapng recording with all that can be in one.
func mixed() []byte {
	const us = uint64(t0 / 1000)
	g := newNG(le).iface(1, 0, newNG(le).option(2, []byte("eth0"))).iface(127, 0)
	g.epb(0, us, syn(1)).block(5, make([]byte, 16)).spb(60, syn(2)).epb(1, us+1, syn(3)).pb(0, us+2, syn(4))
	b := g.b
	h := newNG(be).iface(101, 0).epb(0, us+3, syn(5)[14:]).block(0xbad, make([]byte, 40))
	return append(b, h.b...)
}

// TestCutEverywhere: of a recording cut at any octet, what is whole is delivered.
func TestCutEverywhere(t *testing.T) {
	for name, c := range map[string]struct {
		whole   []byte
		borders int // between records: there a cut cannot be seen
	}{
		"pcap":   {plain(4), 4},
		"pcapng": {mixed(), 11},
		"gzip":   {gz(t, plain(2), plain(3)[24:]), 1},
		"zstd":   {zst(t, plain(2), plain(3)[24:]), 1},
	} {
		whole := c.whole
		all := readBytes(t, whole)
		if all.err != nil || len(all.events) < 4 {
			t.Fatalf("%s: %d events, %v", name, len(all.events), all.err)
		}
		unnoticed := 0
		for at := range whole {
			r := readBytes(t, whole[:at])
			if len(r.events) > len(all.events) || len(r.events) > 0 && !reflect.DeepEqual(r.events, all.events[:len(r.events)]) {
				t.Fatalf("%s cut at %d: %d events that the whole does not have", name, at, len(r.events))
			}
			if r.err != nil && !errors.Is(r.err, ErrCut) {
				t.Fatalf("%s cut at %d: %v", name, at, r.err)
			}
			if r.err == nil {
				unnoticed++
			}
		}
		if unnoticed != c.borders {
			t.Errorf("%s: %d cuts went unnoticed, want %d", name, unnoticed, c.borders)
		}
	}
}

// TestSameHoweverRead: neither the size of dst nor how the octets arrive changes an
// event, a counter or the error.
func TestSameHoweverRead(t *testing.T) {
	readers := map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r },
		"one":   iotest.OneByteReader,
		"half":  iotest.HalfReader,
		"late":  iotest.DataErrReader,
	}
	for name, b := range map[string][]byte{
		"pcap": plain(50), "pcapng": mixed(), "gzip": gz(t, plain(20)), "zstd": zst(t, plain(20)),
		"cut": plain(9)[:500], "corrupt": put32(plain(9), 24+70*4+8, 1<<30), "cut gzip": gz(t, plain(9))[:150],
	} {
		want := readFrom(t, bytes.NewReader(b), 64)
		for how, wrap := range readers {
			for _, size := range []int{1, 2, 7, 1000} {
				got := readFrom(t, wrap(bytes.NewReader(b)), size)
				if same(t, want, got); t.Failed() {
					t.Fatalf("%s, read %s, %d at a time", name, how, size)
				}
			}
		}
	}
}

// same compares all that two readings of the same octets gave.
func same(tb testing.TB, want, got result) {
	tb.Helper()
	if !reflect.DeepEqual(want.events, got.events) || !reflect.DeepEqual(want.ifaces, got.ifaces) ||
		!slices.Equal(want.said, got.said) {
		tb.Errorf("events %v, want %v", got.events, want.events)
	}
	if want.stats != got.stats || want.now != got.now {
		tb.Errorf("counted %+v until %d, want %+v until %d", got.stats, got.now, want.stats, want.now)
	}
	if (want.err == nil) != (got.err == nil) || want.err != nil && want.err.Error() != got.err.Error() {
		tb.Errorf("error %v, want %v", got.err, want.err)
	}
}
