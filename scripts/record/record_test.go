// Package record holds the tests of the recordings in testdata: that what README.md and
// TRUTH.csv say of them can be relied on by other tests.
package record

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/klauspost/compress/zstd"
)

const testdata = "../../testdata"

// Bounds on what a clone has to carry.
const (
	maxFile  = 300 << 10
	maxTotal = 3 << 20
)

// row is one line of TRUTH.csv or expect.csv by column name.
type row map[string]string

func table(t *testing.T, name string) []row {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var rows []row
	for _, line := range lines[1:] {
		r := row{}
		for i, column := range lines[0] {
			r[column] = line[i]
		}
		rows = append(rows, r)
	}
	return rows
}

func truth(t *testing.T) []row { return table(t, filepath.Join(testdata, "TRUTH.csv")) }

// column returns the values of a column, sorted, each once.
func column(rows []row, name string) []string {
	var values []string
	for _, r := range rows {
		values = append(values, r[name])
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// recordings returns the names of the captures in testdata.
func recordings(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(testdata, "*.pcap*"))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range paths {
		paths[i] = filepath.Base(p)
	}
	return paths
}

// frames calls see for each frame of a recording.
func frames(t *testing.T, name string, see func(data []byte, info gopacket.CaptureInfo)) {
	t.Helper()
	stored, err := os.ReadFile(filepath.Join(testdata, name))
	if err != nil {
		t.Fatal(err)
	}
	var plain io.Reader = bytes.NewReader(stored)
	switch filepath.Ext(name) {
	case ".gz":
		plain, err = gzip.NewReader(plain)
	case ".zst":
		var d *zstd.Decoder
		if d, err = zstd.NewReader(plain); err == nil {
			defer d.Close()
			plain = d
		}
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var r interface {
		gopacket.PacketDataSource
		LinkType() layers.LinkType
	}
	if strings.Contains(name, ".pcapng") {
		r, err = pcapgo.NewNgReader(plain, pcapgo.DefaultNgReaderOptions)
	} else {
		r, err = pcapgo.NewReader(plain)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if r.LinkType() != layers.LinkTypeEthernet {
		t.Fatalf("%s: link type %v, want Ethernet", name, r.LinkType())
	}
	for {
		data, info, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		see(data, info)
	}
}

func TestTruthNamesEveryRecording(t *testing.T) {
	want := recordings(t)
	if got := column(truth(t), "file"); !slices.Equal(got, want) {
		t.Errorf("TRUTH.csv is about\n%q\ntestdata holds\n%q\nrun scripts/record/truth", got, want)
	}
	readme, err := os.ReadFile(filepath.Join(testdata, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range want {
		if !bytes.Contains(readme, []byte("`"+name+"`")) {
			t.Errorf("README.md does not say how %s was made", name)
		}
	}
}

// TestEveryRecordingCanBeMade: each file is kept by a function under recordings.
func TestEveryRecordingCanBeMade(t *testing.T) {
	scripts, err := filepath.Glob("recordings/*.sh")
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, name := range scripts {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	for _, name := range recordings(t) {
		kept := name
		if strings.HasPrefix(name, "enc_") && name != "enc_vxlan.pcap.gz" {
			kept = "enc_$kind.pcap.gz" // one loop makes them
		}
		if !bytes.Contains(all, []byte(kept)) {
			t.Errorf("nothing under recordings makes %s", name)
		}
	}
}

func TestRecordingsAreAsTold(t *testing.T) {
	for _, r := range truth(t) {
		count, first, last := 0, "", ""
		frames(t, r["file"], func(_ []byte, info gopacket.CaptureInfo) {
			stamp := strconv.FormatInt(info.Timestamp.Unix(), 10) + info.Timestamp.Format(".000000000")
			if count == 0 {
				first = stamp
			}
			last = stamp
			count++
		})
		if r["frames"] != strconv.Itoa(count) {
			t.Errorf("%s: %d frames, TRUTH.csv says %s", r["file"], count, r["frames"])
		}
		// All seconds have ten digits, so that text compares as time does.
		if r["first_time"] < first || r["last_time"] > last {
			t.Errorf("%s: lasts from %s to %s, TRUTH.csv says %s to %s", r["file"], first, last, r["first_time"], r["last_time"])
		}
	}
}

// TestRecordingsNameNobody: all hardware addresses were made up (IEEE 802, the locally
// administered bit), and so were the names; no folder of the recording machine shows.
func TestRecordingsNameNobody(t *testing.T) {
	for _, name := range recordings(t) {
		bad, folders := 0, 0
		frames(t, name, func(data []byte, _ gopacket.CaptureInfo) {
			if len(data) < 12 || data[6]&0x02 == 0 {
				bad++
			}
			if bytes.Contains(data, []byte("/tmp/")) {
				folders++
			}
		})
		if bad > 0 || folders > 0 {
			t.Errorf("%s: %d frames from hardware addresses that are not made up, %d that name folders", name, bad, folders)
		}
	}
}

func TestRecordingsAreSmall(t *testing.T) {
	var total int64
	for _, name := range recordings(t) {
		info, err := os.Stat(filepath.Join(testdata, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > maxFile {
			t.Errorf("%s: %d octets, at most %d", name, info.Size(), maxFile)
		}
		total += info.Size()
	}
	if total == 0 || total > maxTotal {
		t.Errorf("all recordings: %d octets, at most %d", total, maxTotal)
	}
}
