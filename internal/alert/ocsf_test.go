package alert_test

import (
	"bytes"
	"encoding/json"
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

// checkAgainst reads a line as a consumer does and compares what is relied on.
func checkAgainst(t *rapid.T, f *alert.Finding, line []byte) {
	var got struct {
		Time, Count int64
		Metadata    struct {
			EventCode string `json:"event_code"`
			Sequence  int
		}
		FindingInfo struct {
			First   int64 `json:"first_seen_time"`
			Last    int64 `json:"last_seen_time"`
			Attacks []struct {
				Technique struct{ UID string }
				Sub       struct{ UID string } `json:"sub_technique"`
			}
		} `json:"finding_info"`
		Evidences []struct {
			Data struct {
				Targets  int
				Samples  []struct{ Time int64 }
				Answered []struct{ Time int64 } `json:"answered_samples"`
			}
		}
	}
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	equal := func(what string, got, want any) {
		if got != want {
			t.Fatalf("%s: got %v, want %v", what, got, want)
		}
	}
	equal("kind", got.Metadata.EventCode, string(f.Kind))
	equal("sequence", got.Metadata.Sequence, f.Sequence)
	equal("time", got.Time, f.Time.UnixMilli())
	equal("first seen", got.FindingInfo.First, f.FirstSeen.UnixMilli())
	equal("last seen", got.FindingInfo.Last, f.LastSeen.UnixMilli())
	equal("count", got.Count, int64(f.Scan.Contacts))
	data := got.Evidences[0].Data
	equal("targets", data.Targets, f.Scan.Targets)
	equal("samples", len(data.Samples), min(len(f.Scan.Samples), alert.MaxSamples))
	equal("answered samples", len(data.Answered), min(len(f.Scan.Answers), alert.MaxSamples))
	for i, s := range data.Samples {
		equal("sample's time", s.Time, f.Scan.Samples[i].Time.UnixMilli())
	}
	for i, a := range got.FindingInfo.Attacks {
		id := a.Technique.UID
		if a.Sub.UID != "" {
			id = a.Sub.UID
		}
		equal("technique", id, f.Techniques[i])
	}
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
