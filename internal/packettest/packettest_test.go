package packettest

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// Checksums must be right, or the kernel drops what tests send to it.
func TestChecksums(t *testing.T) {
	for _, p := range []Packet{
		SYN, SYN6,
		UDP(Client, Server, 137, 137, 1, 2, 3), UDP(Client6, Server6, 137, 137, 1, 2, 3),
		ICMP(Client, Server, 8, 0, 0, 1, 0, 1), Solicit(Client6, Server6),
		Unreachable(Server, Client, 1, SYN, 0), Unreachable(Server6, Client6, 3, SYN6, 0),
		Options(SYN, 1, 1, 1, 1),
	} {
		got := gopacket.NewPacket(Ethernet(p), layers.LayerTypeEthernet, gopacket.Default)
		if e := got.ErrorLayer(); e != nil {
			t.Errorf("%v: %v", got, e.Error())
		}
		buf := gopacket.NewSerializeBuffer()
		err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{ComputeChecksums: true}, summed(got)...)
		if err != nil {
			t.Fatal(err)
		}
		// It computed the sums anew, and filled up to the shortest frame.
		if built := Ethernet(p); !bytes.HasPrefix(buf.Bytes(), built) {
			t.Errorf("built %x\n want %x", built, buf.Bytes())
		}
	}
}

// summed returns the layers of a packet, ready to have their checksums computed.
func summed(p gopacket.Packet) []gopacket.SerializableLayer {
	var all []gopacket.SerializableLayer
	for _, l := range p.Layers() {
		if sum, ok := l.(interface {
			SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
		}); ok {
			if err := sum.SetNetworkLayerForChecksum(p.NetworkLayer()); err != nil {
				panic(err)
			}
		}
		all = append(all, l.(gopacket.SerializableLayer))
		if l.LayerType() == layers.LayerTypeICMPv6 { // what follows would come twice
			return append(all, gopacket.Payload(l.LayerPayload()))
		}
	}
	return all
}

func TestPcap(t *testing.T) {
	start := Start.Add(123456789 * time.Nanosecond)
	records := []Record{
		{Time: start, Frame: Ethernet(SYN)},
		{Time: start.Add(time.Hour), Frame: Ethernet(SYN6), Wire: 1500},
	}
	for _, f := range []Pcap{
		{Link: packet.LinkEthernet},
		{Link: packet.LinkEthernet, BigEndian: true},
		{Link: packet.LinkRaw, Nano: true, Snap: 60},
		{BigEndian: true, Nano: true},
	} {
		r, err := pcapgo.NewReader(bytes.NewReader(f.Bytes(records...)))
		if err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
		if got := packet.Link(r.LinkType()); got != f.Link {
			t.Errorf("%+v: link type %v", f, got)
		}
		for _, want := range records {
			b, ci, err := r.ReadPacketData()
			if err != nil {
				t.Fatalf("%+v: %v", f, err)
			}
			if f.Snap > 0 {
				want.Frame = want.Frame[:min(f.Snap, len(want.Frame))]
			}
			at := want.Time.UTC()
			if !f.Nano {
				at = at.Truncate(time.Microsecond)
			}
			if !bytes.Equal(b, want.Frame) || !ci.Timestamp.Equal(at) || want.Wire != 0 && ci.Length != want.Wire {
				t.Errorf("%+v: read %+v, %x", f, ci, b)
			}
		}
		if _, _, err := r.ReadPacketData(); !errors.Is(err, io.EOF) {
			t.Errorf("%+v: more than was written: %v", f, err)
		}
	}
}

func TestScenario(t *testing.T) {
	s := NewScenario()
	s.Sweep("10.0.0.1", "10.0.1.254", 3, 139, time.Second)
	if s.Now != Start.Add(3*time.Second) {
		t.Errorf("three targets took %v", s.Now.Sub(Start))
	}
	s.ARPSweep("10.0.0.1", "10.0.0.2", 2, time.Second)
	s.Session("10.0.0.1", "10.0.0.2", 1024, 445)
	s.Refused("10.0.0.1", "10.0.0.3", 1024, 445)
	s.Rejected("10.0.0.9", "10.0.0.1", "10.0.0.4", 1024, 445)
	want := []string{
		"10.0.0.1 10.0.1.254 1", "10.0.0.1 10.0.1.255 1", "10.0.0.1 10.0.2.0 1",
		"10.0.0.1 10.0.0.2 5", "10.0.0.1 10.0.0.3 5",
		"10.0.0.1 10.0.0.2 1", "10.0.0.2 10.0.0.1 1", "10.0.0.1 10.0.0.2 1", "10.0.0.1 10.0.0.2 1",
		"10.0.0.2 10.0.0.1 1", "10.0.0.1 10.0.0.2 1", "10.0.0.2 10.0.0.1 1", "10.0.0.1 10.0.0.2 1",
		"10.0.0.1 10.0.0.3 1", "10.0.0.3 10.0.0.1 1",
		"10.0.0.1 10.0.0.4 1", "10.0.0.4 10.0.0.1 3",
	}
	if len(s.Records) != len(want) {
		t.Fatalf("%d frames, want %d", len(s.Records), len(want))
	}
	last := packet.Time(0)
	for i, r := range s.Records {
		var ev packet.Event
		st := packet.Parse(packet.LinkEthernet, r.Frame, len(r.Frame), &ev)
		got := ev.Src.String() + " " + ev.Dst.String() + " " + string('0'+rune(ev.Kind))
		if st != packet.OK || got != want[i] || r.Time <= last || len(r.Frame) < 60 {
			t.Errorf("frame %d at %v: %v, %s, want %s", i, r.Time.UTC(), st, got, want[i])
		}
		last = r.Time
	}
}
