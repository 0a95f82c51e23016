// Package alerttest checks findings in tests: whatever a test produces goes through
// Validate, a batch of it through CheckOCSF.
package alerttest

import (
	"bytes"
	"encoding/json"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/wormwatch/wormwatch/internal/alert"
)

// TB is what is needed of a test: *testing.T, *testing.B and *rapid.T have it.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

var _ TB = testing.TB(nil)

var compiled = sync.OnceValues(func() (*jsonschema.Schema, error) {
	const url = "urn:wormwatch:schema:finding"
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(alert.Schema()))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(url, doc); err != nil {
		return nil, err
	}
	return c.Compile(url)
})

// Validate fails the test unless line is one finding: a single JSON object of printable
// characters in UTF-8, without a line end inside (one at the end is allowed), that
// passes alert.Schema.
func Validate(t TB, line []byte) {
	t.Helper()
	s, err := compiled()
	if err != nil {
		t.Fatalf("compile the schema of findings: %v", err)
	}
	line = bytes.TrimSuffix(line, []byte("\n"))
	if !utf8.Valid(line) {
		t.Fatalf("finding is not UTF-8: %q", line)
	}
	if i := bytes.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
		t.Fatalf("finding has an unprintable character at octet %d: %q", i, line)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		t.Fatalf("finding is not one JSON value: %v\n%s", err, line)
	}
	if err := s.Validate(doc); err != nil {
		t.Fatalf("finding breaks the schema: %v\n%s", err, pretty(line))
	}
}

// ValidateAll is Validate for a stream of JSON lines; it returns the lines.
func ValidateAll(t TB, stream []byte) [][]byte {
	t.Helper()
	var lines [][]byte
	for line := range bytes.Lines(stream) {
		Validate(t, line)
		lines = append(lines, bytes.TrimSuffix(line, []byte("\n")))
	}
	return lines
}

func pretty(line []byte) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, line, "", "  "); err != nil {
		return line
	}
	return b.Bytes()
}
