package alerttest

import (
	"strings"
	"testing"
)

func TestCheckRefuses(t *testing.T) {
	const head = `{"activity_id":1,"category_uid":2,"class_uid":2004,"type_uid":200401,"time":1,"severity_id":`
	const tail = `,"metadata":{"version":"1.8.0","product":{"name":"p"}},"finding_info":{"uid":"u","title":"t"}`
	script := checker(t)
	for line, want := range map[string]string{
		head + `4` + tail + `}`:                             "",
		head + `7` + tail + `}`:                             "severity_id: 7 not in enum",
		head + `4` + tail + `,"foreign":1}`:                 "foreign: unknown attribute",
		head + `4` + tail:                                   "exit status 1",
		head + `4` + tail + "}\n" + head + `4` + tail + "}": `want "1 findings`,
	} {
		err := check(t.Context(), script, [][]byte{[]byte(line)})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", line, err, want)
		}
	}
}
