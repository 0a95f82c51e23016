package alerttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/shared"
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
		shared.Missing(t, "python3 is not installed")
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
	return filepath.Join(shared.OCSF(t), "check.py")
}
