// Package healthtest checks health records in tests: whatever a test produces goes through
// Validate.
package healthtest

import (
	"bytes"
	"sync"
	"testing"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/wormwatch/wormwatch/internal/health"
)

var compiled = sync.OnceValues(func() (*jsonschema.Schema, error) {
	const url = "urn:wormwatch:schema:health"
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(health.Schema()))
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

// Validate fails the test unless body is one health record: a single JSON object of
// printable characters on one line that passes health.Schema.
func Validate(t testing.TB, body []byte) {
	t.Helper()
	s, err := compiled()
	if err != nil {
		t.Fatalf("compile the schema of health records: %v", err)
	}
	if i := bytes.IndexFunc(body, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
		t.Fatalf("unprintable character at octet %d: %q", i, body)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("no JSON: %v\n%s", err, body)
	}
	if err := s.Validate(doc); err != nil {
		t.Fatalf("breaks the schema: %v\n%s", err, body)
	}
}
