package afpacket

import (
	"slices"

	"golang.org/x/net/bpf"
)

// code is a part of a classic BPF program: A is the accumulator, X the index register, M
// the scratch memory. What does not end the program in a part goes on behind the part: so
// they are put together without labels.
type code []bpf.Instruction

// parts puts parts one behind the other.
func parts(of ...code) code { return slices.Concat(of...) }

// when ends with keep octets of the frame if A compares so with v.
func when(test bpf.JumpTest, v, keep uint32) code {
	return code{bpf.JumpIf{Cond: test, Val: v, SkipFalse: 1}, bpf.RetConstant{Val: keep}}
}

// choose goes on with yes if A compares so with v, else with no; and then behind both.
func choose(test bpf.JumpTest, v uint32, yes, no code) code {
	return parts(
		code{bpf.JumpIf{Cond: test, Val: v, SkipTrue: 1}, bpf.Jump{Skip: uint32(len(yes)) + 1}},
		yes, code{bpf.Jump{Skip: uint32(len(no))}},
		no,
	)
}

// leaf is how many values are compared one after the other.
const leaf = 8

// search ends with keep octets if A is one of values, which are in order and each once.
func search(values []uint32, keep uint32) code {
	if len(values) > leaf {
		middle := len(values) / 2
		return choose(bpf.JumpGreaterOrEqual, values[middle], search(values[middle:], keep), search(values[:middle], keep))
	}
	var c code
	for i, v := range values {
		last := len(values) - 1 - i
		jump := bpf.JumpIf{Cond: bpf.JumpEqual, Val: v, SkipTrue: uint8(last)}
		if last == 0 {
			jump.SkipFalse = 1
		}
		c = append(c, jump)
	}
	if len(c) > 0 {
		c = append(c, bpf.RetConstant{Val: keep})
	}
	return c
}

// Loads into A: of one octet, two or four, at a place in the frame, or at X behind it.
func octet(at uint32) bpf.Instruction   { return bpf.LoadAbsolute{Off: at, Size: 1} }
func half(at uint32) bpf.Instruction    { return bpf.LoadAbsolute{Off: at, Size: 2} }
func word(at uint32) bpf.Instruction    { return bpf.LoadAbsolute{Off: at, Size: 4} }
func octetX(at uint32) bpf.Instruction  { return bpf.LoadIndirect{Off: at, Size: 1} }
func halfX(at uint32) bpf.Instruction   { return bpf.LoadIndirect{Off: at, Size: 2} }
func fetch(cell int) bpf.Instruction    { return bpf.LoadScratch{Dst: bpf.RegA, N: cell} }
func keepIn(cell int) bpf.Instruction   { return bpf.StoreScratch{Src: bpf.RegA, N: cell} }
func constant(v uint32) bpf.Instruction { return bpf.LoadConstant{Dst: bpf.RegA, Val: v} }

// Arithmetic with A.
func and(v uint32) bpf.Instruction { return bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: v} }
func add(v uint32) bpf.Instruction { return bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: v} }
func shr(v uint32) bpf.Instruction { return bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: v} }
func plusX() bpf.Instruction       { return bpf.ALUOpX{Op: bpf.ALUOpAdd} }
func lessX() bpf.Instruction       { return bpf.ALUOpX{Op: bpf.ALUOpSub} }

// reaches keeps a frame whole that does not have n octets and those that X counts. It has
// n, or this would wrap.
func reaches(n uint32) code {
	return code{
		length(),
		bpf.ALUOpConstant{Op: bpf.ALUOpSub, Val: n},
		bpf.JumpIfX{Cond: bpf.JumpGreaterOrEqual, SkipTrue: 1},
		bpf.RetConstant{Val: whole},
	}
}

// length is that of the whole frame, on the wire.
func length() bpf.Instruction { return bpf.LoadExtension{Num: bpf.ExtLen} }
