package health

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

// message is a record as it is written; schema/health.schema.json describes it.
type message struct {
	Time       Stamp  `json:"time"`
	Kind       Kind   `json:"kind"`
	SeverityID uint8  `json:"severity_id"`
	Severity   string `json:"severity"`
	Message    string `json:"message"`
	Remedy     string `json:"remedy,omitempty"`
	Sensor     string `json:"sensor"`
	Version    string `json:"version"`
	UID        string `json:"uid"`
	Run        string `json:"run"`
	Sequence   uint64 `json:"sequence"`
	Data       any    `json:"data,omitempty"`
}

// body returns the JSON of an event, without a line end. Data that cannot be written is left
// out: the sentence is worth more than nothing.
func body(id Identity, e *Event, uid string, sequence uint64, now time.Time) []byte {
	m := message{
		Time: StampOf(now), Kind: e.Kind, SeverityID: uint8(e.Severity), Severity: e.Severity.String(),
		Message: e.Message, Remedy: e.Remedy, Sensor: id.Sensor, Version: id.Version,
		UID: uid, Run: id.Run, Sequence: sequence, Data: e.Data,
	}
	b, err := marshal(&m)
	if err != nil {
		m.Data = nil
		b, _ = marshal(&m) // strings and numbers always can be
	}
	return visible(b)
}

func marshal(m *message) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(m)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

// visible makes whatever is not printable in the strings of a JSON text a Go escape in
// letters, as \n or \u202e: a terminal or a browser behind a JSON decoder then shows it and
// does not obey it. Errors of brokers and names of interfaces come from others.
func visible(text []byte) []byte {
	out := make([]byte, 0, len(text)+16)
	for i := 0; i < len(text); {
		if text[i] == '\\' {
			n := escapeLen(text[i:])
			if obeyed(text[i : i+n]) {
				out = append(out, '\\')
			}
			out = append(out, text[i:i+n]...)
			i += n
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if unicode.IsPrint(r) {
			out = append(out, text[i:i+n]...)
		} else {
			q := strconv.QuoteRuneToASCII(r)
			out = append(append(out, '\\'), q[1:len(q)-1]...)
		}
		i += n
	}
	return out
}

// escapeLen is how long the escape is that b begins with.
func escapeLen(b []byte) int {
	if len(b) >= 6 && b[1] == 'u' {
		return 6
	}
	return min(2, len(b))
}

// obeyed reports whether an escape of JSON stands for a character that is not printable.
func obeyed(escape []byte) bool { return escape[1] != '"' && escape[1] != '\\' && escape[1] != '/' }
