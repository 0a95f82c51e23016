package kafka

import (
	"errors"
	"time"
)

const (
	// leastRoom is below what no request shrinks, in octets before compression.
	leastRoom = 16 << 10
	// longestQuiet bounds for how long a broker may have us wait at a time.
	longestQuiet = 5 * time.Minute
)

// errQuota is that a broker wants less from us.
var errQuota = errors.New("the sensor wrote more than its quota, and has to wait")

// peer is how one broker is written to.
type peer struct {
	most, room int       // octets of a request before compression: never more, and now
	quiet      time.Time // nothing is written before
}

// went notes how a request of so many octets went. One that broke down is followed by
// smaller ones: it may have been too much for a narrow way, or for the broker, and would
// be for ever.
func (p *peer) went(size int, err error) {
	var f *failure
	switch {
	case errors.As(err, &f) && f.at == writing:
		p.room = max(size/2, leastRoom)
	case err == nil && size > p.room/2:
		p.room = min(p.room+p.room/8, p.most)
	}
}

// rest notes that the broker wants nothing for so long, and reports whether that is worth
// a pause: it reads nothing meanwhile, and would write later what was given up long before.
func (p *peer) rest(throttle, timeout time.Duration) bool {
	if throttle < timeout/4 {
		return false
	}
	p.quiet = time.Now().Add(min(throttle, longestQuiet))
	return true
}
