package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal returns the two ends of a pseudo-terminal of 120 columns.
func terminal(t *testing.T) (us, program *os.File) {
	t.Helper()
	us, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { us.Close() })
	fd := int(us.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 120})
	}
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return us, program
}

// TestTerminal holds that people get a bar and text on a terminal, and that a bar never
// gets into findings.
func TestTerminal(t *testing.T) {
	for _, both := range []bool{true, false} {
		us, program := terminal(t)
		cmd := process(t, "replay", "-")
		var lines bytes.Buffer
		cmd.Stdout, cmd.Stderr = &lines, program
		if both {
			cmd.Stdout = program
		}
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		program.Close()
		shown := make(chan string)
		go func() {
			b, _ := io.ReadAll(us) // ends with EIO when the process does
			shown <- string(b)
		}()
		capture := day()
		for _, part := range [][]byte{capture[:len(capture)/2], capture[len(capture)/2:]} {
			if _, err := stdin.Write(part); err != nil {
				t.Fatal(err)
			}
			time.Sleep(500 * time.Millisecond) // for the bar to be drawn
		}
		stdin.Close()
		got := code(t, cmd.Wait())
		screen := <-shown
		if got != 0 || !strings.Contains(screen, "KiB read") || !strings.Contains(screen, "packets   748") {
			t.Errorf("exit %d, no bar or no summary\n%q", got, screen)
		}
		if text := strings.Contains(screen, "TIME ") && strings.Contains(screen, "\x1b[31mHIGH"); text != both {
			t.Errorf("text on the terminal: %v, want %v\n%q", text, both, screen)
		}
		if found := kinds(t, lines.String()); both != (len(found) == 0) {
			t.Errorf("findings on standard output: %v", found)
		}
	}
}
