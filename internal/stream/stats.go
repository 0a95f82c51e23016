package stream

import "bytes"

// Stats counts what the follower did and what it could not keep.
type Stats struct {
	Openings        int    // connections of which no octets were seen yet
	OpeningsClaimed uint64 // connections seen from their start that could be of interest
	OpeningsLost    uint64 // displaced before their first octets (openings)
	OpeningsSilent  uint64 // forgotten since they said nothing for Config.Decide
	Followed        int    // conversations
	Recognised      int    // of them recognised
	FollowedEver    uint64
	Middle          uint64 // of those, met half-way
	IRC, TLS, SMB   uint64 // recognised so far
	LetGo           Foreign
	Undecided       uint64 // let go because 2048 octets, 16 segments of one met half-way, or Config.Decide showed nothing
	UndecidedLost   uint64 // displaced by others before they were recognised (followed)
	RecognisedLost  uint64 // displaced by others that were recognised later, or in which orders were seen (followed)
	Gaps            uint64 // places where a stream was read on behind octets that did not come, or were not captured
	Disagreed       uint64 // octets that came again with another value: the first counted
	Beyond          uint64 // octets that were too far ahead to be kept
	ResetsDoubted   uint64 // resets that did not fit the stream and ended nothing
}

// Stats returns the counters.
func (f *Follower) Stats() Stats {
	s := f.stats
	s.Recognised = f.slab.recognised
	return s
}

// Foreign counts connections that were let go, by what their first octets were. One that
// is taken up again, because the client spoke otherwise than the server greeted, may count
// again.
type Foreign struct {
	HTTP   uint64
	TLS    uint64 // elsewhere than on a port of IRC over TLS
	SSH    uint64
	Banner uint64 // FTP, SMTP, POP3 and IMAP: greetings, and what clients say first
	Other  uint64
}

var (
	wordsHTTP = [][]byte{
		[]byte("GET "), []byte("POST "), []byte("HEAD "), []byte("HTTP/"), []byte("PUT "), []byte("CONNECT "),
		[]byte("OPTIONS "), []byte("DELETE "), []byte("PATCH "), []byte("PROPFIND "), []byte("PRI * "),
	}
	wordsTLS    = [][]byte{{tlsHandshake, 3}}
	wordsSSH    = [][]byte{[]byte("SSH-")}
	wordsBanner = [][]byte{
		[]byte("220"), []byte("+OK"), []byte("* OK"), []byte("EHLO "), []byte("HELO "), []byte("USER "),
		[]byte("331"), []byte("421"), []byte("530"), []byte("554"),
	}
)

// count counts a connection that data are the first octets of, as far as they go.
func (n *Foreign) count(data []byte) {
	switch {
	case starts(data, wordsHTTP):
		n.HTTP++
	case starts(data, wordsTLS):
		n.TLS++
	case starts(data, wordsSSH):
		n.SSH++
	case starts(data, wordsBanner):
		n.Banner++
	default:
		n.Other++
	}
}

// starts reports whether data begin as one of words does, or the other way round.
func starts(data []byte, words [][]byte) bool {
	for _, w := range words {
		if n := min(len(data), len(w)); bytes.Equal(data[:n], w[:n]) {
			return true
		}
	}
	return false
}
