// Package capture is where packets come from: live interfaces and recordings. Every
// Source gives the same events in the same form, tells its own time, and counts what it
// could not use.
package capture

import "github.com/wormwatch/wormwatch/internal/packet"

// Source is a stream of packets in order of time. It is used by one goroutine.
type Source interface {
	// Read fills dst, returns what is there without waiting for more, and tells the
	// source's time, which never goes back. n == 0 means that time passed without
	// traffic; io.EOF ends a recording.
	Read(dst []packet.Event) (n int, now packet.Time, err error)
	// Payload returns the octets of TCP payload of ev that were captured; valid until the
	// next Read.
	Payload(ev *packet.Event) []byte
	// Interface returns the name of the interface with the index in Event.Iface.
	Interface(i uint16) string
	// Stats returns the counters up to the latest Read.
	Stats() Stats
	Close() error
}

// Stats counts what a Source read and what became of it.
type Stats struct {
	Packets   uint64       // frames read, whatever became of them
	Bytes     uint64       // octets of them that were captured
	WireBytes uint64       // octets they had on the wire
	Snapped   uint64       // frames of which the capture holds only the start
	Events    uint64       // frames that became an Event
	Status    packet.Stats // frames by what the parser made of them; Events are those OK
	Skipped   uint64       // of those unsupported: on an interface whose link type is not supported
	Files     uint64       // recordings opened
	Broken    uint64       // recordings that ended in an error: cut, corrupt, not a capture
	Clock     ClockStats
	Live      *LiveStats // nil for recordings
}

// ClockStats counts the time stamps that were not taken as they are.
type ClockStats struct {
	Unstamped uint64 // packets without a stamp (pcapng simple packet blocks): took the time before them
	Absurd    uint64 // before 1970 or after 2200: took the time before them
	Reordered uint64 // up to a minute behind: took the time before them
	Behind    uint64 // more than a minute behind, alone or at the start of a step back: took the time before them
	Doubted   uint64 // more than a week ahead and not confirmed yet: took the time before them
	Leaps     uint64 // steps of more than a week ahead that the next packet confirmed: believed
	Rebased   uint64 // steps back that lasted, and returns from them: time goes on with the new stamps' spacing
}
