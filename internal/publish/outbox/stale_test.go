package outbox

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// What was taken out long ago and is found again does not make up for what is missing.
func TestStaleRecordsHideNoLoss(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]record.Record{}
	var ids []uint64
	for i := range 200 {
		r := rec(i, alert.Create, alert.High, 3000)
		ids = append(ids, must(t, s, r)...)
		in[r.UID] = r
	}
	if _, err := s.Commit(nil, ids[:150], nil); err != nil {
		t.Fatal(err)
	}
	for i := range 150 {
		delete(in, rec(i, alert.Create, alert.High, 0).UID)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	for end := 2 * pageSize; end < len(file); end += pageSize {
		survives(t, t.TempDir(), file[:end], in)
	}
	for page := range 2 { // of the two metas
		harmed := bytes.Clone(file)
		harmed[page*pageSize+pageHeader] ^= 1
		survives(t, t.TempDir(), harmed, in)
	}
}
