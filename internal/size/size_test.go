package size

import "testing"

func TestParse(t *testing.T) {
	for text, want := range map[string]Size{"0B": 0, "1B": 1, "64MiB": 64 << 20, "1536MiB": 3 << 29, "2 KiB": 2 << 10, "1TiB": 1 << 40} {
		got, err := Parse(text)
		if err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("%s is written %s", text, got)
		}
	}
	for _, text := range []string{"", "64", "64MB", "-1MiB", "1.5GiB", "9999999TiB", "MiB"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}
