package alert

import _ "embed"

//go:embed schema/finding.schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of what AppendOCSF writes. It is
// stricter than OCSF: it names every attribute there is, and nothing else passes.
func Schema() []byte { return append([]byte(nil), schema...) }
