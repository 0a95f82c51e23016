// Command gen writes what is made of the configuration's structs: the example file and
// the reference. go generate runs it in internal/config.
package main

import (
	"fmt"
	"os"

	"github.com/wormwatch/wormwatch/internal/config"
)

// outputs are the files below the root of the repository.
var outputs = []struct {
	path string
	text func() []byte
}{
	{"configs/wormwatch.yaml", config.Example},
	{"docs/configuration.md", reference},
}

func main() {
	for _, o := range outputs {
		if err := os.WriteFile("../../"+o.path, o.text(), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
