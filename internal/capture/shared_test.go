package capture

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/shared"
)

// TestSharedCaptures holds the number of frames against what tshark counted.
func TestSharedCaptures(t *testing.T) {
	dir := shared.Captures(t)
	list, err := os.Open(filepath.Join(dir, "DECODE.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	rows, err := csv.NewReader(list).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	// tshark lists custom blocks, which are not packets, as frames.
	customBlocks := map[string]uint64{"fmt_pcapng_le_202.pcapng": 3}
	for _, row := range rows[1:] {
		want, err := strconv.ParseUint(row[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		r := readNames(t, filepath.Join(dir, row[0]))
		if r.err != nil || r.stats.Packets != want-customBlocks[row[0]] {
			t.Errorf("%s: %d frames, %v, want %d", row[0], r.stats.Packets, r.err, want)
		}
		if n := r.stats.Status[packet.Unsupported]; n != 0 {
			t.Errorf("%s: %d frames of unsupported link types", row[0], n)
		}
	}
	if len(rows) < 50 {
		t.Errorf("DECODE.csv has only %d rows", len(rows))
	}
}
