package main

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/debug"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/wormwatch/wormwatch/internal/capture"
)

// version and commit are set by the linker: -ldflags "-X main.version=v1.2.3 -X
// main.commit=0123abc". Without them the build's own record is taken.
var version, commit string

// buildInfo is what this program was built from.
type buildInfo struct {
	version string // of the linker or the module; "devel" where neither knows
	commit  string // empty where the build does not know
}

func build() buildInfo {
	b := buildInfo{version, commit}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	if b.version == "" {
		b.version = info.Main.Version
	}
	if b.version == "" || b.version == "(devel)" {
		b.version = "devel"
	}
	if b.commit != "" {
		return b
	}
	modified := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.commit = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if modified && b.commit != "" {
		b.commit += " (modified)"
	}
	return b
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version and what the kernel offers",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info := build()
			if info.commit == "" {
				info.commit = "unknown"
			}
			var b bytes.Buffer
			t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
			fmt.Fprintf(t, "wormwatch\t%s\n", info.version)
			fmt.Fprintf(t, "commit\t%s\n", info.commit)
			fmt.Fprintf(t, "go\t%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
			for _, f := range capture.Features() {
				fmt.Fprintf(t, "%s\t%s\n", f.Name, f.State)
			}
			if err := t.Flush(); err != nil {
				return failure{err}
			}
			if _, err := cmd.OutOrStdout().Write(b.Bytes()); err != nil {
				return failure{fmt.Errorf("write version: %w", err)}
			}
			return nil
		},
	}
}
