package packet

import (
	"net/netip"
	"testing"
	"unsafe"
)

func TestAddr(t *testing.T) {
	for _, tc := range []struct {
		text      string
		is4       bool
		multicast bool
		zero      bool
	}{
		{"10.1.2.3", true, false, false},
		{"0.0.0.0", true, false, true},
		{"224.0.0.1", true, true, false},
		{"239.255.255.255", true, true, false},
		{"240.0.0.1", true, false, false},
		{"255.255.255.255", true, true, false},
		{"::", false, false, true},
		{"fe80::1", false, false, false},
		{"ff02::1", false, true, false},
		{"2001:db8::ffff:10.1.2.3", false, false, false},
	} {
		a := AddrFrom(netip.MustParseAddr(tc.text))
		if a.String() != tc.text && tc.text != "2001:db8::ffff:10.1.2.3" {
			t.Errorf("%s: reads back as %s", tc.text, a)
		}
		if a.Is4() != tc.is4 || a.IsMulticast() != tc.multicast || a.IsZero() != tc.zero {
			t.Errorf("%s: Is4 %v, IsMulticast %v, IsZero %v", tc.text, a.Is4(), a.IsMulticast(), a.IsZero())
		}
	}
}

func TestSizeOfEvent(t *testing.T) {
	if s := unsafe.Sizeof(Event{}); s != 80 {
		t.Errorf("an Event takes %d bytes, the BPF program writes 80", s)
	}
}
