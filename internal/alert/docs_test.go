package alert_test

import (
	"bytes"
	"encoding/json"
	"math"
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
var block = regexp.MustCompile("(?s)(<!-- golden: ([a-z0-9._]+) -->\n```(?:json|text)\n)(.*?)(```\n)")

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
		if name == "text" || name == "tree" {
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
	fast, slow, irc, out, in, host, first, test := fastHome(), slowHome(), ircBot(), egress(), ingress(), incident(), firstSeen(), aTest()
	fast.Scan.Samples, slow.Scan.Samples = fast.Scan.Samples[:3], slow.Scan.Samples[:3]
	var text bytes.Buffer
	forPeople := alert.NewText(&text, false)
	for _, f := range []*alert.Finding{&fast, &irc, &out, &host} {
		if err := forPeople.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	all := map[string][]byte{"text": text.Bytes(), "tree": []byte(drawn(t, 100, story()...))}
	for _, f := range []*alert.Finding{&fast, &slow, &irc, &out, &in, &host, &first, &test} {
		all[string(f.Kind)] = indented(t, alert.AppendOCSF(nil, f, version))
	}
	return all
}

// TestDocsNameEveryField: each path that a finding can have is explained, with its type,
// and each that is explained exists.
func TestDocsNameEveryField(t *testing.T) {
	written := types{}
	for _, e := range append(examples(), example{"", fullFinding()}) {
		var doc object
		if err := json.Unmarshal(alert.AppendOCSF(nil, &e.finding, version), &doc); err != nil {
			t.Fatal(err)
		}
		written.add("", doc)
	}
	explained := explainedTypes(t)
	for path, kinds := range written {
		for kind := range kinds {
			if !explained.has(path, kind) {
				t.Errorf("%s does not explain %s as %s", docsPath, path, kind)
			}
		}
	}
	for path, kinds := range explained {
		for kind := range kinds {
			if !written.has(path, kind) && (kind != "number" || !written.has(path, "integer")) {
				t.Errorf("%s explains %s as %s, which is never written", docsPath, path, kind)
			}
		}
	}
}

// explainedTypes reads the tables of the docs: paths in the first cell, types in the
// second, one for all or one for each.
func explainedTypes(t *testing.T) types {
	t.Helper()
	out, table := types{}, false
	for line := range strings.Lines(string(readDocs(t))) {
		table = strings.HasPrefix(line, "| path | type |") || table && strings.HasPrefix(line, "|")
		if !table || !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(line, " | ")
		names := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[0], -1)
		kinds := strings.Split(cells[1], ", ")
		if len(kinds) != 1 && len(kinds) != len(names) {
			t.Fatalf("%d types for %d paths: %s", len(kinds), len(names), line)
		}
		for i, name := range names {
			for kind := range strings.SplitSeq(kinds[min(i, len(kinds)-1)], " or ") {
				if kind != "object" || name[1] == scoreParts {
					out.set(name[1], kind)
				}
			}
		}
	}
	return out
}

// fullFinding has everything that the examples leave out.
func fullFinding() alert.Finding {
	f := slowHome()
	f.Scan.Answers = f.Scan.Samples[:1]
	return f
}

// scoreParts is an object whose keys are for the detector of IRC to choose.
const scoreParts = "evidences[].data.score_parts"

// types are those of the leaves by path, as evidences[].data.samples[].ip.
type types map[string]map[string]bool

func (t types) set(path, kind string) {
	if t[path] == nil {
		t[path] = map[string]bool{}
	}
	t[path][kind] = true
}

// has reports whether a leaf of that type is known; a number can be a whole one.
func (t types) has(path, kind string) bool {
	return t[path][kind] || kind == "integer" && t[path]["number"]
}

// add notes the leaves of doc.
func (t types) add(at string, doc any) {
	switch v := doc.(type) {
	case map[string]any:
		if _, scan := v["dark"]; at == scoreParts && !scan {
			t.set(at, "object")
			return
		}
		for k, e := range v {
			t.add(strings.TrimPrefix(at+"."+k, "."), e)
		}
	case []any:
		for _, e := range v {
			switch e.(type) {
			case map[string]any:
				t.add(at+"[]", e)
			case string:
				t.set(at, "list of strings")
			default:
				t.set(at, "list of integers")
			}
		}
	default:
		t.set(at, typeOf(at, v))
	}
}

func typeOf(path string, leaf any) string {
	switch v := leaf.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		if v != math.Trunc(v) {
			return "number"
		}
		return "integer"
	}
	if strings.HasSuffix(path, ".ip") || strings.HasSuffix(path, "data.server") {
		return "address"
	}
	return "string"
}
