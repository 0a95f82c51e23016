package kafka

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"unicode"

	"github.com/segmentio/kafka-go"

	"github.com/wormwatch/wormwatch/internal/publish"
)

// stage is what was being done when something failed.
type stage uint8

const (
	connecting stage = iota
	handshake
	greeting
	authenticating
	describing
	creating
	writing
)

// String says it, for where it was.
func (s stage) String() string {
	return [...]string{
		"connecting to", "TLS with", "speaking to", "authenticating at",
		"asking about", "creating", "writing to",
	}[s]
}

// failure is what went wrong, and what mends it.
type failure struct {
	at     stage
	where  string // a broker as HOST:PORT, or a topic
	err    error
	remedy string
	person bool // it does not pass by itself
}

// Error says what went wrong.
func (f *failure) Error() string { return fmt.Sprintf("%s %s: %s", f.at, f.where, f.cause()) }

// cause is why, without the addresses that the net package repeats, and safe to show: it
// may hold what a broker sent.
func (f *failure) cause() string {
	err := f.err
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "read" || op.Op == "write") {
		err = op.Err
		if call, ok := errors.AsType[*os.SyscallError](err); ok {
			err = call.Err
		}
	}
	return oneLine(err.Error())
}

// Unwrap returns what went wrong.
func (f *failure) Unwrap() error { return f.err }

// failed makes a failure of err, which is not nil.
func (c *Config) failed(at stage, where string, err error) error {
	f := &failure{at: at, where: where, err: err}
	f.remedy, f.person = c.advise(f)
	return f
}

// answer is an error that a broker answered.
type answer struct {
	code    kafka.Error
	message string // of the broker, may be empty
}

// Error says what the broker said, or else what the code means.
func (a *answer) Error() string {
	if a.message == "" {
		return fmt.Sprintf("%s (error %d)", meaning(a.code), int(a.code))
	}
	return fmt.Sprintf("%s (error %d, %s)", strings.TrimRight(a.message, ". "), int(a.code), a.code.Title())
}

// Unwrap returns the code.
func (a *answer) Unwrap() error { return a.code }

// coded returns the error of a response, nil for none.
func coded(code int16, message string) error {
	if code == 0 {
		return nil
	}
	return &answer{kafka.Error(code), oneLine(message)}
}

// said is a code as if a broker had answered it, which is not 0.
func said(code kafka.Error) error { return &answer{code: code} }

// oneLine takes what might forge lines of a log out of a text of a broker, and bounds it.
func oneLine(text string) string {
	const most = 500
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, text)
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

// Error is what Send returns for a record that may go later, in a *publish.Broken if a person
// must mend something first.
type Error struct{ err error }

// Error says what went wrong and what mends it.
func (e *Error) Error() string {
	if remedy := Explain(e.err); remedy != "" {
		return fmt.Sprintf("%v: %s", e.err, remedy)
	}
	return e.err.Error()
}

// Unwrap returns what went wrong.
func (e *Error) Unwrap() error { return e.err }

// later returns err as Send does, for a record that may go later: broken if that takes a
// person.
func later(err error) error {
	var f *failure
	if errors.As(err, &f) && f.person {
		return &publish.Broken{Err: &Error{err}}
	}
	return &Error{err}
}

// Explain says in a sentence what to do about an error of this package, or nothing if
// nothing is known about it.
func Explain(err error) string {
	var f *failure
	if errors.As(err, &f) {
		return f.remedy
	}
	return ""
}
