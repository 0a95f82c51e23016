package main

import (
	"context"
	"io"
)

// input is standard input of which a read ends when ctx does.
type input struct {
	ctx   context.Context
	reads chan read
	ask   chan struct{}
	rest  []byte
	err   error
}

type read struct {
	b   []byte
	err error
}

// newInput reads r on a goroutine of its own, which begins with the first Read and ends
// with ctx, or when the read at that time does.
func newInput(ctx context.Context, r io.Reader) *input {
	in := &input{ctx: ctx, reads: make(chan read), ask: make(chan struct{})}
	go func() {
		b := make([]byte, 256<<10)
		for {
			select {
			case <-ctx.Done():
				return
			case <-in.ask:
			}
			n, err := r.Read(b)
			select {
			case <-ctx.Done():
				return
			case in.reads <- read{b[:n], err}:
			}
		}
	}()
	return in
}

func (in *input) Read(p []byte) (int, error) {
	if len(in.rest) == 0 && in.err == nil {
		select {
		case <-in.ctx.Done():
			in.err = errInterrupted
		case in.ask <- struct{}{}:
			select {
			case <-in.ctx.Done():
				in.err = errInterrupted
			case r := <-in.reads:
				in.rest, in.err = r.b, r.err
			}
		}
	}
	n := copy(p, in.rest)
	in.rest = in.rest[n:]
	if len(in.rest) > 0 || n > 0 && in.err == nil {
		return n, nil
	}
	return n, in.err
}
