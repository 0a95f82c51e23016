package stream

// Handshake messages (RFC 8446, 4) by which a TLS connection begins, and where their types
// stand behind a record header (RFC 8446, 5.1).
const (
	tlsHandshake   = 22
	tlsClientHello = 1
	tlsServerHello = 2
	tlsTypeAt      = 5
)

func helloOf(d side) (kind byte, fact facts) {
	if d == server {
		return tlsServerHello, serverHello
	}
	return tlsClientHello, clientHello
}

// couldTLS reports whether data can be the first octets of a side of TLS 1.0 to 1.3.
func couldTLS(data []byte, from side) bool {
	kind, _ := helloOf(from)
	return data[0] == tlsHandshake && (len(data) < 2 || data[1] == 3) &&
		(len(data) <= tlsTypeAt || data[tlsTypeAt] == kind)
}

// feedTLS waits for both hellos. All else is of no use.
func (f *Follower) feedTLS(c *conversation, from side, data []byte) (used int, what fate) {
	_, fact := helloOf(from)
	switch {
	case c.has(fact):
		return len(data), going
	case !couldTLS(data, from):
		f.stats.LetGo.count(data)
		return 0, foreign
	case len(data) <= tlsTypeAt:
		return 0, going
	}
	c.facts |= fact
	return len(data), going
}
