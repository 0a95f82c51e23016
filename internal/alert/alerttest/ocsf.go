package alerttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// CheckOCSF runs the OCSF 1.8.0 schema's own checker over lines, at least one, and fails
// the test for any that is not a valid Detection Finding. The checker, check.py with the
// schema beside it, is looked for in $WORMWATCH_OCSF, else in shared/ocsf beside the
// repository; where it is missing the test fails in CI (CI=true) and is skipped
// elsewhere, so this call belongs at a test's end.
func CheckOCSF(t *testing.T, lines [][]byte) {
	t.Helper()
	if len(lines) == 0 {
		t.Fatal("no findings to check")
	}
	err := check(t.Context(), checker(t), lines)
	if errors.Is(err, exec.ErrNotFound) {
		missing(t, "python3 is not installed")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// check is an error unless script finds all of lines valid, and counts them all.
func check(ctx context.Context, script string, lines [][]byte) error {
	cmd := exec.CommandContext(ctx, "python3", script)
	cmd.Stdin = bytes.NewReader(append(bytes.Join(lines, []byte("\n")), '\n'))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", script, err, out)
	}
	want := fmt.Sprintf("%d findings, 0 not valid", len(lines))
	if got := strings.TrimSpace(string(out)); got != want {
		return fmt.Errorf("%s: want %q, got\n%s", script, want, got)
	}
	return nil
}

func checker(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("WORMWATCH_OCSF")
	if dir == "" {
		dir = filepath.Join(moduleRoot(t), "..", "shared", "ocsf")
	}
	script := filepath.Join(dir, "check.py")
	if _, err := os.Stat(script); errors.Is(err, fs.ErrNotExist) {
		missing(t, script+" is not there: set WORMWATCH_OCSF to the folder that holds it")
	} else if err != nil {
		t.Fatal(err)
	}
	return script
}

// moduleRoot is the nearest folder above the test's that has a go.mod.
func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}

func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}
