package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"

	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/lab/blast"
)

// Of the benchmark of live capture.
const (
	blastFor    = time.Second // one run of a lane
	blastRounds = 5           // lanes take turns; medians are told
)

// lane is one way to capture, at the end of a line of its own.
type lane struct {
	name, yardstick string
	arg             []string // of wormwatch run; nil: something else captures
	command         []string // a program that captures
	verdict         int      // of an empty XDP program, where nothing else captures; else -1

	b       *blast.Blaster
	proc    *lab.Process
	cost    []float64 // of each round: CPU time of a frame in the kernel, ns
	rates   []float64 // frames a second
	cpu     time.Duration
	elapsed time.Duration
}

// XDP's verdicts.
const (
	xdpDrop = 1
	xdpPass = 2
)

func lanes() []*lane {
	const emptyDrop, emptyPass = "empty XDP, drops", "empty XDP, passes"
	run := func(mode, role string) []string {
		return []string{"-s", "capture.mode=" + mode, "-s", "capture.role=" + role}
	}
	return []*lane{
		{name: emptyDrop, verdict: xdpDrop},
		{name: "wormwatch, native, span", yardstick: emptyDrop, arg: run("native", "span"), verdict: -1},
		{name: "wormwatch, generic, span", yardstick: emptyDrop, arg: run("generic", "span"), verdict: -1},
		{name: emptyPass, verdict: xdpPass},
		{name: "wormwatch, native, router", yardstick: emptyPass, arg: run("native", "router"), verdict: -1},
		{name: "tcpdump -w /dev/null", verdict: -1, command: []string{"tcpdump", "-i", "in", "-w", "/dev/null", "-n", "-Z", "root"}},
		{name: "wormwatch, af_packet", yardstick: "tcpdump -w /dev/null", arg: run("af_packet", "router"), verdict: -1},
	}
}

// BenchmarkLive drives a veth at the most that this machine can, and prints what becomes of
// the frames by each way to capture: the table of docs/performance.md.
func BenchmarkLive(b *testing.B) {
	for _, percent := range []int{1, 5} {
		b.Run(fmt.Sprintf("%d%% SYN", percent), func(b *testing.B) {
			shape := blast.Shape{
				Sources: netip.MustParsePrefix("10.96.0.0/24"), Targets: netip.MustParsePrefix("10.128.0.0/12"), SYN: 10 * percent,
			}
			for b.Loop() {
				l := lab.New(b, "tcpdump")
				all := lanes()
				for i, lane := range all {
					lane.open(b, l, i, shape)
				}
				for range blastRounds {
					for _, lane := range all {
						lane.round(b)
					}
				}
				report(b, all, percent)
			}
		})
	}
}

// open makes the lane's line and starts what captures.
func (l *lane) open(b *testing.B, net *lab.Lab, i int, shape blast.Shape) {
	b.Helper()
	out, in := net.Pair(net.Host(fmt.Sprint("sender", i)), "out", net.Host(fmt.Sprint("sensor", i)), "in")
	in.NAPI()
	var err error
	if l.b, err = blast.New(out, shape); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.b.Close() })
	switch {
	case l.arg != nil:
		s := sense(b, []lab.Port{in}, l.arg...)
		l.proc = s.Process
	case l.command != nil:
		l.proc = in.Host.Start(l.command...)
		l.proc.Expect("listening on", startPatience)
	default:
		attachEmpty(b, in, l.verdict)
	}
}

// attachEmpty attaches a program that does nothing: the yardstick.
func attachEmpty(b *testing.B, p lab.Port, verdict int) {
	b.Helper()
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "empty", Type: ebpf.XDP, License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, int32(verdict)), asm.Return()},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer prog.Close()
	p.Host.In(func() {
		iface, err := net.InterfaceByName(p.Name)
		if err != nil {
			b.Fatal(err)
		}
		l, err := link.AttachXDP(link.XDPOptions{Program: prog, Interface: iface.Index, Flags: link.XDPDriverMode})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { l.Close() })
	})
}

// round blasts once. What the kernel does for a frame is counted on the sender's thread or on
// ksoftirqd's, so that what else the machine does matters little.
func (l *lane) round(b *testing.B) {
	b.Helper()
	sent, own, kernel := l.sent(b), l.used(b), l.b.CPU()+softirqs(b)
	began := time.Now()
	if err := l.b.Send(0, blastFor); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	time.Sleep(300 * time.Millisecond) // what captures catches up
	frames := float64(l.sent(b) - sent)
	l.rates = append(l.rates, frames/took.Seconds())
	l.cost = append(l.cost, float64(l.b.CPU()+softirqs(b)-kernel)/frames)
	l.cpu += l.used(b) - own
	l.elapsed += took
}

func (l *lane) sent(b *testing.B) uint64 {
	b.Helper()
	n, err := l.b.Sent()
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// used returns the CPU time of the process that captures.
func (l *lane) used(b *testing.B) time.Duration {
	b.Helper()
	if l.proc == nil {
		return 0
	}
	return cpuTime(b, fmt.Sprint("/proc/", l.proc.PID()))
}

// softirqs returns the CPU time of the kernel threads that do what interrupts left undone.
func softirqs(b *testing.B) (all time.Duration) {
	b.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/comm")
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range names {
		if comm, err := os.ReadFile(name); err == nil && strings.HasPrefix(string(comm), "ksoftirqd/") {
			all += cpuTime(b, filepath.Dir(name))
		}
	}
	return all
}

// cpuTime returns that of a process, user and system (proc(5)).
func cpuTime(b *testing.B, dir string) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	ticks := 0
	for _, f := range strings.Fields(rest)[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100 // USER_HZ
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// What those who capture say of themselves at their end.
var (
	wormwatchSaw  = regexp.MustCompile(`(?m)^interface +in \([^)]*\): ([\d,]+) packets`)
	wormwatchGave = regexp.MustCompile(`(?m)^events +([\d,]+) were`)
	wormwatchLost = regexp.MustCompile(`(?m)^lost +events for which there was no room[^:]*: ([\d,]+)`)
	tcpdumpSaw    = regexp.MustCompile(`(?m)^(\d+) packets captured`)
	tcpdumpLost   = regexp.MustCompile(`(?m)^(\d+) packets dropped by kernel`)
)

// number returns what is told in text, 0 if nothing is.
func number(b testing.TB, r *regexp.Regexp, text string) uint64 {
	b.Helper()
	m := r.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseUint(strings.ReplaceAll(m[1], ",", ""), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// report ends all lanes and prints the table: what a frame costs in the kernel, sending and
// driver included, how that compares as a rate with the yardstick, and what was seen.
func report(b *testing.B, all []*lane, percent int) {
	b.Helper()
	fmt.Printf("\nframes of 64 octets, %d%% SYN to 445, %d runs of %s each, medians\n", percent, blastRounds, blastFor)
	fmt.Printf("%-26s %11s %10s %18s %11s %11s %9s %7s %12s\n",
		"capture", "M frames/s", "ns/frame", "of its yardstick", "frames", "seen", "events", "lost", "own CPU")
	costs := map[string]float64{}
	for _, l := range all {
		cost := median(l.cost)
		costs[l.name] = cost
		ratio, seen, events, lost, cpu := "", "", "", "", ""
		if y := costs[l.yardstick]; y > 0 {
			ratio = fmt.Sprintf("%.0f%%", 100*y/cost)
		}
		if l.proc != nil {
			l.proc.Signal(syscall.SIGINT)
			if err := l.proc.Wait(stopPatience); err != nil {
				b.Fatal(err)
			}
			out := l.proc.Output()
			seen = fmt.Sprint(number(b, tcpdumpSaw, out) + number(b, wormwatchSaw, out))
			events = fmt.Sprint(number(b, wormwatchGave, out))
			lost = fmt.Sprint(number(b, tcpdumpLost, out) + number(b, wormwatchLost, out))
			cpu = fmt.Sprintf("%.0f%% of one", 100*l.cpu.Seconds()/l.elapsed.Seconds())
		}
		fmt.Printf("%-26s %11.2f %10.0f %18s %11d %11s %9s %7s %12s\n",
			l.name, median(l.rates)/1e6, cost, ratio, l.sent(b), seen, events, lost, cpu)
	}
}
