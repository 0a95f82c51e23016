package outbox

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// victim names the variable that makes of the test binary a process to be killed.
const victim = "OUTBOX_VICTIM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		if err := commitForEver(dir); err != nil {
			fmt.Println("error", err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// commitForEver adds records that are numbered on from those in dir, acknowledges the
// oldest, and prints, after each Commit that returned, the first and the last that have to
// be there.
func commitForEver(dir string) error {
	s, err := Open(dir, DefaultConfig())
	if err != nil {
		return err
	}
	first, last, err := ends(s)
	if err != nil {
		return err
	}
	for round := 0; ; round++ {
		var add []record.Record
		for range 1 + rand.IntN(20) {
			last++
			add = append(add, rec(last, alert.Activity(last%4), alert.Severity(last%6), rand.IntN(6000)))
		}
		var done []uint64
		some, err := s.Next(0, 1+rand.IntN(19), 1<<20)
		if err != nil {
			return err
		}
		if round%3 == 0 {
			for _, e := range some {
				done = append(done, e.ID)
			}
			first += len(some)
		}
		if _, err := s.Commit(add, done, nil); err != nil {
			return err
		}
		fmt.Println(first, last)
	}
}

// ends returns the numbers of the first and the last record in s, having looked that those
// between are there, in order.
func ends(s *Store) (first, last int, err error) {
	first = 1
	err = s.each(false, func(e *Entry) bool {
		n, bad := strconv.Atoi(strings.TrimPrefix(e.UID, "uid-"))
		if last == 0 {
			first = n
		} else if n != last+1 {
			bad = fmt.Errorf("%d comes behind %d", n, last)
		}
		last = n
		err = errors.Join(err, bad)
		return err == nil
	})
	return first, last, err
}

// A process that is killed in the middle of what it does leaves all whose Commit returned,
// in order, and nothing of what it acknowledged.
func TestKilled(t *testing.T) {
	dir := tmpfs(t, "256m")
	commits := 0
	for range 25 {
		first, last, lines := killed(t, dir)
		commits += lines
		s, err := Open(dir, DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		gotFirst, gotLast, err := ends(s)
		if err != nil || lines > 0 && (gotLast < last || gotFirst < first && gotLast > 0) {
			t.Fatalf("%d to %d, where %d to %d have to be: %v", gotFirst, gotLast, first, last, err)
		}
		// What was committed and not yet printed is one Commit at most.
		if lines > 0 && (gotLast > last+20 || gotFirst > first+20) {
			t.Fatalf("%d to %d, and it said %d to %d", gotFirst, gotLast, first, last)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.damaged-*")); len(left) > 0 || commits < 100 {
		t.Errorf("%d commits, set aside: %v", commits, left)
	}
	t.Logf("%d commits in 25 lives", commits)
}

// killed runs a victim until it has committed some, kills it, and returns what it said
// last.
func killed(t *testing.T, dir string) (first, last, lines int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victim+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Killed after some commits, at any moment of the next; never left alive.
	guard := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer guard.Stop()
	enough := rand.IntN(30)
	if enough < 5 { // while it opens the store, or soon after
		time.AfterFunc(time.Duration(rand.IntN(40))*time.Millisecond, func() { _ = cmd.Process.Kill() })
	}
	in := bufio.NewScanner(out)
	for in.Scan() {
		if strings.HasPrefix(in.Text(), "error") {
			t.Error(in.Text())
		}
		if _, err := fmt.Sscan(in.Text(), &first, &last); err != nil {
			break // the last line may be cut
		}
		if lines++; lines == enough {
			time.AfterFunc(time.Duration(rand.IntN(5000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // killed, as it should be
	return first, last, lines
}
