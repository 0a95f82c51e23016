package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/saslhandshake"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// authenticate tells the broker who the sensor is.
func (s *SASL) authenticate(ctx context.Context, l *link) error {
	mechanism, err := s.mechanism()
	if err != nil {
		return err
	}
	r, err := l.ask(ctx, &saslhandshake.Request{Mechanism: mechanism.Name()})
	if err != nil {
		return err
	}
	if res := r.(*saslhandshake.Response); res.ErrorCode != 0 {
		return offered(coded(res.ErrorCode, ""), res.Mechanisms)
	}
	session, state, err := mechanism.Start(sasl.WithMetadata(ctx, &sasl.Metadata{Host: l.address}))
	for done := false; err == nil && !done; {
		var r any
		if r, err = l.ask(ctx, &saslauthenticate.Request{AuthBytes: state}); err != nil {
			return err
		}
		res := r.(*saslauthenticate.Response)
		if res.ErrorCode != 0 {
			return coded(res.ErrorCode, withoutSecret(res.ErrorMessage, mechanism))
		}
		l.endure(time.Duration(res.SessionLifetimeMs) * time.Millisecond)
		if err := affordable(res.AuthBytes); err != nil {
			return err
		}
		done, state, err = session.Next(ctx, res.AuthBytes)
	}
	if err != nil {
		// The broker itself has said that it knows us; here it is the broker who fails.
		return fmt.Errorf("%w: %w", said(kafka.SASLAuthenticationFailed), err)
	}
	return nil
}

// withoutSecret takes the password out of what a broker says, who with PLAIN has it in clear.
func withoutSecret(text string, m sasl.Mechanism) string {
	if p, ok := m.(plain.Mechanism); ok {
		return strings.ReplaceAll(text, p.Password, "******")
	}
	return text
}

// affordable returns an error if a challenge of SCRAM has the sensor compute for more than
// a second or so: the library does as it is told, and hears of no deadline meanwhile.
func affordable(challenge []byte) error {
	const most = 1 << 20 // rounds; Kafka's own default is 4096, its maximum 16384
	for field := range strings.SplitSeq(string(challenge), ",") {
		rounds, found := strings.CutPrefix(field, "i=")
		if n, err := strconv.Atoi(rounds); found && (err != nil || n < 1 || n > most) {
			return fmt.Errorf("%w: it wants %q rounds of SCRAM", errForeign, rounds)
		}
	}
	return nil
}

// endure notes for how long the broker lets the link be: it closes it then, so that
// another is made a little earlier.
func (l *link) endure(lifetime time.Duration) {
	if lifetime > 0 {
		l.until = time.Now().Add(lifetime / 10 * 8)
	}
}

// mechanism reads the password, as it is now.
func (s *SASL) mechanism() (sasl.Mechanism, error) {
	password, err := s.password()
	if err != nil {
		return nil, err
	}
	switch s.Mechanism {
	case Plain:
		return plain.Mechanism{Username: s.Username, Password: password}, nil
	case ScramSHA256:
		return scrammed(scram.SHA256, s.Username, password)
	case ScramSHA512:
		return scrammed(scram.SHA512, s.Username, password)
	}
	return nil, fmt.Errorf("publish.kafka.sasl.mechanism: %q is unknown", s.Mechanism)
}

// scrammed never repeats the library's error, which may hold what it was given.
func scrammed(a scram.Algorithm, user, password string) (sasl.Mechanism, error) {
	m, err := scram.Mechanism(a, user, password)
	if err != nil {
		return nil, &fileError{"sasl", "", errors.New("the user name or the password holds characters that SCRAM forbids")}
	}
	return m, nil
}

func (s *SASL) password() (string, error) {
	if s.PasswordFile == "" {
		return s.Password, nil
	}
	b, err := readSmall(s.PasswordFile)
	if err != nil {
		return "", &fileError{"sasl.password_file", s.PasswordFile, err}
	}
	b = bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
	if len(b) == 0 {
		return "", &fileError{"sasl.password_file", s.PasswordFile, fmt.Errorf("%s is empty", s.PasswordFile)}
	}
	return string(b), nil
}

// offered adds what the broker would take instead.
func offered(err error, mechanisms []string) error {
	if len(mechanisms) == 0 {
		return err
	}
	return fmt.Errorf("%w (it offers %s)", err, oneLine(strings.ToLower(strings.Join(mechanisms, ", "))))
}

// maxSecret is more than a password has, in octets.
const maxSecret = 64 << 10

// readSmall reads a file that holds a secret: no pipe that would wait for a writer, no
// device that never ends.
func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no ordinary file", path)
	case info.Size() > maxSecret:
		return nil, fmt.Errorf("%s has %d octets, more than a password", path, info.Size())
	}
	return os.ReadFile(path)
}
