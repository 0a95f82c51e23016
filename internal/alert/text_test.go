package alert_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
)

func TestTextGolden(t *testing.T) {
	for name, color := range map[string]bool{"findings.txt": false, "findings-color.txt": true} {
		var out bytes.Buffer
		text := alert.NewText(&out, color)
		for _, e := range examples() {
			if err := text.Write(&e.finding); err != nil {
				t.Fatal(err)
			}
		}
		golden(t, name, out.Bytes())
	}
}

// columns are where the head's words and the rows' cells begin.
func TestTextColumnsAlign(t *testing.T) {
	var out bytes.Buffer
	text := alert.NewText(&out, false)
	for _, e := range examples() {
		if err := text.Write(&e.finding); err != nil {
			t.Fatal(err)
		}
	}
	var head string
	rows := 0
	for line := range strings.Lines(out.String()) {
		switch {
		case head == "":
			head = line
		case !strings.HasPrefix(line, " "):
			rows++
			for _, word := range []string{"SEVERITY", "KIND", "STEP", "SERVICE", "SOURCE"} {
				i := strings.Index(head, word)
				if line[i-1] != ' ' || line[i] == ' ' {
					t.Errorf("%s is not at column %d of %q", word, i, line)
				}
			}
		}
	}
	if rows != len(examples()) {
		t.Errorf("%d rows for %d findings", rows, len(examples()))
	}
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]+m")

func TestTextAnyFinding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFinding.Draw(t, "finding")
		plain, colored := render(t, &f, false), render(t, &f, true)
		if ansi.ReplaceAllString(colored, "") != plain {
			t.Fatalf("colours change the text:\n%q\n%q", plain, colored)
		}
		if n := strings.Count(colored, "\x1b"); n != 2 {
			t.Fatalf("%d escapes where a colour and its end are two: %q", n, colored)
		}
		if !utf8.ValidString(plain) {
			t.Fatalf("not UTF-8: %q", plain)
		}
		for _, r := range plain {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("unprintable %U in %q", r, plain)
			}
		}
		lines := strings.Split(strings.TrimSuffix(plain, "\n"), "\n")
		answered := min(len(f.Scan.Answers), alert.MaxSamples)
		if want := 2 + 6 + answered + min(len(f.Scan.Samples), 4) + 1; len(lines) != want && len(lines) != want+1 {
			t.Fatalf("%d lines, want %d, or one more with a caution:\n%s", len(lines), want, plain)
		}
		for _, line := range lines[2:] {
			if !strings.HasPrefix(line, "    ") {
				t.Fatalf("a foreign string begins a line: %q", line)
			}
		}
	})
}

func render(t *rapid.T, f *alert.Finding, color bool) string {
	var out bytes.Buffer
	if err := alert.NewText(&out, color).Write(f); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTextDurations(t *testing.T) {
	for span, want := range map[time.Duration]string{
		-time.Hour:                                " 0.0s ",
		1980 * time.Millisecond:                   " 1.9s ",
		59999 * time.Millisecond:                  " 59.9s ",
		12*time.Minute + 5*time.Second:            " 12m05s ",
		3*time.Hour + 5*time.Minute + time.Second: " 3h05m ",
		24 * time.Hour:                            " 1d00h ",
		200*24*time.Hour + 4*time.Hour:            " 200d04h ",
	} {
		f := fastHome()
		f.LastSeen = f.FirstSeen.Add(span)
		var out bytes.Buffer
		if err := alert.NewText(&out, false).Write(&f); err != nil {
			t.Fatal(err)
		}
		row := strings.Split(out.String(), "\n")[1]
		if !strings.Contains(row, want) {
			t.Errorf("%v: no %q in %q", span, want, row)
		}
	}
}
