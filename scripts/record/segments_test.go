package record

import (
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// disorder counts the segments of a recording that a reader in order of arrival trips over.
type disorder struct {
	segments, longest        int
	gaps                     int // begin behind octets that are still to come
	late, repeated, overlaps int // all octets new but before later ones; none new; some new
}

// side is one direction of one connection: what of its octets was seen, from the first on.
type side struct {
	start uint32
	high  int
	seen  map[int]bool
}

// disorderOf counts over all TCP connections whose SYN is there.
func disorderOf(t *testing.T, name string) disorder {
	t.Helper()
	var d disorder
	sides := map[[2]gopacket.Flow]*side{}
	frames(t, name, func(data []byte, _ gopacket.CaptureInfo) {
		p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.NoCopy)
		tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if !ok {
			return
		}
		key := [2]gopacket.Flow{p.NetworkLayer().NetworkFlow(), tcp.TransportFlow()}
		if tcp.SYN {
			sides[key] = &side{start: tcp.Seq + 1, seen: map[int]bool{}}
		}
		if s := sides[key]; s != nil && len(tcp.Payload) > 0 {
			d.add(s, int(tcp.Seq-s.start), len(tcp.Payload))
		}
	})
	return d
}

// add counts a segment of n octets from offset on.
func (d *disorder) add(s *side, offset, n int) {
	fresh := 0
	for i := offset; i < offset+n; i++ {
		if !s.seen[i] {
			fresh++
			s.seen[i] = true
		}
	}
	d.segments++
	d.longest = max(d.longest, n)
	switch {
	case offset > s.high:
		d.gaps++
	case fresh == 0:
		d.repeated++
	case fresh < n:
		d.overlaps++
	case offset < s.high:
		d.late++
	}
	s.high = max(s.high, offset+n)
}

func TestLossyIsDisordered(t *testing.T) {
	d := disorderOf(t, "irc_bot_lossy.pcap.gz")
	if d.gaps < 5 || d.late < 5 || d.repeated < 5 || d.overlaps < 1 {
		t.Errorf("too orderly: %+v; record it again", d)
	}
}

func TestTinySegmentsAreTiny(t *testing.T) {
	if d := disorderOf(t, "irc_bot_tiny_segments.pcap.gz"); d.segments < 500 || d.longest > 5 {
		t.Errorf("%+v, want 500 segments of at most five octets", d)
	}
}

// TestOthersAreOrderly guards the counting: the lab's own lines lose nothing.
func TestOthersAreOrderly(t *testing.T) {
	if d := disorderOf(t, "irc_bot_443.pcap.gz"); d.gaps+d.late+d.repeated+d.overlaps > 0 || d.segments < 12 {
		t.Errorf("%+v, want order", d)
	}
}
