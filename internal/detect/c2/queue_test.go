package c2

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/table"
)

// TestQueueAgainstSlice: what is first is what was pushed first, of those that were not
// removed.
func TestQueueAgainstSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sessions := table.New[uint64, session](32)
		q, ref := newQueue(sessions), []uint64(nil)
		at := func(id uint64) *session {
			_, s := sessions.Get(id<<32, id)
			return s
		}
		for id := uint64(1); id <= 8; id++ {
			slot, s, _ := sessions.Claim(id<<32, id, lesser)
			*s = session{id: id, slot: int32(slot)}
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			id := rapid.Uint64Range(1, 8).Draw(t, "id")
			if i := slices.Index(ref, id); i >= 0 {
				q.remove(at(id))
				ref = slices.Delete(ref, i, i+1)
			} else {
				q.remove(at(id))
				q.push(at(id))
				ref = append(ref, id)
			}
			if first := q.first(); len(ref) != q.n || first == nil != (len(ref) == 0) || first != nil && first.id != ref[0] {
				t.Fatalf("%d wait, %+v first, want %v", q.n, first, ref)
			}
		}
		for ; len(ref) > 0; ref = ref[1:] {
			if s := q.first(); s.id != ref[0] {
				t.Fatalf("session %d is first, want %v", s.id, ref)
			}
			q.remove(at(ref[0]))
		}
	})
}
