package incident

import (
	"slices"
	"testing"
	"time"
)

func TestBadConfig(t *testing.T) {
	good := DefaultConfig()
	if ps := good.Validate(); len(ps) > 0 {
		t.Errorf("the default: %v", ps)
	}
	bad := Config{Fade: time.Second, Quiet: -1}
	var keys []string
	for _, p := range bad.Validate() {
		keys = append(keys, p.Key)
	}
	if want := []string{"fade", "quiet", "tables.hosts", "tables.episodes"}; !slices.Equal(keys, want) {
		t.Errorf("%v", keys)
	}
}

func TestBill(t *testing.T) {
	c := DefaultConfig()
	var all int64
	for _, b := range c.Bill() {
		all += b.Bytes
	}
	if all < 1<<20 || all > 64<<20 {
		t.Errorf("%d octets", all)
	}
}
