package ring

// turnOf is the time of a lane's next event.
type turnOf struct {
	time uint64
	lane int
}

func (t turnOf) before(u turnOf) bool {
	return t.time < u.time || t.time == u.time && t.lane < u.lane
}

// heap is a binary heap of the lanes that have something to give: the earliest is first.
type heap []turnOf

// second returns the time of the lane that follows the first.
func (h heap) second() uint64 {
	switch len(h) {
	case 1:
		return ^uint64(0)
	case 2:
		return h[1].time
	}
	return min(h[1].time, h[2].time)
}

func (h *heap) push(t turnOf) {
	*h = append(*h, t)
	all := *h
	for i := len(all) - 1; i > 0; {
		up := (i - 1) / 2
		if !all[i].before(all[up]) {
			return
		}
		all[i], all[up] = all[up], all[i]
		i = up
	}
}

// pop takes the first away.
func (h *heap) pop() {
	last := len(*h) - 1
	(*h)[0] = (*h)[last]
	*h = (*h)[:last]
	h.sink()
}

// replace says that the first lane's next event is of another time.
func (h heap) replace(time uint64) {
	h[0].time = time
	h.sink()
}

func (h heap) sink() {
	for i := 0; ; {
		down := 2*i + 1
		if down >= len(h) {
			return
		}
		if down+1 < len(h) && h[down+1].before(h[down]) {
			down++
		}
		if !h[down].before(h[i]) {
			return
		}
		h[i], h[down] = h[down], h[i]
		i = down
	}
}
