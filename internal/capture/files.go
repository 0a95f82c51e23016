package capture

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// Files is a Source of recordings: pcap and pcapng, plain or compressed by gzip or zstd,
// told by their content. Several are one stream in the order given. Its events depend on
// the recordings alone, not on the size of dst or on how a pipe delivers.
type Files struct {
	rest   []string // still to be opened
	stdin  io.Reader
	names  names
	clock  clock
	stats  Stats
	err    error   // what ended it
	broken []error // recordings that could not be read to their end
	done   atomic.Int64
	total  int64
	window window

	// The recording at hand.
	name    string
	stream  *stream // nil between recordings
	format  format  // nil until its header is read
	need    int     // octets that format waits for
	packets uint64  // read from it
	frames  [64]frame
	octets  []byte // that the events of the latest Read came from
}

// Option changes how recordings are read.
type Option func(*Files)

// WithStdin makes "-" read from r instead of os.Stdin.
func WithStdin(r io.Reader) Option { return func(f *Files) { f.stdin = r } }

var _ Source = (*Files)(nil)

// OpenFiles returns the recordings called names as one stream. "-" is standard input,
// once. Each is opened when it is its turn: what is wrong with one of them is an error of
// Read, after the events of all of them.
func OpenFiles(names []string, opts ...Option) (*Files, error) {
	if len(names) == 0 {
		return nil, errors.New("no capture is named")
	}
	f := &Files{rest: names, stdin: os.Stdin}
	dashes, known := 0, true
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case name == "-":
			dashes++
			known = false
		case err == nil && info.Mode().IsRegular():
			f.total += info.Size()
		default:
			known = false
		}
	}
	if dashes > 1 {
		return nil, errors.New("standard input (-) is named twice")
	}
	if !known {
		f.total = 0
	}
	for _, o := range opts {
		o(f)
	}
	return f, nil
}

// Read implements Source. After an error, which is a *FileError, or io.EOF it returns the
// same again.
func (f *Files) Read(dst []packet.Event) (n int, now packet.Time, err error) {
	if len(dst) == 0 {
		return 0, f.clock.latest, nil
	}
	began := f.clock.latest
	for f.err == nil {
		var err error
		n, err = f.take(dst)
		f.err = f.settle(err)
		if n > 0 {
			return n, f.clock.latest, nil
		}
		if f.err == nil && f.clock.latest != began {
			return 0, f.clock.latest, nil
		}
		if f.err == nil {
			f.err = f.settle(f.advance())
		}
	}
	return 0, f.clock.latest, f.err
}

// settle keeps what is wrong with one recording until the end, and goes on with the next:
// one file of a ring that was cut must not hide those behind it.
func (f *Files) settle(err error) error {
	if err == nil {
		return nil
	}
	if _, broken := errors.AsType[*FileError](err); broken {
		f.broken = append(f.broken, err)
		return nil
	}
	switch {
	case !errors.Is(err, io.EOF) || len(f.broken) == 0:
		return err
	case len(f.broken) == 1:
		return f.broken[0]
	}
	return errors.Join(f.broken...)
}

// take fills dst from what is in memory.
func (f *Files) take(dst []packet.Event) (n int, err error) {
	if f.format == nil {
		return 0, nil
	}
	b := f.window.bytes()
	f.octets = b
	for n < len(dst) && len(b) > 0 {
		var got, used int
		got, used, f.need, err = f.format.next(b, f.frames[:min(len(f.frames), len(dst)-n)])
		n += f.events(b, f.frames[:got], dst[n:])
		f.window.use(used)
		if f.need > 0 || err != nil {
			break
		}
		b = b[min(used, len(b)):]
	}
	if err != nil {
		err = f.failed(err)
	}
	return n, err
}

// events makes events of frames, whose octets are in b, and returns how many; what is
// none is counted.
func (f *Files) events(b []byte, frames []frame, dst []packet.Event) (n int) {
	before := uint32(len(f.octets) - len(b))
	f.packets += uint64(len(frames))
	f.stats.count(frames)
	for i := range frames {
		fr := &frames[i]
		now := f.clock.time(fr)
		if fr.flags&skipped != 0 {
			f.stats.Skipped++
			f.stats.Status.Count(packet.Unsupported)
			continue
		}
		ev := &dst[n]
		status := packet.Parse(fr.link, b[fr.at:fr.at+fr.captured], int(fr.wire), ev)
		f.stats.Status.Count(status)
		if status == packet.OK {
			ev.Time, ev.Iface = now, fr.iface
			if ev.Held > 0 {
				ev.Data += before + uint32(fr.at)
			}
			n++
		}
	}
	f.stats.Events += uint64(n)
	return n
}

// Payload implements Source.
func (f *Files) Payload(ev *packet.Event) []byte {
	return f.octets[ev.Data : ev.Data+uint32(ev.Held)]
}

// count counts frames by their size.
func (s *Stats) count(frames []frame) {
	var captured, wire, snapped uint64
	for i := range frames {
		fr := &frames[i]
		captured += uint64(fr.captured)
		wire += uint64(fr.wire)
		if fr.wire > fr.captured {
			snapped++
		}
	}
	s.Packets += uint64(len(frames))
	s.Bytes += captured
	s.WireBytes += wire
	s.Snapped += snapped
}

// Interface implements Source: an interface's name in the recording, or the recording's
// own name.
func (f *Files) Interface(i uint16) string { return f.names.name(i) }

// Stats implements Source.
func (f *Files) Stats() Stats {
	s := f.stats
	s.Clock = f.clock.stats
	return s
}

// Progress returns how many octets of how many were read, compressed where they are; total
// is 0 when it is not known. It may be called from any goroutine.
func (f *Files) Progress() (done, total int64) { return f.done.Load(), f.total }

// Close frees what Read holds; it is not for another goroutine to interrupt Read with.
func (f *Files) Close() error {
	f.leave()
	f.rest = nil
	if f.err == nil {
		f.err = fmt.Errorf("capture files: %w", os.ErrClosed)
	}
	return nil
}

// base returns the name of a recording's interface if the recording does not tell.
func base(name string) string {
	if name == "-" {
		return "stdin"
	}
	return filepath.Base(name)
}
