package capture

import (
	"bytes"
	"errors"
	"io"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/wormwatch/wormwatch/internal/packet"
)

func TestCompressed(t *testing.T) {
	b := plain(5)
	want := readBytes(t, b)
	for name, c := range map[string][]byte{
		"gzip":                      gz(t, b),
		"gzip, several members":     gz(t, b[:3], b[3:100], nil, b[100:]),
		"zstd":                      zst(t, b),
		"zstd, several frames":      zst(t, b[:3], b[3:100], b[100:]),
		"zstd, a skippable frame":   append([]byte{0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9}, zst(t, b)...),
		"gzip named like a capture": gz(t, b),
	} {
		got := readNames(t, writeFile(t, "x.pcap", c))
		if got.err != nil || !reflect.DeepEqual(got.events, want.events) {
			t.Errorf("%s: %d events, %v", name, len(got.events), got.err)
		}
	}
}

// TestSeveralFiles: one stream in the order given, interfaces by name, and what is wrong
// with one of them is told behind the last.
func TestSeveralFiles(t *testing.T) {
	a := writeFile(t, "a.pcap", plain(2))
	b := writeFile(t, "b.pcapng", mixed())
	c := writeFile(t, "c.pcap", plain(3)[:24+70*2+8])
	r := readNames(t, a, b, a, c, b)
	var ports []uint16
	for _, ev := range r.events {
		ports = append(ports, ev.SrcPort)
	}
	if want := []uint16{1000, 1001, 1, 2, 4, 5, 1000, 1001, 1000, 1001, 1, 2, 4, 5}; !reflect.DeepEqual(ports, want) {
		t.Errorf("ports %v, want %v", ports, want)
	}
	if want := []string{"a.pcap", "a.pcap", "eth0", "eth0", "eth0", "b.pcapng", "a.pcap", "a.pcap", "c.pcap", "c.pcap", "eth0", "eth0", "eth0", "b.pcapng"}; !reflect.DeepEqual(r.ifaces, want) {
		t.Errorf("interfaces %q, want %q", r.ifaces, want)
	}
	file, ok := errors.AsType[*FileError](r.err)
	if !ok || *file != (FileError{Name: c, Offset: 24 + 70*2, Packets: 2, Err: file.Err}) || !errors.Is(r.err, ErrCut) {
		t.Errorf("error %+v", r.err)
	}
	if r.stats.Files != 5 || r.stats.Broken != 1 {
		t.Errorf("counted %+v", r.stats)
	}
}

// TestOlderFile: time goes on where the newer file ended, with the older one's spacing.
func TestOlderFile(t *testing.T) {
	older := newPcapBytes(le, 0xa1b2c3d4, 1)
	for i := range uint32(3) {
		older.add(1000+i*600, 0, 60, syn(uint16(i)))
	}
	r := readNames(t, writeFile(t, "new.pcap", plain(2)), writeFile(t, "old.pcap", older.b))
	end := t0 + 1e9 + 5000
	for i, want := range []packet.Time{t0 + 5000, end, end, end + 600e9, end + 1200e9} {
		if r.events[i].Time != want {
			t.Errorf("event %d at %d, want %d", i, r.events[i].Time, want)
		}
	}
	if r.stats.Clock.Rebased != 1 {
		t.Errorf("counted %+v", r.stats.Clock)
	}
}

// TestPipe: events come as soon as their packet is there, however it is packed.
func TestPipe(t *testing.T) {
	type flusher interface {
		io.Writer
		Flush() error
	}
	for name, wrap := range map[string]func(io.Writer) io.Writer{
		"plain": func(w io.Writer) io.Writer { return w },
		"gzip":  func(w io.Writer) io.Writer { return gzip.NewWriter(w) },
		"zstd": func(w io.Writer) io.Writer {
			z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
			if err != nil {
				t.Fatal(err)
			}
			return z
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if err := r.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			f, err := OpenFiles([]string{"-"}, WithStdin(r))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			out := wrap(w)
			b := plain(3)
			dst := make([]packet.Event, 16)
			for i, at := range []int{0, 24 + 70, 24 + 140} {
				part := b[at:min(at+70, len(b))]
				if i == 0 {
					part = b[:24+70]
				}
				if _, err := out.Write(part); err != nil {
					t.Fatal(err)
				}
				if z, ok := out.(flusher); ok {
					if err := z.Flush(); err != nil {
						t.Fatal(err)
					}
				}
				if n, _, err := f.Read(dst); n != 1 || err != nil || dst[0].SrcPort != uint16(1000+i) {
					t.Fatalf("packet %d: %d events, %v", i, n, err)
				}
			}
			if _, total := f.Progress(); total != 0 {
				t.Errorf("a pipe has %d octets in all", total)
			}
			if z, ok := out.(io.Closer); ok {
				if err := z.Close(); err != nil {
					t.Fatal(err)
				}
			}
			w.Close()
			if n, _, err := f.Read(dst); n != 0 || !errors.Is(err, io.EOF) {
				t.Errorf("at the end %d events, %v", n, err)
			}
		})
	}
}

// TestTimePasses: packets that are no events still tell the time.
func TestTimePasses(t *testing.T) {
	p := newPcapBytes(le, 0xa1b2c3d4, 1)
	p.add(1000, 0, 60, syn(1))
	p.add(1001, 0, 60, syn(1)[:8]) // too short to say anything
	f, err := OpenFiles([]string{"-"}, WithStdin(pieces(p.b[:24+70], p.b[24+70:])))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dst := make([]packet.Event, 4)
	for i, want := range []struct {
		n   int
		now packet.Time
		err error
	}{{1, 1000e9, nil}, {0, 1001e9, nil}, {0, 1001e9, io.EOF}} {
		if n, now, err := f.Read(dst); n != want.n || now != want.now || !errors.Is(err, want.err) {
			t.Errorf("read %d: %d events, %d, %v, want %+v", i, n, now, err, want)
		}
	}
	if s := f.Stats(); s.Status[packet.Cut] != 1 || s.Events != 1 || s.Packets != 2 {
		t.Errorf("counted %+v", s)
	}
}

// pieces returns a reader that gives one piece a Read.
func pieces(parts ...[]byte) io.Reader {
	var readers []io.Reader
	for _, p := range parts {
		readers = append(readers, bytes.NewReader(p))
	}
	return io.MultiReader(readers...)
}

func TestProgress(t *testing.T) {
	packed := gz(t, plain(100))
	names := []string{writeFile(t, "a.pcap", plain(10)), writeFile(t, "b.pcap.gz", packed)}
	f, err := OpenFiles(names)
	if err != nil {
		t.Fatal(err)
	}
	want := int64(len(plain(10)) + len(packed))
	if done, total := f.Progress(); done != 0 || total != want {
		t.Errorf("at first %d of %d, want 0 of %d", done, total, want)
	}
	drain(t, f, 64)
	if done, total := f.Progress(); done != want || total != want {
		t.Errorf("in the end %d of %d, want %d", done, total, want)
	}
}

func TestClose(t *testing.T) {
	for _, b := range [][]byte{plain(9), gz(t, plain(9)), zst(t, plain(9))} {
		f, err := OpenFiles([]string{writeFile(t, "x", b)})
		if err != nil {
			t.Fatal(err)
		}
		dst := make([]packet.Event, 1)
		if n, _, err := f.Read(dst); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if err := errors.Join(f.Close(), f.Close()); err != nil {
			t.Error(err)
		}
		if n, _, err := f.Read(dst); n != 0 || !errors.Is(err, os.ErrClosed) {
			t.Errorf("after Close: %d, %v", n, err)
		}
	}
}

// TestNoAllocations: in steady state reading costs no memory.
func TestNoAllocations(t *testing.T) {
	name, _ := officeFile(t, 60_000, 96)
	f, err := OpenFiles([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dst := make([]packet.Event, 100)
	read := func() {
		if n, _, err := f.Read(dst); n == 0 || err != nil {
			t.Fatal(n, err)
		}
	}
	read()
	if n := testing.AllocsPerRun(400, read); n != 0 {
		t.Errorf("%v allocations a Read of 100 packets", n)
	}
}
