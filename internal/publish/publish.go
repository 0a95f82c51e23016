// Package publish takes records to whoever is told of them, and loses none silently: a
// bounded queue that never blocks, an outbox on disk, and from there, in order per key, to
// a sink, for as long as it takes.
package publish

import (
	"context"
	"fmt"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// Sink is where records go from the outbox.
type Sink interface {
	// Name is what the log and health records call it, as kafka.
	Name() string
	// Send takes records in order, and returns an error for each: nil if the sink has it
	// for good, a *Refused if it never will take it, another if it may later. Records of
	// one key that come behind one that failed must not be taken in the same call. A record
	// that failed may nevertheless be there: it is sent again, with the same UID.
	Send(ctx context.Context, batch []*record.Record) []error
	// Close ends it; no Send is under way then or comes later.
	Close() error
}

// Refused says that a sink will never take a record as it is: it becomes a dead letter.
type Refused struct{ Err error }

// Error says why.
func (e *Refused) Error() string { return fmt.Sprintf("refused for good: %v", e.Err) }

// Unwrap returns why.
func (e *Refused) Unwrap() error { return e.Err }

// Broken says that a sink fails for a reason that only a person can mend, as a wrong
// password. The record waits as any other, but health says so at once.
type Broken struct{ Err error }

// Error says why.
func (e *Broken) Error() string { return e.Err.Error() }

// Unwrap returns why.
func (e *Broken) Unwrap() error { return e.Err }
