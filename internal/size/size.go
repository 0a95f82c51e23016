// Package size is a number of octets as people write it.
package size

import (
	"fmt"
	"strconv"
	"strings"
)

// Size is a number of octets.
type Size int64

// units of a Size, largest first. Decimal ones (kB, MB) are not read: half the world
// means 1024 by them.
var units = []struct {
	name string
	size Size
}{
	{"TiB", 1 << 40},
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{"B", 1},
}

// String returns s in the largest unit that divides it, as 64MiB.
func (s Size) String() string {
	for _, u := range units {
		if s%u.size == 0 && s != 0 {
			return fmt.Sprintf("%d%s", s/u.size, u.name)
		}
	}
	return "0B"
}

// Parse reads a whole number with a unit, as 64MiB.
func Parse(text string) (Size, error) {
	for _, u := range units {
		digits, found := strings.CutSuffix(text, u.name)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 63)
		if err != nil || Size(n) > (1<<63-1)/u.size {
			break
		}
		return Size(n) * u.size, nil
	}
	if _, err := strconv.ParseUint(text, 10, 63); err == nil {
		return 0, fmt.Errorf("%s has no unit: write %sB, or a number of KiB, MiB, GiB or TiB", text, text)
	}
	return 0, fmt.Errorf("%q is not a size: write a whole number of B, KiB, MiB, GiB or TiB, as 64MiB", text)
}
