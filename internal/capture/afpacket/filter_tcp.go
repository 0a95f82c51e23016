package afpacket

import "golang.org/x/net/bpf"

// TCP flags, as in internal/packet.
const (
	finSynRst = 0x07
	push      = 0x08
)

// short is what a segment of a bulk transfer carries at least; only its last may be
// shorter.
const short = 512

// segment takes TCP.
func (f *filter) segment() code {
	at := f.header
	return parts(
		reaches(at+tcpLen),
		code{octetX(at + 13)}, when(bpf.JumpBitsSet, finSynRst, whole),
		code{keepIn(cellFlags), halfX(at)}, search(f.tcp, whole),
		code{halfX(at + 2)}, search(f.tcp, whole),
		code{octetX(at + 12), shr(2), and(0x3c)}, when(bpf.JumpLessThan, tcpLen, whole),
		code{plusX(), keepIn(cellPayload), bpf.TAX{}, fetch(cellTotal)},
		f.payload(),
	)
}

// payload takes a segment with X the place of its payload and A where the packet ends, both
// from the IP header on. Of what is sampled only the headers are kept: octets without those
// before them say nothing.
func (f *filter) payload() code {
	rest := f.sampled(fetch(cellPayload), add(f.header), bpf.RetA{})
	data := parts(
		code{lessX()}, when(bpf.JumpLessThan, short, whole),
		reaches(f.header+texts), // else it is cut off
		f.printable(),
		code{halfX(f.header)}, when(bpf.JumpEqual, tlsHandshake, startSnap),
		code{fetch(cellFlags)}, when(bpf.JumpBitsSet, push, startSnap),
		f.text(),
		rest,
	)
	return parts(code{
		bpf.JumpIfX{Cond: bpf.JumpGreaterThan, SkipTrue: 1},
		bpf.Jump{Skip: uint32(len(data))},
	}, data, rest)
}

// tlsHandshake begins a TLS handshake record (RFC 8446, 5.1): 22, and the major version.
const tlsHandshake = 0x1603

// texts is how many octets have to be text; prints how many to be printable.
const (
	texts  = 64
	prints = 4
)

// printable keeps a segment that begins as a line of IRC does. Behind the marks of tags and
// prefixes names may be in any character set.
func (f *filter) printable() code {
	return f.begins(prints, func(at, fail uint32) code {
		return code{
			octetX(at),
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: ':', SkipTrue: 5},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: '@', SkipTrue: 4},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: '\n', SkipTrue: 5},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: '\r', SkipTrue: 4},
			bpf.ALUOpConstant{Op: bpf.ALUOpSub, Val: ' '},
			bpf.JumpIf{Cond: bpf.JumpLessThan, Val: 0x7f - ' ', SkipTrue: 2, SkipFalse: 1},
			bpf.Jump{Skip: fail}, // a mark: to the return, which is the last one of what fail skips
			bpf.Jump{Skip: fail},
		}
	})
}

// controls are the octets below the blank that lines of IRC have in them or between them:
// CTCP's mark, tabs, the ends of lines, and what colours text.
const controls = 1<<0x01 | 1<<0x02 | 1<<0x03 | 1<<0x04 | 1<<'\t' | 1<<'\n' | 1<<'\r' | 1<<0x0f |
	1<<0x11 | 1<<0x12 | 1<<0x16 | 1<<0x1d | 1<<0x1e | 1<<0x1f

// text keeps a segment that begins in the middle of a line, whatever its character set.
// Chance makes less than 1% of others look like that.
func (f *filter) text() code {
	return f.begins(texts, func(at, fail uint32) code {
		return code{
			octetX(at),
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x7f, SkipTrue: 6},
			bpf.JumpIf{Cond: bpf.JumpGreaterOrEqual, Val: ' ', SkipTrue: 6},
			bpf.TAX{},
			constant(controls),
			bpf.ALUOpX{Op: bpf.ALUOpShiftRight},
			bpf.LoadScratch{Dst: bpf.RegX, N: cellPayload},
			bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 1, SkipTrue: 1},
			bpf.Jump{Skip: fail},
		}
	})
}

// begins keeps a segment of which n octets from the start on pass a test, which goes on
// behind itself or jumps to what it is given.
func (f *filter) begins(n uint32, test func(at, fail uint32) code) code {
	c := code{bpf.RetConstant{Val: textSnap}}
	for i := range n {
		c = parts(test(f.header+n-1-i, uint32(len(c))), c)
	}
	return c
}
