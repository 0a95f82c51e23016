package main

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progress is a bar on a terminal; elsewhere it shows nothing.
type progress struct {
	terminal *os.File // that it is drawn on
	bars     *mpb.Progress
	once     sync.Once
	done     chan struct{}
	ended    sync.WaitGroup
}

// newProgress draws a bar on w, if that is a terminal, of what at tells: octets done of
// a total, which is 0 where it is not known.
func newProgress(w io.Writer, at func() (done, total int64)) *progress {
	p := &progress{done: make(chan struct{})}
	if !isTerminal(w) {
		return p
	}
	p.terminal = w.(*os.File)
	p.bars = mpb.New(mpb.WithOutput(w), mpb.WithWidth(40), mpb.WithRefreshRate(150*time.Millisecond))
	_, total := at()
	var bar *mpb.Bar
	if total > 0 {
		bar = p.bars.AddBar(total, mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.CountersKibiByte("% .1f / % .1f")),
			mpb.AppendDecorators(decor.Percentage(), decor.Name(" "), decor.EwmaETA(decor.ET_STYLE_GO, 30)))
	} else {
		bar = p.bars.AddSpinner(0, mpb.BarRemoveOnComplete(),
			mpb.AppendDecorators(decor.CurrentKibiByte("% .1f read")))
	}
	p.ended.Go(func() { p.follow(bar, at) })
	return p
}

// follow brings the bar up to date until stop is called.
func (p *progress) follow(bar *mpb.Bar, at func() (done, total int64)) {
	tick := time.NewTicker(150 * time.Millisecond)
	defer tick.Stop()
	before := time.Now()
	for {
		select {
		case <-p.done:
			bar.Abort(true)
			return
		case now := <-tick.C:
			done, _ := at()
			bar.EwmaSetCurrent(done, now.Sub(before))
			before = now
		}
	}
}

// stop removes the bar. It may be called again.
func (p *progress) stop() {
	p.once.Do(func() {
		close(p.done)
		p.ended.Wait()
		if p.bars != nil {
			p.bars.Wait()
		}
	})
}

// above returns a writer to w that does not disturb the bar where both are on one
// terminal.
func (p *progress) above(w io.Writer) io.Writer {
	f, ok := w.(*os.File)
	if p.bars == nil || !ok || !isTerminal(f) {
		return w
	}
	a, errA := f.Stat()
	b, errB := p.terminal.Stat()
	if errA != nil || errB != nil || !os.SameFile(a, b) {
		return w
	}
	return &aboveBar{p.bars}
}

// aboveBar writes lines above a bar.
type aboveBar struct{ bars *mpb.Progress }

func (a *aboveBar) Write(b []byte) (int, error) { return a.bars.Write(b) }
