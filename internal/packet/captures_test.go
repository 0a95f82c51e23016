package packet_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/shared"
)

// recorded is one frame of a capture file.
type recorded struct {
	link  packet.Link
	frame []byte
	wire  int
}

// readCapture returns all frames of a pcap or pcapng file.
func readCapture(t *testing.T, path string) []recorded {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	next, err := openCapture(b)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var all []recorded
	for {
		r, err := next()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return all // the last record of some is cut
		}
		if err != nil {
			t.Logf("%s: frame %d: %v", path, len(all), err)
			return all
		}
		all = append(all, r)
	}
}

func openCapture(b []byte) (func() (recorded, error), error) {
	if !bytes.HasPrefix(b, []byte{0x0a, 0x0d, 0x0d, 0x0a}) {
		r, err := pcapgo.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		r.SetSnaplen(1 << 20) // a frame may be longer than the file says
		// The upper bits of the field tell of a frame check sequence; and gopacket keeps
		// eight bits of a link type, so it is read here.
		link := packet.Link(r.LinkType())
		if b[0] == 0xd4 || b[0] == 0x4d {
			link = packet.Link(uint16(b[20]) | uint16(b[21])<<8)
		}
		return func() (recorded, error) {
			data, ci, err := r.ReadPacketData()
			return recorded{link, data, ci.Length}, err
		}, nil
	}
	r, err := pcapgo.NewNgReader(bytes.NewReader(b), pcapgo.NgReaderOptions{WantMixedLinkType: true})
	if err != nil {
		return nil, err
	}
	return func() (recorded, error) {
		data, ci, err := r.ReadPacketData()
		if err != nil {
			return recorded{}, err
		}
		return recorded{packet.Link(ci.AncillaryData[0].(layers.LinkType)), data, ci.Length}, nil
	}, nil
}

// decoded is what a capture holds, by the columns of DECODE.csv: frames, those of IP
// (ARP is none, neighbour discovery is), innermost TCP segments with SYN and without
// ACK, frames that were not captured whole.
type decoded struct{ frames, ip, syn, cut int }

// differs lists the captures where other counts are right, and why.
var differs = map[string]struct {
	want decoded
	why  string
}{
	"enc_teb_gre.pcap": {
		decoded{287, 277, 5, 0},
		"ten of the bridged frames are ARP: the innermost packet counts, not the IP around it",
	},
	"fuzz_bigendian_smb.pcap": {
		decoded{691, 605, 9, 0},
		"frame 86 has no room for the TCP header that it claims, frame 669 is version 6 in the EtherType of IPv4",
	},
	"fmt_pcapng_le_202.pcapng": {
		decoded{8, 8, 0, 6},
		"three of the eleven are blocks that hold no packet",
	},
}

func TestCaptures(t *testing.T) {
	dir := shared.Captures(t)
	for _, row := range decodeRows(t, dir) {
		var got decoded
		for _, r := range readCapture(t, filepath.Join(dir, row.file)) {
			got.add(&r)
		}
		want := row.want
		if d, ok := differs[row.file]; ok {
			want = d.want
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", row.file, got, want)
		}
	}
}

func (d *decoded) add(r *recorded) {
	d.frames++
	if len(r.frame) < r.wire {
		d.cut++
	}
	ev, st := parse(r.link, r.frame, r.wire)
	if st != packet.OK {
		return
	}
	arp := ev.Kind == packet.KindARPRequest || ev.Kind == packet.KindARPReply
	if !arp || ev.Proto == packet.ProtoICMPv6 {
		d.ip++
	}
	if ev.Kind == packet.KindTCP && ev.TCPFlags&(packet.SYN|packet.ACK) == packet.SYN {
		d.syn++
	}
}

type decodeRow struct {
	file string
	want decoded
}

// decodeRows reads DECODE.csv.
func decodeRows(t *testing.T, dir string) []decodeRow {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "DECODE.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range records[0] {
		column[name] = i
	}
	var rows []decodeRow
	for _, r := range records[1:] {
		number := func(name string) int {
			n, err := strconv.Atoi(r[column[name]])
			if err != nil {
				t.Fatalf("DECODE.csv: %s of %s: %v", name, r[0], err)
			}
			return n
		}
		rows = append(rows, decodeRow{r[column["file"]], decoded{
			number("frames"), number("ip_frames"), number("inner_tcp_syn"), number("truncated_frames"),
		}})
	}
	return rows
}
