// Command wormwatch watches a network for worms: it reads packets, and writes a finding
// for each host that sweeps others, takes orders as bots do, or is compromised.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// world is what the command touches of its surroundings.
type world struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	env    []string // as os.Environ
}

func main() {
	// A reader of findings that goes away is an error of the write, not a signal.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second one ends the process at once
	code := run(ctx, os.Args[1:], world{os.Stdin, os.Stdout, os.Stderr, os.Environ()})
	stop()
	os.Exit(code)
}

// run is the command with args; it returns the exit code: 0, 1 for what went wrong while
// it ran, 2 for usage and configuration.
func run(ctx context.Context, args []string, w world) int {
	root := newRoot(w)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var failed failure
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return 0
	case errors.As(err, &failed):
		fmt.Fprintln(w.stderr, err)
		return 1
	default:
		fmt.Fprintln(w.stderr, err)
		return 2
	}
}

// failure is an error at run time.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }
