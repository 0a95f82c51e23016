package quality

import (
	"context"
	"math/rand/v2"
	"time"
)

// A cold start is a Tuesday from 10:00 on, for ten hours.
const (
	coldFrom  = 34
	coldHours = 10
)

// ColdPaces are those of the cold start.
var ColdPaces = Paces[:4]

// ColdStart simulates a sensor that is switched on in the middle of a working day, with
// nothing learned, and scanners that begin in the first minute of it and that nobody
// answers: their targets are unused, off or silent. Trials/3 of them for each pace.
func ColdStart(ctx context.Context, p Params, opt Options) (*Result, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	w := newWorld(&p)
	return newRun(w, w.plotCold(), opt).days(ctx, coldFrom, coldFrom+coldHours)
}

func (w *world) plotCold() []*scanner {
	r := newRand(w.p.Seed, "cold")
	var all []*scanner
	for _, pace := range ColdPaces {
		for range max(2, w.p.Trials/3) {
			net := w.plan.base(r.IntN(w.plan.swept))
			order := rand.New(rand.NewPCG(r.Uint64(), 1))
			begin := coldFrom*time.Hour + time.Duration(r.Int64N(int64(time.Minute)))
			all = append(all, &scanner{
				cell: Cell{Pace: pace}, squad: len(all), host: w.recruit(net, false, r),
				begin: begin, next: begin, budget: max(60, int(10*time.Second/pace)),
				jitter: rand.New(rand.NewPCG(r.Uint64(), 2)),
				choose: func(int) addr { return net + addr(order.IntN(w.plan.size)) },
				accept: w.mute,
			})
		}
	}
	return all
}

// mute reports whether a probe of a will never be answered: nobody has it, or the host
// behind it drops what it does not want.
func (w *world) mute(a addr) bool {
	i := w.plan.hostAt(a)
	if a&255 == gateway {
		return false
	}
	if i < 0 {
		_, was := w.gone[a]
		return !was
	}
	h := &w.hosts[i]
	return h.role.client() && h.stance == drops
}
