package capture

import (
	"bytes"
	"testing"
	"testing/iotest"
)

// FuzzCapture: any file is read to an end or an error, and always to the same.
func FuzzCapture(f *testing.F) {
	f.Add(plain(2))
	f.Add(mixed())
	f.Add(newPcapBytes(be, 0xa1b2cd34, 113).add(1, 2, 70, make([]byte, 60), make([]byte, 8)...).b)
	f.Add(gz(f, plain(1)))
	f.Add(zst(f, plain(1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 4096 {
			return // small files find the same
		}
		whole := readFrom(t, bytes.NewReader(b), 64)
		s := whole.stats
		if s.Events != uint64(len(whole.events)) || s.Status.Total() != s.Packets {
			t.Errorf("%d events, counted %+v", len(whole.events), s)
		}
		same(t, whole, readFrom(t, iotest.OneByteReader(bytes.NewReader(b)), 3))
	})
}
