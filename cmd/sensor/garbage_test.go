package main

import (
	"io"
	"runtime/debug"
	"testing"
)

// The heap may exceed the bill by garbageShare and not by as much again; but what the
// environment says counts.
func TestGarbageIsBounded(t *testing.T) {
	capture := write(t, "day.pcap", day())
	was := debug.SetGCPercent(100)
	defer debug.SetGCPercent(was)
	for _, c := range []struct {
		env  []string
		want int
	}{{[]string{"GOGC=100"}, 100}, {nil, garbageShare}} {
		if code := run(t.Context(), []string{"replay", capture}, world{stdout: io.Discard, stderr: io.Discard, env: c.env}); code != 0 {
			t.Fatalf("exit %d", code)
		}
		if got := debug.SetGCPercent(100); got != c.want {
			t.Errorf("%v: garbage may be %d%% of what is in use, want %d%%", c.env, got, c.want)
		}
	}
}
