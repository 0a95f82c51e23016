package health

import "time"

// Stamp is a time as records have it: milliseconds since 1970, UTC. 0 is none.
type Stamp int64

// StampOf returns t as a Stamp.
func StampOf(t time.Time) Stamp {
	if t.IsZero() {
		return 0
	}
	return Stamp(t.UnixMilli())
}

// Millis is a duration as records have it, in milliseconds.
type Millis int64

// MillisOf returns d as Millis.
func MillisOf(d time.Duration) Millis { return Millis(d.Milliseconds()) }
