package live

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// refused checks an error: which one it is, and what it says; none is expected where why
// is empty.
func refused(t *testing.T, name string, err, is error, why string) {
	t.Helper()
	switch {
	case why == "" && err != nil:
		t.Errorf("%s: %v", name, err)
	case why != "" && (!errors.Is(err, is) || !strings.Contains(err.Error(), why)):
		t.Errorf("%s: got %v, want %s", name, err, why)
	}
}

// fresh plays an opening to a port of its own, and waits until it comes.
func (b *bench) fresh(r *running, port uint16) {
	r.t.Helper()
	play(b.out, syn("10.1.0.1", "10.1.0.2", 40000, port))
	r.await("an opening", func(events []packet.Event) bool { return count(events, toPort(port)) == 1 })
}

// TestComeAndGo: an interface that is not there is waited for, and again when it goes.
func TestComeAndGo(t *testing.T) {
	for _, role := range []string{capture.RoleRouter, capture.RoleSpan} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			l := lab.New(t)
			b := &bench{Lab: l, sender: l.Host("sender"), sensor: l.Host("sensor")}
			b.comeAndGo(t, role)
		})
	}
}

func (b *bench) comeAndGo(t *testing.T, role string) {
	cfg := testConfig("rx")
	cfg.Role = role
	r := run(t, b.sensor, cfg, testWants())
	r.says("level=WARN", `msg="waiting for interface"`, "interface=rx", "is not there")
	if links := r.stats().Live.Links; links[0].Mode != "" || links[0].Name != "rx" {
		t.Errorf("an interface that is not there: %+v", links[0])
	}
	const rounds = 2
	for round := range uint16(rounds) {
		b.line()
		r.await("capture", func([]packet.Event) bool { return r.stats().Live.Links[0].Mode == capture.ModeNative })
		b.fresh(r, 1000+round)
		b.sensor.IP("link", "delete", "rx")
		r.await("loss", func([]packet.Event) bool { return r.stats().Live.Links[0].Mode == "" })
	}
	log := r.log.String()
	for what, want := range map[string]int{"waiting for interface": rounds + 1, "interface lost": rounds, "capturing": rounds} {
		if n := strings.Count(log, what); n != want {
			t.Errorf("%q is said %d times, want %d", what, n, want)
		}
	}
}

// TestFail: where it may not be waited, a missing interface is an error at once, and one
// that goes away an error of Read.
func TestFail(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	cfg := testConfig("rx", "none")
	cfg.Missing = capture.MissingFail
	refused(t, "missing", open(b.sensor, cfg), ErrMissing, "interface none is not there")
	cfg.Interfaces = []string{"rx"}
	r := run(t, b.sensor, cfg, testWants())
	b.sensor.IP("link", "delete", "rx")
	<-r.done
	refused(t, "lost", r.err, ErrMissing, "interface rx is not there")
}

// TestChanges: a new name is shown, and neither that nor going down, coming up or another
// MTU ends the capture.
func TestChanges(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := run(t, b.sensor, testConfig("rx"), testWants())
	b.in.Down()
	r.says("interface is down", "interface=rx")
	if r.stats().Live.Links[0].Up {
		t.Error("down, and said to be up")
	}
	b.sensor.IP("link", "set", "rx", "name", "tap7")
	b.in.Name = "tap7"
	r.says("interface renamed", "interface=tap7", "from=rx")
	b.in.Up()
	r.says("interface is up", "interface=tap7")
	r.await("carrier", func([]packet.Event) bool { return r.stats().Live.Links[0].Up })
	b.in.MTU(9000)
	r.says("MTU changed", "interface=tap7", "mtu=9000", "from=1500")
	b.fresh(r, 445)
	r.do(func(s *Source) {
		if name := s.Interface(0); name != "tap7" {
			t.Errorf("the interface is called %s", name)
		}
	})
	if st := r.stats(); st.Live.Links[0].Name != "tap7" || st.Live.Links[0].Mode != capture.ModeNative {
		t.Errorf("links %+v", st.Live.Links)
	}
}

// TestCarrier: an interface whose other end is down is not up.
func TestCarrier(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := run(t, b.sensor, testConfig("rx"), testWants())
	is := func(up bool) func([]packet.Event) bool {
		return func([]packet.Event) bool { return r.stats().Live.Links[0].Up == up }
	}
	r.await("up", is(true))
	b.out.Down()
	r.await("no carrier", is(false))
	b.out.Up()
	r.await("carrier", is(true))
}

// TestMoved: an interface that another network namespace got is let go of.
func TestMoved(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := run(t, b.sensor, testConfig("rx"), testWants())
	away := b.Host("away")
	b.sensor.IP("link", "set", "rx", "netns", away.Name)
	r.says("interface lost", "interface=rx", "is not there")
	if out := away.IP("-d", "link", "show", "rx"); strings.Contains(out, "xdp") {
		t.Errorf("the program is still attached:\n%s", out)
	}
}

// TestSpanInUse: a mirror port that gets an address is let go of, until it has none.
func TestSpanInUse(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	cfg := testConfig("rx")
	cfg.Role = capture.RoleSpan
	r := run(t, b.sensor, cfg, testWants())
	b.fresh(r, 445)
	b.sensor.Address("rx", "10.77.0.1/16")
	r.says("interface lost", "is no mirror port", "it has the address 10.77.0.1 of its own")
	if l := r.stats().Live.Links[0]; l.Mode != "" {
		t.Errorf("still attached: %+v", l)
	}
	b.sensor.IP("address", "del", "10.77.0.1/16", "dev", "rx")
	r.await("capture", func([]packet.Event) bool { return r.stats().Live.Links[0].Mode != "" })
	b.fresh(r, 139)
}

// occupy attaches another program to the sensor's interface, as others do. It returns a
// function that takes it off.
func (b *bench) occupy(t *testing.T, name string, flags link.XDPAttachFlags) (leave func()) {
	t.Helper()
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: name, Type: ebpf.XDP, License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	var l link.Link
	b.sensor.In(func() {
		d, e := newDevices()
		if e != nil {
			t.Fatal(e)
		}
		defer d.close()
		dev, e := d.byName("rx")
		if e != nil || dev == nil {
			t.Fatal(dev, e)
		}
		// A process that another test starts just now holds whatever was closed a moment ago
		// until it becomes its program.
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			l, err = link.AttachXDP(link.XDPOptions{Program: p, Interface: dev.index, Flags: flags})
			if !errors.Is(err, unix.EBUSY) || time.Now().After(end) {
				break
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return func() { l.Close() }
}

// TestTaken: of an interface that another XDP program has the message says whose, and what
// to do.
func TestTaken(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	cfg := testConfig("rx")
	cfg.Missing = capture.MissingFail
	for name, remedy := range map[string]string{
		"xdp_dispatcher": "libxdp's dispatcher",
		"cil_xdp_entry":  "Cilium",
		"wormwatch":      "another wormwatch",
		"somebody":       "stop what attached it",
	} {
		leave := b.occupy(t, name, link.XDPDriverMode)
		err := open(b.sensor, cfg)
		for _, says := range []string{name, remedy, "mode af_packet works beside it"} {
			refused(t, name, err, ErrTaken, says)
		}
		leave()
	}
}

// TestTakenAWhile: such an interface is waited for.
func TestTakenAWhile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	leave := b.occupy(t, "somebody", link.XDPDriverMode)
	r := run(t, b.sensor, testConfig("rx"), testWants())
	r.says("waiting for interface", "interface=rx", "somebody")
	leave()
	r.says("capturing", "interface=rx", "mode=native")
	b.fresh(r, 445)
}

// TestTakenOtherwise: a generic program keeps a native one away.
func TestTakenOtherwise(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	defer b.occupy(t, "somebody", link.XDPGenericMode)()
	cfg := testConfig("rx")
	cfg.Missing = capture.MissingFail
	refused(t, "generic", open(b.sensor, cfg), ErrTaken, "somebody")
}

// TestDetached: who takes our program off does not end the capture.
func TestDetached(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := run(t, b.sensor, testConfig("rx"), testWants())
	r.do(func(s *Source) {
		if err := s.ports[0].link.Detach(); err != nil {
			t.Error(err)
		}
	})
	r.says("interface lost", "somebody detached")
	r.await("capture", func([]packet.Event) bool { return r.stats().Live.Links[0].Mode != "" })
	b.fresh(r, 445)
}

// TestWhole: a list that changed while it was told is asked for again, and another error is
// one.
func TestWhole(t *testing.T) {
	interrupted := []error{netlink.ErrDumpInterrupted, netlink.ErrDumpInterrupted, nil}
	asked := 0
	all, err := whole(func() ([]int, error) {
		asked++
		return []int{asked}, interrupted[asked-1]
	})
	if err != nil || len(all) != 1 || all[0] != 3 {
		t.Errorf("%v, %v", all, err)
	}
	asked = 0
	if _, err := whole(func() ([]int, error) { asked++; return nil, unix.EPERM }); !errors.Is(err, unix.EPERM) || asked != 1 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	asked = 0
	if _, err := whole(func() ([]int, error) { asked++; return nil, netlink.ErrDumpInterrupted }); err == nil || asked > 100 {
		t.Errorf("asked %d times: %v", asked, err)
	}
}
