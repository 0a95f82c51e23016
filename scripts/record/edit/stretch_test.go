package main

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

var begin = time.Date(2026, 9, 7, 6, 0, 0, 0, time.UTC)

// at gives f a time, in milliseconds after begin.
func at(f frame, ms int) frame {
	f.Timestamp = begin.Add(time.Duration(ms) * time.Millisecond)
	return f
}

// offsets returns the times of frames in milliseconds after start.
func offsets(frames []frame, start time.Time) []int {
	var ms []int
	for _, f := range frames {
		ms = append(ms, int(f.Timestamp.Sub(start).Milliseconds()))
	}
	return ms
}

// unreachable is a router's ICMP about the SYN from port src to 445.
func unreachable(t *testing.T, src uint16) frame {
	quoted := segment(t, false, src, 445, 0).data[etherLen:]
	return build(t, ether(layers.EthernetTypeIPv4),
		&layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolICMPv4, SrcIP: []byte{10, 20, 0, 1}, DstIP: ends[0]},
		&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(layers.ICMPv4TypeDestinationUnreachable, layers.ICMPv4CodeHost)},
		gopacket.Payload(quoted))
}

func TestStretchKeepsConversations(t *testing.T) {
	frames := []frame{
		at(segment(t, false, 1000, 445, 0), 0),
		at(segment(t, true, 445, 1000, 0), 3),   // answer
		at(segment(t, false, 1001, 445, 0), 10), // second conversation
		at(unreachable(t, 1001), 15),            // and what became of it
		at(segment(t, false, 1000, 445, 0), 1000),
	}
	start := begin.Add(time.Hour)
	got := offsets(stretch(frames, 50, start, netip.Addr{}), start)
	if want := []int{0, 3, 500, 505, 1000}; !slices.Equal(got, want) {
		t.Errorf("times %v ms, want %v", got, want)
	}
}

func TestStretchSortsByTime(t *testing.T) {
	frames := []frame{
		at(segment(t, false, 1000, 445, 0), 0),
		at(segment(t, false, 1001, 445, 0), 10),
		at(segment(t, true, 445, 1000, 0), 20), // comes before the second start once that is moved
	}
	got := offsets(stretch(frames, 50, time.Time{}, netip.Addr{}), begin)
	if want := []int{0, 20, 500}; !slices.Equal(got, want) {
		t.Errorf("times %v ms, want %v", got, want)
	}
}

func TestStretchKeepsTheBurst(t *testing.T) {
	frames := []frame{
		at(segment(t, true, 139, 7, 0), 0), // of the burst's host as well, long before
		at(segment(t, false, 1000, 445, 0), 30000),
		at(segment(t, false, 1001, 445, 0), 30010),
		at(segment(t, false, 1002, 445, 0), 30020),
	}
	got := offsets(stretch(frames, 10, time.Time{}, netip.MustParseAddr("10.20.0.66")), begin)
	if want := []int{0, 300000, 300010, 300020}; !slices.Equal(got, want) {
		t.Errorf("times %v ms, want %v", got, want)
	}
}

func TestStretchOfNothing(t *testing.T) {
	if got := stretch(nil, 10, time.Time{}, netip.Addr{}); got != nil {
		t.Errorf("%d frames of none", len(got))
	}
	short := []frame{at(frame{data: []byte{1}}, 0), at(frame{data: nil}, 5)}
	if got := stretch(short, 10, time.Time{}, netip.Addr{}); len(got) != 2 {
		t.Errorf("%d frames, want both short ones", len(got))
	}
}
