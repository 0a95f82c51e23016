package alert_test

import (
	"bytes"
	"regexp"
	"slices"
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
		if err := text.Close(); err != nil {
			t.Fatal(err)
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
		escapes := 2 // a colour and its end
		if f.Severity == alert.Informational {
			escapes = 0
		}
		if n := strings.Count(colored, "\x1b"); n != escapes {
			t.Fatalf("%d escapes where there should be %d: %q", n, escapes, colored)
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
		if want := textLines(&f); len(lines) != want {
			t.Fatalf("%d lines, want %d:\n%s", len(lines), want, plain)
		}
		for _, line := range lines[2:] {
			if !strings.HasPrefix(line, "    ") {
				t.Fatalf("a foreign string begins a line: %q", line)
			}
		}
	})
}

// textLines is how many lines f takes, with the head: no string may add one.
func textLines(f *alert.Finding) int {
	n := 7 // head, row, sentence, since, where, do, episode
	many := func(cond bool, k int) {
		if cond {
			n += k
		}
	}
	knock := func(k *alert.Knock) {
		many(k != nil, 1)
		many(k != nil && len(k.Telling) > 0, 1)
	}
	switch s, i, e, c, v := f.Scan, f.IRC, f.Edge, f.Incident, f.Novelty; {
	case s != nil:
		n += 2 + samplesShown(s.Samples, s.Answers)
		knock(s.Knock)
		many(len(s.Listed) > 0, 1)
		many(s.LowerBound || s.Visibility != alert.VisibilityOK, 1)
	case i != nil:
		n += 2 + len(i.Lines)
		many(i.Nick != "" || i.User != "" || i.Real != "", 1)
		many(len(i.Channels) > 0, 1)
		many(len(i.Orders) > 0, 1)
		many(len(i.Listed) > 0, 1)
		many(i.TLS || i.Visibility != alert.VisibilityOK, 1)
		for _, p := range i.Parts {
			many(p.Why != "", 1)
		}
	case e != nil:
		n += 1 + samplesShown(e.Samples, e.Answers)
		knock(e.Knock)
		many(len(e.Listed) > 0, 1)
		many(e.LowerBound || e.HomeDefault || e.Visibility != alert.VisibilityOK, 1)
	case c != nil:
		n += 1 + len(c.Timeline) + len(c.Infected)
		many(c.InfectedBy != nil, 1)
		many(c.Omitted > 0, 1)
	case v != nil:
		n += len(v.Items)
		many(v.Count > len(v.Items), 1)
	}
	return n
}

// samplesShown counts all that answered, and four of the others.
func samplesShown(tried, answers []alert.Sample) int {
	answers = answers[:min(len(answers), alert.MaxSamples)]
	others := 0
	for _, s := range tried {
		if !slices.Contains(answers, s) {
			others++
		}
	}
	return len(answers) + min(others, 4)
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
