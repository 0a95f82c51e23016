package capture

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// put32 returns a copy of b with v at an offset, from the end if that is negative.
func put32(b []byte, at int, v uint32) []byte {
	b = append([]byte(nil), b...)
	if at < 0 {
		at += len(b)
	}
	binary.LittleEndian.PutUint32(b[at:], v)
	return b
}

// TestBadInput: what a recording held is delivered, then the error says what is wrong
// and where.
func TestBadInput(t *testing.T) {
	three := plain(3)
	record := len(syn(1)) + 16
	ng := newNG(le).iface(1, 0).epb(0, uint64(t0/1000), syn(1)).b
	header := len(newNG(le).b)
	for _, c := range []struct {
		name    string
		content []byte
		events  int
		is      error
		message string // after the file's name
	}{
		{"empty", nil, 0, ErrCut, "cut: the file is empty"},
		{"text", []byte("hello, world"), 0, ErrNotCapture, `is not a capture: starts with "hell"; pcap and pcapng are read, plain or compressed by gzip or zstd`},
		{"two octets", []byte("MZ"), 0, ErrNotCapture, `is not a capture: starts with "MZ"`},
		{"snoop", []byte("snoop\x00\x00\x00\x00\x00\x00\x02"), 0, ErrNotCapture, "convert snoop captures with editcap"},
		{"compressed twice", gz(t, gz(t, three)), 0, ErrNotCapture, "it is compressed twice"},
		{"cut in the magic number", three[:3], 0, ErrCut, "cut: 3 of the next 4 octets are there"},
		{"cut in the header", three[:10], 0, ErrCut, "cut: 10 of the next 24 octets are there"},
		{"cut in a record's header", three[:24+record+5], 1, ErrCut, "cut: 5 of the next 16 octets are there, at byte 94, after packet 1"},
		{"cut in a frame", three[:24+2*record+30], 2, ErrCut, "cut: 30 of the next 70 octets are there, at byte 164, after packet 2"},
		{"version 3", put32(three, 4, 3), 0, ErrNotSupported, "version 3.0 of the pcap format is not supported"},
		{"radiotap", put32(three, 20, 127), 0, ErrNotSupported, "link type 127 (IEEE802_11_RADIOTAP) is not supported"},
		{"a link type without a name", put32(three, 20, 9999), 0, ErrNotSupported, "link type 9999 (unknown) is not supported"},
		{"3 GB in a record", put32(three, 24+record+8, 3<<30), 1, ErrCorrupt, "corrupt: a record claims 3221225472 octets of a frame, the bound is 262144, at byte 94, after packet 1"},
		{"gzip cut in its header", gz(t, three)[:6], 0, ErrCut, "cut: the compressed data end early"},
		{"gzip cut before its checksum", gz(t, three)[:len(gz(t, three))-6], 3, ErrCut, "cut: the compressed data end early, at byte 234, after packet 3"},
		{"gzip with a wrong checksum", put32(gz(t, three), -8, 7), 3, ErrCorrupt, "corrupt: compressed data: gzip: invalid checksum"},
		{"zstd cut", zst(t, three, three)[:len(zst(t, three))+9], 3, ErrCut, "cut: the compressed data end early"},
		{"zstd damaged", put32(zst(t, three), -4, 7), 0, ErrCorrupt, "corrupt: compressed data:"},
		{"pcapng cut in its header", ng[:20], 0, ErrCut, "cut: 20 of the next 40 octets are there"},
		{"pcapng cut in a packet", ng[:len(ng)-3], 0, ErrCut, "octets are there, at byte 64, before the first packet"},
		{"pcapng of version 2", put32(ng, 12, 2), 0, ErrNotSupported, "version 2.0 of the pcapng format is not supported"},
		{"no byte-order magic", put32(ng, 8, 5), 0, ErrCorrupt, "corrupt: a section with the byte-order magic 05000000"},
		{"a block of 8 octets", put32(ng, header+4, 8), 0, ErrCorrupt, "corrupt: a block of type 0x1 claims 8 octets in all, it has at least 20"},
		{"a block of 3 GB", put32(ng, header+4, 3<<30), 0, ErrCorrupt, "corrupt: a block of type 0x1 claims 3221225472 octets, the bound is 327680"},
		{"a foreign block of 3 GB", put32(put32(ng, header, 99), header+4, 3<<30), 0, ErrCut, "octets of the block before are missing"},
		{"two lengths of a block", put32(ng, -4, 64), 0, ErrCorrupt, "octets by its start and 64 by its end"},
		{"no such interface", put32(ng, header+24+8, 7), 0, ErrCorrupt, "corrupt: a packet of interface 7, the section has 1"},
		{"a frame longer than its block", put32(ng, header+24+20, 200), 0, ErrCorrupt, "corrupt: a packet of 200 octets in a block that holds 64"},
		{"a frame longer than any", put32(ng, header+24+20, 1<<31), 0, ErrCorrupt, "corrupt: a record claims 2147483648 octets of a frame"},
		{"no interface for a simple packet", newNG(le).spb(60, syn(1)).b, 0, ErrCorrupt, "corrupt: a packet before any interface"},
		{"an option longer than its block", newNG(le).iface(1, 0, []byte{2, 0, 0xff, 0xff}).b, 0, ErrCorrupt, "corrupt: an interface option of 65535 octets where 4 are left"},
		{"a time resolution of 10^-20", newNG(le).iface(1, 0, newNG(le).option(9, []byte{20})).b, 0, ErrCorrupt, "corrupt: an interface with a time resolution of 0x14"},
		{"only unsupported interfaces", newNG(le).iface(105, 0).epb(0, 1, syn(1)).b, 0, ErrNotSupported, "link type 105 (IEEE802_11) is not supported"},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := writeFile(t, "bad.pcap", c.content)
			r := readNames(t, name)
			if len(r.events) != c.events || r.stats.Broken != 1 {
				t.Errorf("%d events, want %d; broken %d", len(r.events), c.events, r.stats.Broken)
			}
			if !errors.Is(r.err, c.is) {
				t.Errorf("error %v is not %v", r.err, c.is)
			}
			if r.err == nil || !strings.HasPrefix(r.err.Error(), name+": ") || !strings.Contains(r.err.Error(), c.message) {
				t.Errorf("got  %v\nwant %s: %s", r.err, name, c.message)
			}
		})
	}
}

func TestTooManyInterfaces(t *testing.T) {
	g := newNG(le)
	for range maxInterfaces {
		g.iface(1, 0)
	}
	g.epb(maxInterfaces-1, 1, syn(1)).iface(1, 0)
	if r := readBytes(t, g.b); len(r.events) != 1 || !errors.Is(r.err, ErrCorrupt) {
		t.Errorf("%d events, %v", len(r.events), r.err)
	}
}

func TestUnreadable(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name, message string
		is            error
	}{
		{dir, "is a directory", nil},
		{filepath.Join(dir, "missing.pcap"), "no such file or directory", os.ErrNotExist},
		{"/dev/full", "is not a capture: starts with", ErrNotCapture},
	} {
		r := readNames(t, writeFile(t, "good.pcap", plain(2)), c.name)
		if len(r.events) != 2 || r.err == nil || !strings.HasPrefix(r.err.Error(), c.name+": "+c.message) {
			t.Errorf("%s: %d events, %v", c.name, len(r.events), r.err)
		}
		if c.is != nil && !errors.Is(r.err, c.is) {
			t.Errorf("%s: %v is not %v", c.name, r.err, c.is)
		}
		if file, ok := errors.AsType[*FileError](r.err); !ok || file.Name != c.name {
			t.Errorf("%s: the error does not name it", c.name)
		}
	}
}

// failing gives some octets, then an error of the device.
type failing struct{ r io.Reader }

func (f *failing) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	if errors.Is(err, io.EOF) {
		return n, &os.PathError{Op: "read", Path: "x", Err: syscall.EIO}
	}
	return n, err
}

func TestReadError(t *testing.T) {
	for _, b := range [][]byte{plain(3), gz(t, plain(3))[:60], zst(t, plain(3), plain(3))[:len(zst(t, plain(3)))+3]} {
		r := readFrom(t, &failing{strings.NewReader(string(b))}, 8)
		if !errors.Is(r.err, syscall.EIO) || errors.Is(r.err, ErrCut) || errors.Is(r.err, ErrCorrupt) {
			t.Errorf("error %v", r.err)
		}
		if want := "-: input/output error"; !strings.HasPrefix(r.err.Error(), want) {
			t.Errorf("error %v, want %s", r.err, want)
		}
	}
}

func TestUsage(t *testing.T) {
	if _, err := OpenFiles(nil); err == nil {
		t.Error("no file is taken")
	}
	if _, err := OpenFiles([]string{"-", "x", "-"}); err == nil {
		t.Error("standard input is taken twice")
	}
}

// zeros is an endless capture of empty records, or whatever its header announces.
type zeros struct{ head []byte }

func (z *zeros) Read(b []byte) (int, error) {
	n := copy(b, z.head)
	z.head = z.head[n:]
	if n == 0 {
		clear(b)
		n = len(b)
	}
	return n, nil
}

// TestBombs: memory stays as it is, whatever the data unfold to or announce.
func TestBombs(t *testing.T) {
	const unfolded = 64 << 20
	content := append(plain(0), make([]byte, unfolded)...) // 4 M empty records
	long := put32(newNG(le).b, 0, 0x0a0d0d0a)
	long = append(long, 99, 0, 0, 0, 0, 0, 0, 0xf0) // a foreign block of 4 GB
	packed, packed2 := gz(t, content), zst(t, content)
	content = nil
	for _, c := range []struct {
		name string
		src  io.Reader
	}{
		{"gzip", strings.NewReader(string(packed))},
		{"zstd", strings.NewReader(string(packed2))},
		{"a long block", io.LimitReader(&zeros{long}, unfolded)},
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		r := readFrom(t, c.src, 64)
		runtime.ReadMemStats(&after)
		if len(r.events) != 0 {
			t.Errorf("%s: %d events", c.name, len(r.events))
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 12<<20 {
			t.Errorf("%s: %d octets allocated for %d", c.name, took, unfolded)
		}
	}
}
