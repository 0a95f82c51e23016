package capture

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// TestPayload: what each segment carried is there until the next Read, whatever its size.
func TestPayload(t *testing.T) {
	s := packettest.NewScenario()
	c := s.Connect("10.0.0.1", "192.0.2.1", 1234, 4915)
	want := []string{"", "", ""}
	for i := range 300 {
		text := strings.Repeat(string(rune('a'+i%26)), 1+i*4)
		c.Says(text)
		s.Wait(time.Millisecond)
		want = append(want, text)
	}
	whole := packettest.Pcap{Link: packet.LinkEthernet}.Bytes(s.Records...)
	for _, size := range []int{1, 7, 1024} {
		if got := readFrom(t, bytes.NewReader(whole), size); got.err != nil || !slices.Equal(got.said, want) {
			t.Errorf("%d at a time: %d payloads, want %d; %v", size, len(got.said), len(want), got.err)
		}
	}
}
