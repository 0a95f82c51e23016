package alert_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/alert/alerttest"
)

func TestOCSFGolden(t *testing.T) {
	var lines [][]byte
	for _, e := range examples() {
		line := alert.AppendOCSF(nil, &e.finding, version)
		alerttest.Validate(t, line)
		golden(t, e.name+".json", indented(t, line))
		lines = append(lines, line)
	}
	alerttest.CheckOCSF(t, lines)
}

func TestOCSFAnyFinding(t *testing.T) {
	var lines [][]byte
	rapid.Check(t, func(t *rapid.T) {
		f := anyFinding.Draw(t, "finding")
		line := alert.AppendOCSF([]byte("before"), &f, "1\n")
		if !bytes.HasPrefix(line, []byte("before{")) {
			t.Fatalf("does not append: %q", line)
		}
		line = line[len("before"):]
		alerttest.Validate(t, line)
		if !bytes.Equal(line, alert.AppendOCSF(nil, &f, "1\n")) {
			t.Fatal("the same finding gives other bytes")
		}
		checkAgainst(t, &f, line)
		if len(lines) < 200 {
			lines = append(lines, line)
		}
	})
	alerttest.CheckOCSF(t, lines)
}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	lines := alert.NewLines(&out, version)
	var want []byte
	for _, e := range examples() {
		if err := lines.Write(&e.finding); err != nil {
			t.Fatal(err)
		}
		want = append(alert.AppendOCSF(want, &e.finding, version), '\n')
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Fatalf("got\n%s\nwant\n%s", out.Bytes(), want)
	}
	if n := len(alerttest.ValidateAll(t, out.Bytes())); n != len(examples()) {
		t.Fatalf("%d lines for %d findings", n, len(examples()))
	}
}

var errFull = errors.New("no space left on device")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrorsNameTheFinding(t *testing.T) {
	f := fastHome()
	for name, err := range map[string]error{
		"lines": alert.NewLines(full{}, version).Write(&f),
		"text":  alert.NewText(full{}, false).Write(&f),
	} {
		if !errors.Is(err, errFull) || err.Error() != "write finding "+f.UID+": no space left on device" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
