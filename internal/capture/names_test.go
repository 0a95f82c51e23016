package capture

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestNames(t *testing.T) {
	var n names
	if i, j, k := n.index("eth0"), n.index("eth1"), n.index("eth0"); i != k || i == j || n.name(i) != "eth0" || n.name(j) != "eth1" {
		t.Errorf("indices %d, %d, %d in %q", i, j, k, n.list)
	}
	if got := n.name(7); got != "" {
		t.Errorf("an index that was never given is %q", got)
	}
	if n.index(strings.Repeat("x", 1000)+"a") != n.index(strings.Repeat("x", 1000)+"b") {
		t.Error("long names are kept whole")
	}
	for i := range 2 * maxNames {
		n.index(fmt.Sprint("many", i))
	}
	if len(n.list) != maxNames || len(n.at) != maxNames || n.index("one more") != maxNames-1 {
		t.Errorf("the table has grown to %d names", len(n.list))
	}
}

func TestPrintable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "name"))
		got := printable(s)
		if !utf8.ValidString(got) || len(got) > 3*64 || strings.ContainsAny(got, "\x00\n\r\t\x1b\x7f\u009b") {
			t.Fatalf("%q becomes %q", s, got)
		}
	})
}
