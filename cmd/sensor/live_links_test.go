package main

import (
	"net"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"

	"github.com/wormwatch/wormwatch/internal/lab"
)

// TestLiveLinks: interfaces are set down, renamed, taken away and come back; the sensor says
// so, and goes on by itself.
func TestLiveLinks(t *testing.T) {
	for _, mode := range []string{"native", "af_packet"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			out, in := pair(t)
			l := in.Host.Lab()
			s := sense(t, []lab.Port{in}, "-s", "capture.mode="+mode)
			finds := func(source string) {
				t.Helper()
				out.Play(sweep(source, 40), 0)
				s.await("scan.fast", source, startPatience)
			}
			finds("10.0.0.60")

			in.Down()
			s.Expect("interface is down", startPatience)
			in.Up()
			s.Expect("interface is up", startPatience)
			out.AwaitLine()
			finds("10.0.0.61")

			in.Down() // a name can be changed only then, as long as the kernel is not told otherwise
			in.Host.IP("link", "set", "in", "name", "renamed")
			in.Host.IP("link", "set", "renamed", "up")
			s.Expect("interface renamed", startPatience)
			out.AwaitLine()
			finds("10.0.0.62")

			in.Host.IP("link", "delete", "renamed")
			s.Expect("waiting for interface", startPatience)
			before := s.attached()
			out, in = l.Pair(out.Host, "out", in.Host, "in")
			s.capturing(before + 1)
			finds("10.0.0.63")
			s.stop()
		})
	}
}

// TestLiveMissing: an interface that is not there yet is waited for, or is an error, as the
// configuration says; so is one that goes.
func TestLiveMissing(t *testing.T) {
	for _, mode := range []string{"auto", "af_packet"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			l := lab.New(t)
			a, b := l.Host("sender"), l.Host("sensor")
			fails := launch(t, b, asLive(b, "-i", "in", "-s", "capture.mode="+mode, "-s", "capture.missing=fail"))
			if err := fails.Wait(startPatience); code(t, err) != 1 || !strings.Contains(fails.Output(), "in is not there") {
				t.Errorf("%v\n%s", err, fails.Output())
			}
			waits := launch(t, b, asLive(b, "-i", "in", "-s", "capture.mode="+mode))
			waits.Expect("waiting for interface", startPatience)
			out, in := l.Pair(a, "out", b, "in")
			waits.capturing(1)
			out.Play(sweep("10.0.0.66", 40), 0)
			waits.await("scan.fast", "10.0.0.66", startPatience)
			waits.stop()

			goes := sense(t, []lab.Port{in}, "-s", "capture.mode="+mode, "-s", "capture.missing=fail")
			b.IP("link", "delete", "in")
			if err := goes.Wait(startPatience); code(t, err) != 1 || !strings.Contains(goes.Output(), "in is not there") {
				t.Errorf("%v\n%s", err, goes.Output())
			}
		})
	}
}

// TestLiveTaken: another XDP program keeps its interface. The sensor names it, and waits for
// its end or fails, as the configuration says.
func TestLiveTaken(t *testing.T) {
	out, in := pair(t)
	other, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "somebody_elses", Type: ebpf.XDP, License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()}, // XDP_PASS
	})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var taken link.Link
	in.Host.In(func() {
		iface, err := net.InterfaceByName(in.Name)
		if err != nil {
			t.Fatal(err)
		}
		if taken, err = link.AttachXDP(link.XDPOptions{Program: other, Interface: iface.Index}); err != nil {
			t.Fatal(err)
		}
	})
	fails := launch(t, in.Host, asLive(in.Host, "-i", "in", "-s", "capture.missing=fail"))
	if err := fails.Wait(startPatience); code(t, err) != 1 || !strings.Contains(fails.Output(), "somebody_elses") {
		t.Errorf("%v\n%s", err, fails.Output())
	}
	waits := launch(t, in.Host, asLive(in.Host, "-i", "in"))
	waits.Expect("somebody_elses", startPatience)
	beside := sense(t, []lab.Port{in}, "-s", "capture.mode=af_packet")
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	waits.capturing(1)
	out.Play(sweep("10.0.0.66", 40), 0)
	for _, s := range []*liveSensor{waits, beside} {
		s.await("scan.fast", "10.0.0.66", startPatience)
		s.stop()
	}
}
