package publish

import (
	"fmt"
	"testing"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

func TestAllArriveInOrder(t *testing.T) {
	to := &sink{}
	p, d := began(open(t, t.TempDir(), 64<<20), to, quick())
	for n := range 500 {
		for k := range 7 {
			if !p.Offer(finding(fmt.Sprint(k), n)) {
				t.Fatal("no room")
			}
		}
	}
	finish(t, p)
	to.check(t)
	inOrder(t, to.taken(record.Findings), 7, 500)
	if s := p.Stats(); s.Sent != 3500 || s.Retries != 0 || s.Waiting != 0 || len(s.Lost) != 0 || s.Outbox.Records != 0 {
		t.Errorf("%+v", s)
	}
	if len(d.told) != 0 {
		t.Errorf("%+v", d.told)
	}
}
