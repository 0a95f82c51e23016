// Package control is how a command looks into the outbox of a running sensor. The store
// can be open in one process only, so that process answers for it: by HTTP over a unix
// socket beside the store, which nobody but its owner and root can open.
package control

import (
	"errors"
	"net/http"

	"github.com/wormwatch/wormwatch/internal/publish/outbox"
)

// Socket is the name of the socket in the directory of the outbox.
const Socket = "outbox.sock"

// Box is an outbox as a person looks at it: a Local one, or a Client of the sensor that
// has it open.
type Box interface {
	List(dead bool, after uint64, most int) ([]Item, error)
	Find(uid string) (entry outbox.Entry, dead bool, err error)
	Retry(uids []string, all bool) (int, error)
	Drop(uids []string, all, dead bool) (int, error)
	Stats() outbox.Stats
}

// Item is an entry in a list, without its body.
type Item struct {
	outbox.Entry
	Octets int // of the body
}

// Local is a store that this process has open.
type Local struct{ *outbox.Store }

// List is Store.List without bodies, of MaxPage entries at most: a look at a large outbox
// must not cost the sensor its memory.
func (l Local) List(dead bool, after uint64, most int) ([]Item, error) {
	entries, err := l.Store.List(dead, after, min(most, MaxPage))
	items := make([]Item, 0, len(entries))
	for _, e := range entries {
		octets := len(e.Body)
		e.Body = nil
		items = append(items, Item{e, octets})
	}
	return items, err
}

var (
	_ Box = Local{}
	_ Box = (*Client)(nil)
)

// Bounds of what goes over the socket.
const (
	MaxPage  = 200     // entries of a List
	maxUIDs  = 1000    // of an order; a Client splits longer ones
	maxUID   = 256     // octets of one
	maxOrder = 2 << 20 // octets of a request's body: maxUIDs of them, escaped
)

// The routes.
const (
	statusPath = "/v1/status"
	listPath   = "/v1/records"
	findPath   = "/v1/record"
	retryPath  = "/v1/retry"
	dropPath   = "/v1/drop"
)

// status is how the outbox stands.
type status struct {
	Stats    outbox.Stats `json:"stats"`
	Degraded string       `json:"degraded"` // why records wait, empty if they need not
}

// page is a part of a list.
type page struct {
	Items []Item `json:"items"`
}

// found is one entry, with its body.
type found struct {
	Entry outbox.Entry `json:"entry"`
	Dead  bool         `json:"dead"`
}

// order is what to do with entries: those named, or all.
type order struct {
	UIDs []string `json:"uids"`
	All  bool     `json:"all"`
	Dead bool     `json:"dead"` // of a drop: dead letters are meant
}

// check returns what is wrong with o. A list that is empty by mistake must not mean all.
func (o *order) check() error {
	switch {
	case o.All == (len(o.UIDs) > 0):
		return errors.New("an order needs uids, or all, and not both")
	case len(o.UIDs) > maxUIDs:
		return errors.New("an order names too many uids")
	}
	for _, u := range o.UIDs {
		if u == "" || len(u) > maxUID {
			return errors.New("a uid is empty or too long")
		}
	}
	return nil
}

// done is how many entries an order was carried out for.
type done struct {
	Count int `json:"count"`
}

// problem is an error as it goes over the socket.
type problem struct {
	Code string `json:"code"` // one of codes, else empty
	Text string `json:"error"`
}

// codes are errors that are still themselves on the other side.
var codes = []struct {
	code   string
	err    error
	status int
}{
	{"unknown", outbox.ErrUnknown, http.StatusNotFound},
	{"ambiguous", outbox.ErrAmbiguous, http.StatusConflict},
}

// Error is what the sensor said.
func (p *problem) Error() string { return p.Text }

// Is reports whether the sensor meant target.
func (p *problem) Is(target error) bool {
	for _, c := range codes {
		if c.err == target {
			return c.code == p.Code
		}
	}
	return false
}
