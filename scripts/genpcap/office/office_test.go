package office

import (
	"bytes"
	"io"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

func write(t *testing.T, traffic Traffic) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := traffic.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSameSeedSameBytes(t *testing.T) {
	traffic := Traffic{Packets: 5000, Size: 380, Seed: 7}
	a, b := write(t, traffic), write(t, traffic)
	if !bytes.Equal(a, b) {
		t.Error("the same seed gives two captures")
	}
	traffic.Seed = 8
	if bytes.Equal(a, write(t, traffic)) {
		t.Error("two seeds give the same capture")
	}
}

func TestRefuses(t *testing.T) {
	for _, traffic := range []Traffic{{Size: 380}, {Packets: 1, Size: 60}, {Packets: 1, Size: 1400}, {Packets: 1, Size: 380, SnapLen: -1}} {
		if err := traffic.Write(io.Discard); err == nil {
			t.Errorf("%+v is taken", traffic)
		}
	}
}

// TestOffice checks with gopacket what benchmarks rely on: sizes, SYNs, sweeps.
func TestOffice(t *testing.T) {
	const packets = 50_000
	for _, snapLen := range []int{0, 96} {
		r, err := pcapgo.NewReader(bytes.NewReader(write(t, Traffic{Packets: packets, Size: 380, SnapLen: snapLen, Seed: 1})))
		if err != nil {
			t.Fatal(err)
		}
		var n, wire, syns int
		targets := map[string]map[string]bool{} // of the sweeps, by source
		for {
			data, info, err := r.ReadPacketData()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			n++
			wire += info.Length
			if want := info.Length; snapLen == 0 && info.CaptureLength != want || snapLen > 0 && info.CaptureLength > snapLen {
				t.Fatalf("packet %d of %d octets has %d", n, want, info.CaptureLength)
			}
			p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.NoCopy)
			tcp, ok := p.TransportLayer().(*layers.TCP)
			if !ok || !tcp.SYN || tcp.ACK {
				continue
			}
			syns++
			ip := p.NetworkLayer().(*layers.IPv4)
			if ip.DstIP.To4()[1] == 9 {
				source := ip.SrcIP.String()
				if targets[source] == nil {
					targets[source] = map[string]bool{}
				}
				targets[source][ip.DstIP.String()] = true
			}
		}
		if average := wire / packets; n != packets || average < 360 || average > 400 {
			t.Errorf("%d packets of %d octets on average", n, average)
		}
		if syns < packets*4/100 || syns > packets*7/100 {
			t.Errorf("%d SYNs in %d packets", syns, packets)
		}
		if len(targets) != sweeps {
			t.Errorf("%d sources sweep", len(targets))
		}
		for source, seen := range targets {
			if len(seen) != sweepSize {
				t.Errorf("%s sweeps %d targets", source, len(seen))
			}
		}
	}
}

// Web traffic has nothing of what is watched, and sessions whose sequence numbers are right.
func TestWeb(t *testing.T) {
	r, err := pcapgo.NewReader(bytes.NewReader(write(t, Traffic{Packets: 20_000, Size: 380, Seed: 1, Web: true})))
	if err != nil {
		t.Fatal(err)
	}
	next := map[[2]gopacket.Flow]uint32{}
	starts := 0
	for {
		data, _, err := r.ReadPacketData()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.NoCopy)
		tcp, ok := p.TransportLayer().(*layers.TCP)
		if !ok {
			continue
		}
		if tcp.SrcPort == 445 || tcp.DstPort == 445 {
			t.Fatal("a file server")
		}
		if bytes.HasPrefix(tcp.Payload, []byte("GET /")) {
			starts++
		}
		k := [2]gopacket.Flow{p.NetworkLayer().NetworkFlow(), tcp.TransportFlow()}
		if want, known := next[k]; known && !tcp.SYN && tcp.Seq != want {
			t.Fatalf("segment at %d, want %d", tcp.Seq, want)
		}
		next[k] = tcp.Seq + uint32(len(tcp.Payload))
		if tcp.SYN {
			next[k]++
		}
	}
	if starts < 100 {
		t.Errorf("%d requests", starts)
	}
}
