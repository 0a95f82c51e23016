// Package office makes captures of office traffic, for benchmarks: any size, always the
// same for the same seed.
package office

import (
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
)

// Traffic describes a capture.
type Traffic struct {
	Packets int    // how many
	Size    int    // average octets of a frame on the wire, 66 to 1000
	SnapLen int    // octets kept of a frame; 0: all
	Seed    uint64 // another one, other hosts and lengths
	Web     bool   // nothing but web and DNS: no file servers, no sweeps
}

const (
	hosts     = 4000 // inside, 10.1.0.0/16
	servers   = 300  // inside, 10.2.0.0/16, and outside
	sweeps    = 5
	sweepSize = 150  // targets of a sweep
	open      = 512  // sessions at a time
	step      = 40e3 // ns between packets
	start     = 1_789_000_000
	maxFrame  = 1514
)

// Write writes the capture as pcap: little-endian, microseconds, Ethernet.
func (t Traffic) Write(w io.Writer) error {
	if t.Packets < 1 || t.Size < 66 || t.Size > 1000 || t.SnapLen < 0 {
		return errors.New("office traffic needs at least one packet, of 66 to 1000 octets on average, and no negative snap length")
	}
	g := newGenerator(t)
	var header [24]byte
	le := binary.LittleEndian
	le.PutUint32(header[0:], 0xa1b2c3d4)
	le.PutUint16(header[4:], 2)
	le.PutUint16(header[6:], 4)
	le.PutUint32(header[16:], uint32(g.keep(262144)))
	le.PutUint32(header[20:], 1)
	if _, err := w.Write(header[:]); err != nil {
		return err
	}
	for i := range t.Packets {
		frame := g.next(i)
		kept := g.keep(len(frame))
		ns := uint64(i) * step
		var record [16]byte
		le.PutUint32(record[0:], uint32(start+ns/1e9))
		le.PutUint32(record[4:], uint32(ns%1e9/1e3))
		le.PutUint32(record[8:], uint32(kept))
		le.PutUint32(record[12:], uint32(len(frame)))
		if _, err := w.Write(record[:]); err != nil {
			return err
		}
		if _, err := w.Write(frame[:kept]); err != nil {
			return err
		}
	}
	return nil
}

// generator is the traffic as it goes on.
type generator struct {
	Traffic
	rng      *rand.Rand
	sessions [open]session
	frame    [maxFrame]byte
	payload  int // average of a data segment
}

func newGenerator(t Traffic) *generator {
	g := &generator{Traffic: t, rng: rand.New(rand.NewPCG(t.Seed, 0x0ff1ce))}
	for i := range g.frame {
		g.frame[i] = byte(g.rng.Uint32())
	}
	// Two in five segments carry no data: what opens and closes, and plain ACKs.
	g.payload = (t.Size - bare) * 5 / 3
	for i := range g.sessions {
		g.sessions[i] = g.open()
		g.sessions[i].sent = g.rng.IntN(g.sessions[i].length)
	}
	return g
}

// keep returns how much of n octets the snap length leaves.
func (g *generator) keep(n int) int {
	if g.SnapLen == 0 {
		return n
	}
	return min(n, g.SnapLen)
}

// next returns the frame of packet i; it is valid until the next call.
func (g *generator) next(i int) []byte {
	if source, target, ok := g.sweep(i); ok {
		return g.segment(endpoint{source, 1024 + uint16(target)}, endpoint{sweepTarget(source, target), 445}, new(uint32), syn, 0)
	}
	s := &g.sessions[g.rng.IntN(open)]
	if s.sent == s.length {
		*s = g.open()
	}
	return s.advance(g)
}

// sweep says whether packet i belongs to one of the sweeps, which lie evenly in the
// capture; their SYNs are every seventh packet, about 3,500 a second.
func (g *generator) sweep(i int) (source uint32, target int, ok bool) {
	each := g.Packets / sweeps
	which, at := i/max(each, 1), i%max(each, 1)-each/2
	if g.Web || which >= sweeps || at < 0 || at%7 != 0 || at/7 >= sweepSize {
		return 0, 0, false
	}
	return inside(hosts + which), at / 7, true
}

// sweepTarget returns the address that a sweep probes: a range of its own.
func sweepTarget(source uint32, i int) uint32 { return 10<<24 | 9<<16 | source&0xff<<8 | uint32(i+1) }

func inside(i int) uint32 { return 10<<24 | 1<<16 | uint32(i+1) }
