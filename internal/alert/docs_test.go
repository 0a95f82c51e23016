package alert_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/alert/alerttest"
)

const docsPath = "../../docs/alerts.md"

// block is an example in the docs: a marker with its name, and the fenced text below.
var block = regexp.MustCompile("(?s)(<!-- golden: ([a-z.]+) -->\n```(?:json|text)\n)(.*?)(```\n)")

// TestDocsExamples holds the examples in docs/alerts.md to what the code writes.
func TestDocsExamples(t *testing.T) {
	docs := readDocs(t)
	fresh := docExamples(t)
	if *update {
		docs = block.ReplaceAllFunc(docs, func(b []byte) []byte {
			m := block.FindSubmatch(b)
			return slices.Concat(m[1], fresh[string(m[2])], m[4])
		})
		if err := os.WriteFile(docsPath, docs, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var lines [][]byte
	for _, m := range block.FindAllSubmatch(docs, -1) {
		name, text := string(m[2]), m[3]
		if !bytes.Equal(text, fresh[name]) {
			t.Errorf("the example %q in %s is not what the code writes (go test ./internal/alert -update)", name, docsPath)
		}
		delete(fresh, name)
		if name == "text" {
			continue
		}
		var line bytes.Buffer
		if err := json.Compact(&line, text); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		alerttest.Validate(t, line.Bytes())
		lines = append(lines, line.Bytes())
	}
	for name := range fresh {
		t.Errorf("%s has no example %q", docsPath, name)
	}
	alerttest.CheckOCSF(t, lines)
}

func readDocs(t *testing.T) []byte {
	t.Helper()
	docs, err := os.ReadFile(docsPath)
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// docExamples are the blocks by name, fenced text as it should stand. Three samples do
// for a reader.
func docExamples(t *testing.T) map[string][]byte {
	t.Helper()
	fast, slow := fastHome(), slowHome()
	fast.Scan.Samples, slow.Scan.Samples = fast.Scan.Samples[:3], slow.Scan.Samples[:3]
	var text bytes.Buffer
	out := alert.NewText(&text, false)
	for _, f := range []*alert.Finding{&fast, &slow} {
		if err := out.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	return map[string][]byte{
		"scan.fast": indented(t, alert.AppendOCSF(nil, &fast, version)),
		"scan.slow": indented(t, alert.AppendOCSF(nil, &slow, version)),
		"text":      text.Bytes(),
	}
}

// TestDocsNameEveryField: each path that a finding can have is explained, and each that
// is explained exists.
func TestDocsNameEveryField(t *testing.T) {
	written := map[string]bool{}
	for _, e := range append(examples(), example{"", fullFinding()}) {
		var doc any
		if err := json.Unmarshal(alert.AppendOCSF(nil, &e.finding, version), &doc); err != nil {
			t.Fatal(err)
		}
		paths(doc, "", written)
	}
	explained := map[string]bool{}
	for line := range strings.Lines(string(readDocs(t))) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
			explained[name[1]] = true
		}
	}
	for p := range written {
		if !explained[p] {
			t.Errorf("%s does not explain %s", docsPath, p)
		}
	}
	for p := range explained {
		if !written[p] && p != string(alert.ScanFast) && p != string(alert.ScanSlow) {
			t.Errorf("%s explains %s, which is never written", docsPath, p)
		}
	}
}

// fullFinding has everything that the examples leave out.
func fullFinding() alert.Finding {
	f := slowHome()
	f.Scan.Answers = f.Scan.Samples[:1]
	return f
}

// paths adds the leaves of doc to out, as evidences[].data.samples[].ip.
func paths(doc any, at string, out map[string]bool) {
	switch v := doc.(type) {
	case map[string]any:
		for k, e := range v {
			paths(e, strings.TrimPrefix(at+"."+k, "."), out)
		}
	case []any:
		for _, e := range v {
			if _, leaf := e.(map[string]any); leaf {
				paths(e, at+"[]", out)
			} else {
				out[at] = true
			}
		}
	default:
		out[at] = true
	}
}
