package quality

import "time"

// outage is a server that is down.
type outage struct {
	host     int32
	from, to time.Duration // since the start
	refuses  bool          // the machine is up, the service is not
}

// link is a prefix that is cut off.
type link struct {
	from, to time.Duration
	prefix   addr
	bits     int
}

func (l *link) holds(a addr) bool { return (a^l.prefix)>>(32-l.bits) == 0 }

// trouble is the outages of the whole run, by server.
type trouble map[int32][]outage

// plotTrouble draws the outages and link failures. Times are any, since machines fail
// when they like; servers fail in proportion to their popularity.
func (w *world) plotTrouble() {
	r := newRand(w.p.Seed, "trouble")
	w.trouble = trouble{}
	end := time.Duration(w.p.Days) * 24 * time.Hour
	for range poisson(r, w.p.Outages*float64(w.p.Days)) {
		var h int32
		switch x := r.IntN(10); {
		case x == 0:
			h = w.byRole[DomainController][r.IntN(w.p.DomainControllers)]
		case x <= 2:
			h = w.byRole[PrintServer][r.IntN(w.p.PrintServers)]
		default:
			h = w.byRole[FileServer][w.filePop.draw(r)]
		}
		from := time.Duration(r.Int64N(int64(end)))
		w.trouble[h] = append(w.trouble[h], outage{
			host: h, from: from, to: from + time.Hour + time.Duration(r.Int64N(int64(time.Hour))), refuses: r.IntN(2) == 0,
		})
	}
	for range poisson(r, w.p.LinkFailures*float64(w.p.Days)) {
		l := link{from: time.Duration(r.Int64N(int64(end))), bits: 20}
		l.to = l.from + 30*time.Minute
		if r.IntN(3) == 0 {
			l.bits = 16
		}
		l.prefix = firstAddr + addr(r.IntN(len(w.plan.owner)))&^(1<<(32-l.bits)-1)
		w.links = append(w.links, l)
	}
}

// down returns the outage of host at the time, nil: none.
func (t trouble) down(host int32, at time.Duration) *outage {
	os := t[host]
	for i := range os {
		if os[i].from <= at && at < os[i].to {
			return &os[i]
		}
	}
	return nil
}

// cut returns whether a failed link lies between the sensor and a, or between the
// sensor and b: then the sensor sees nothing of a's packets, or a gets no answer from b.
func (w *world) cut(at time.Duration, a addr) bool {
	for i := range w.links {
		l := &w.links[i]
		if l.from <= at && at < l.to && l.holds(a) {
			return true
		}
	}
	return false
}

// newDay sets who is at work when, hands out new addresses and lets names catch up.
func (w *world) newDay(day int32) {
	r := newRand(w.p.Seed+uint64(day)*1_000_003, "day")
	weekend := day%7 >= 5
	for i := range w.hosts {
		h := &w.hosts[i]
		if h.named != h.addr && day >= h.namedDue {
			h.named = h.addr
		}
		if !h.role.client() {
			continue
		}
		w.workday(h, day, weekend, uint64(i))
		if !h.infected && r.Float64() < w.p.Churn {
			w.move(i, day, r.IntN(10), 1+int32(r.IntN(3)))
		}
	}
}

// move gives host i another address; one name in ten never follows.
func (w *world) move(i int, day int32, tenth int, lag int32) {
	h := &w.hosts[i]
	r := newRand(w.p.Seed^uint64(i)<<20^uint64(day)<<48, "move")
	old := h.addr
	h.addr = w.plan.fresh(old, r)
	w.plan.release(old)
	w.plan.take(h.addr, i)
	h.namedDue = day + lag
	if tenth == 0 {
		h.namedDue = 1 << 30
	}
}

// workday draws when h is on that day. A machine that stays on at night still has
// somebody in front of it only from onAt to offAt.
func (w *world) workday(h *host, day int32, weekend bool, i uint64) {
	k := mix(w.p.Seed, i, uint64(day)+77)
	x, y, z := unit(k), unit(mix(k, 1, 2)), unit(mix(k, 3, 4))
	present := x < 0.92
	if weekend {
		present = x < 0.04
	}
	if !present || h.onLeave(day) {
		h.onAt, h.offAt = 0, 0
		return
	}
	// Triangular around 08:00, plus or minus 90 minutes; nine hours, plus or minus one.
	h.onAt = int32(6.5*3600 + 1.5*3600*(y+unit(mix(k, 5, 6))))
	h.offAt = h.onAt + int32((8+2*z)*3600)
}

func (h *host) onLeave(day int32) bool {
	return h.leaveFrom <= day && day < h.leaveTo && !h.infected
}

// on reports whether the machine runs at the second of the day.
func (h *host) on(day, second int32) bool {
	if !h.role.client() || h.infected {
		return true
	}
	if h.onLeave(day) {
		return false
	}
	if !h.nightOff {
		return true
	}
	return h.onAt <= second && second < h.offAt
}
