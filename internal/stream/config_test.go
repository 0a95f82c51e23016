package stream

import (
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/table"
)

func TestValidate(t *testing.T) {
	c := DefaultConfig()
	if ps := c.Validate(); len(ps) != 0 {
		t.Errorf("the default is not valid: %v", ps)
	}
	for key, spoil := range map[string]func(*Config){
		"openings": func(c *Config) { c.Openings = 1 },
		"followed": func(c *Config) { c.Followed = 1 << 21 },
		"decide":   func(c *Config) { c.Decide = time.Second },
		"gap":      func(c *Config) { c.Gap = time.Hour },
		"idle":     func(c *Config) { c.Idle = -1 },
	} {
		c := DefaultConfig()
		spoil(&c)
		if ps := c.Validate(); len(ps) != 1 || ps[0].Key != key || ps[0].Text == "" {
			t.Errorf("%s: %v", key, ps)
		}
	}
}

func TestEveryKeyIsDescribed(t *testing.T) {
	typ := reflect.TypeFor[Config]()
	for i := range typ.NumField() {
		if f := typ.Field(i); f.Tag.Get("yaml") == "" || f.Tag.Get("desc") == "" {
			t.Errorf("%s has no yaml or desc tag", f.Name)
		}
	}
}

// The bill is what New takes, to the kilobyte.
func TestBill(t *testing.T) {
	c := DefaultConfig()
	var sum int64
	for _, b := range c.Bill() {
		sum += b.Bytes
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f := New(c, testSite(), 1)
	runtime.ReadMemStats(&after)
	took := int64(after.TotalAlloc - before.TotalAlloc)
	// Large pieces are rounded up to whole pages of 8 KB.
	if took < sum || took > sum+12*8192 {
		t.Errorf("New takes %d octets, the bill says %d", took, sum)
	}
	if f.slab.free.head < 0 || f.openings.Cap() != table.Round(c.Openings) {
		t.Error("not as large as configured")
	}
}

// Pointers in what there are thousands of would be the collector's work.
func TestNoPointers(t *testing.T) {
	for _, typ := range []reflect.Type{reflect.TypeFor[conversation](), reflect.TypeFor[opening](), reflect.TypeFor[links]()} {
		if hasPointer(typ) {
			t.Errorf("%s has a pointer in it", typ)
		}
	}
}

func hasPointer(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return hasPointer(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if hasPointer(t.Field(i).Type) {
				return true
			}
		}
		return false
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return false
	}
	return true
}
