package ring

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/cilium/ebpf/ringbuf"
	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/packet"
)

const benchEvents = scriptSlots // in the rings at a time

// threadTime returns the CPU time of this thread, ns: filling the rings is not to count,
// nor what else this machine does.
func threadTime(tb testing.TB) uint64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		tb.Fatal(err)
	}
	return uint64(ts.Nano())
}

// scan writes the script of SYNs to many addresses and, for one in eight, an answer,
// spread over the rings by chance, of the latest second of the clock.
func scan(rings []*kernelRing, start uint64) {
	state := uint32(1)
	for i := range uint64(benchEvents) {
		ev := packet.Event{
			Time: packet.Time(start + i*1000), Kind: packet.KindTCP, TCPFlags: packet.SYN, Proto: packet.ProtoTCP,
			Src: packet.AddrFrom4([]byte{10, 0, 0, 1}), Dst: target(uint32(i)), SrcPort: 40000, DstPort: 445,
		}
		if i%8 == 7 {
			ev.Src, ev.Dst, ev.SrcPort, ev.DstPort = ev.Dst, ev.Src, ev.DstPort, ev.SrcPort
			ev.TCPFlags |= packet.ACK
		}
		state = state*1664525 + 1013904223
		rings[int(state>>16)%len(rings)].put(content(ev))
	}
}

func target(i uint32) packet.Addr {
	return packet.AddrFrom4(binary.BigEndian.AppendUint32(nil, 10<<24+i/8*8))
}

// fill returns rings that hold a script of benchEvents together, and what fills them
// again.
func fill(b *testing.B, n int, start uint64) (rings []*kernelRing, again func()) {
	for range n {
		rings = append(rings, newKernelRing(b, 1<<21))
	}
	scan(rings, start)
	var slots []int
	for _, k := range rings {
		slots = append(slots, k.written)
		if k.run(b) != 0 {
			b.Fatal("the ring is too small")
		}
	}
	return rings, func() {
		for i, k := range rings {
			if k.again(b, slots[i]) != 0 {
				b.Fatal("the ring is too small")
			}
		}
	}
}

// BenchmarkDrain takes what waits in some rings as packet.Event, 256 at a time; an
// operation is one event.
func BenchmarkDrain(b *testing.B) {
	for _, of := range [][2]int{{1, 1}, {1, 2}, {2, 1}, {4, 1}, {16, 1}} {
		n := of[0]
		b.Run(fmt.Sprintf("rings=%d/interfaces=%d", n, of[1]), func(b *testing.B) {
			hands, clock := newManual()
			rings, again := fill(b, n, uint64(hands.mono)-second/2)
			m := NewMerger(openAll(b, rings), of[1], clock)
			dst := make([]packet.Event, 256)
			drain := func() {
				m.latest = 0 // the script's times begin anew
				for left := benchEvents; left > 0; {
					got, _ := m.Read(dst)
					if left -= got; got == 0 {
						b.Fatalf("%d are missing: %+v", left, m.Stats())
					}
				}
			}
			measure(b, again, drain)
		})
	}
}

// BenchmarkReadInto takes the same by the ringbuf package of cilium/ebpf, the yardstick,
// as a loop over ReadInto that copies out the event.
func BenchmarkReadInto(b *testing.B) {
	for _, n := range []int{1, 4} {
		b.Run(fmt.Sprintf("rings=%d", n), func(b *testing.B) {
			rings, again := fill(b, n, second)
			var readers []*ringbuf.Reader
			for _, k := range rings {
				r, err := ringbuf.NewReader(k.ring)
				if err != nil {
					b.Fatal(err)
				}
				defer r.Close()
				r.SetDeadline(time.Now().Add(-time.Second))
				readers = append(readers, r)
			}
			dst := make([]packet.Event, 256)
			var rec ringbuf.Record
			measure(b, again, func() {
				left := benchEvents
				for _, r := range readers {
					for left > 0 {
						err := r.ReadInto(&rec)
						if errors.Is(err, os.ErrDeadlineExceeded) {
							break
						} else if err != nil {
							b.Fatal(err)
						}
						copy(octetsOf(&dst[left%len(dst)]), rec.RawSample)
						left--
					}
				}
				if left != 0 {
					b.Fatalf("%d are missing", left)
				}
			})
		})
	}
}

// measure drains filled rings until b.N events came, and reports the CPU time of an event.
func measure(b *testing.B, again, drain func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	b.ReportAllocs()
	b.StopTimer()
	var cpu, events uint64
	for done := 0; done < b.N; done += benchEvents {
		b.StartTimer()
		start := threadTime(b)
		drain()
		cpu += threadTime(b) - start
		b.StopTimer()
		events += benchEvents
		again()
	}
	b.ReportMetric(float64(cpu)/float64(events), "cpu-ns/event")
}
