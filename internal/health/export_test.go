package health

import "time"

// Bodies are those of the examples by kind.
func Bodies() map[string][]byte {
	all := map[string][]byte{}
	for i := range examples {
		e := &examples[i]
		all[string(e.Kind)] = body(identity, e, "c0a3f0b2-5a57-4d6e-8f0e-3b7d1f7c2a9"+string("0123456789abcdef"[i%16]), uint64(i+1), time.UnixMilli(int64(noon)))
	}
	return all
}
