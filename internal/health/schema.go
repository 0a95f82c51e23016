package health

import _ "embed"

//go:embed schema/health.schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of the records: nothing else is written.
func Schema() []byte { return append([]byte(nil), schema...) }
