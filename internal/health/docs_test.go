package health_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/health/healthtest"
)

const docsPath = "../../docs/health.md"

var update = flag.Bool("update", false, "write the examples of docs/health.md anew")

// block is an example in the docs: a marker with its kind, and the fenced text below.
var block = regexp.MustCompile("(?s)(<!-- golden: ([a-z_]+) -->\n```json\n)(.*?)(```\n)")

// TestDocsExamples holds the examples in docs/health.md to what the code writes: one of each
// kind, in a section of its own, valid by the schema.
func TestDocsExamples(t *testing.T) {
	docs, err := os.ReadFile(docsPath)
	if err != nil {
		t.Fatal(err)
	}
	fresh := map[string][]byte{}
	for kind, body := range health.Bodies() {
		healthtest.Validate(t, body)
		fresh[kind] = indented(t, body)
	}
	if *update {
		docs = block.ReplaceAllFunc(docs, func(b []byte) []byte {
			m := block.FindSubmatch(b)
			return slices.Concat(m[1], fresh[string(m[2])], m[4])
		})
		if err := os.WriteFile(docsPath, docs, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range block.FindAllSubmatch(docs, -1) {
		kind := string(m[2])
		if !bytes.Equal(m[3], fresh[kind]) {
			t.Errorf("the example %q in %s is not what the code writes (go test ./internal/health -update)", kind, docsPath)
		}
		delete(fresh, kind)
	}
	for kind := range fresh {
		t.Errorf("%s has no example %q", docsPath, kind)
	}
	for _, k := range health.Kinds {
		if !strings.Contains(string(docs), "\n| `"+string(k)+"` |") {
			t.Errorf("%s does not say what %s means", docsPath, k)
		}
	}
}

func indented(t *testing.T, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, body, "", "  "); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// TestDocsNameEveryField: each path that a record can have is explained, and each that is
// explained exists.
func TestDocsNameEveryField(t *testing.T) {
	docs, err := os.ReadFile(docsPath)
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]bool{}
	for _, body := range health.Bodies() {
		var doc any
		if err := json.Unmarshal(body, &doc); err != nil {
			t.Fatal(err)
		}
		paths("", doc, written)
	}
	explained := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| ((?:`[^`]+`(?:, )?)+) \\| (?:string|integer|boolean|list|object)").FindAllStringSubmatch(string(docs), -1) {
		for _, name := range strings.Split(m[1], ", ") {
			explained[strings.Trim(name, "`")] = true
		}
	}
	for p := range written {
		if !explained[p] {
			t.Errorf("%s does not explain %s", docsPath, p)
		}
	}
	for p := range explained {
		if !written[p] {
			t.Errorf("%s explains %s, which is never written", docsPath, p)
		}
	}
}

// paths notes the leaves of a document, as data.losses[].kind.
func paths(at string, doc any, into map[string]bool) {
	switch v := doc.(type) {
	case map[string]any:
		for k, e := range v {
			paths(strings.TrimPrefix(at+"."+k, "."), e, into)
		}
	case []any:
		for _, e := range v {
			if _, nested := e.(map[string]any); !nested {
				into[at] = true
				continue
			}
			paths(at+"[]", e, into)
		}
	default:
		into[at] = true
	}
}
