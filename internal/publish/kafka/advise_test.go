package kafka

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/segmentio/kafka-go"
)

// TestAdvise is about failures that the test brokers do not bring about.
func TestAdvise(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Brokers = []string{"kafka-1:9092", "kafka-2:9092"}
	cfg.Replicas = 3
	tests := []struct {
		at     stage
		where  string
		err    error
		person bool
		remedy string
	}{
		{connecting, "kafka-1:9092", &net.DNSError{Err: "server misbehaving"}, false, "resolv.conf"},
		{connecting, "kafka-1:9092", os.NewSyscallError("connect", syscall.EHOSTUNREACH), false, "routes"},
		{connecting, "kafka-1:9092", os.NewSyscallError("connect", syscall.EMFILE), false, "can be reached"},
		{connecting, "10.9.9.9:9092", os.ErrDeadlineExceeded, false, "advertised.listeners"},
		{handshake, "kafka-1:9092", x509.CertificateInvalidError{Reason: x509.IncompatibleUsage}, true, "not fit for its purpose"},
		{handshake, "kafka-1:9092", &fileError{"tls.ca", "ca.pem", os.ErrPermission}, true, "LoadCredential"},
		{authenticating, "kafka-1:9092", io.EOF, false, "user name and password"},
		{authenticating, "kafka-1:9092", offered(coded(int16(kafka.UnsupportedSASLMechanism), ""), []string{"GSSAPI"}), true, "publish.kafka.sasl.mechanism"},
		{writing, "t", coded(int16(kafka.InvalidTopic), ""), true, "another name"},
		{writing, "t partition 3", coded(int16(kafka.InvalidTimestamp), ""), true, "clock"},
		{writing, "t partition 3", coded(int16(kafka.UnsupportedCompressionType), ""), true, "too old"},
		{writing, "t partition 3", coded(int16(kafka.RecordListTooLarge), ""), true, "--entity-name t --add-config"},
		{writing, "t partition 3", coded(int16(kafka.ListenerNotFound), ""), false, "--describe --topic t "},
		{creating, "t", coded(int16(kafka.TopicAuthorizationFailed), ""), true, "--operation Create"},
		{creating, "t", coded(int16(kafka.PolicyViolation), ""), true, "--partitions 6 --replication-factor 3"},
		{writing, "t partition 3", coded(int16(kafka.Unknown), ""), false, "log of the broker"},
	}
	for _, test := range tests {
		err := cfg.failed(test.at, test.where, test.err)
		says(t, later(err), test.person, test.remedy)
		if !errors.Is(err, test.err) {
			t.Errorf("%v is not %v", err, test.err)
		}
	}
	if text := Explain(io.EOF); text != "" {
		t.Errorf("of nothing that is known: %q", text)
	}
}

// TestOneLine: what a broker says can neither forge a line of the log nor fill it.
func TestOneLine(t *testing.T) {
	for _, pad := range []string{"", "x"} { // so that the end falls into a character
		text := coded(1, "\nlevel=ERROR\x1b[2J\xff"+pad+strings.Repeat("é", 1000)).Error()
		if strings.ContainsAny(text, "\n\x1b") || len(text) > 600 || !utf8.ValidString(text) {
			t.Errorf("%q", text)
		}
	}
}

// TestCostly: a broker does not get to choose how long the sensor computes.
func TestCostly(t *testing.T) {
	for challenge, want := range map[string]bool{
		"": false, "r=i=99999999,s=QSXCR+Q6sek8bf92,i=4096": false, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=": false,
		"r=x,s=y,i=1048577": true, "r=x,s=y,i=99999999999999999999": true, "r=x,s=y,i=-1": true, "r=x,i=z": true,
	} {
		if err := affordable([]byte(challenge)); (err != nil) != want {
			t.Errorf("%q: %v", challenge, err)
		}
	}
}

// TestFresh: a link is not used when the broker has probably given it up.
func TestFresh(t *testing.T) {
	now := time.Now()
	for i, test := range []struct {
		link  link
		fresh bool
	}{
		{link{used: now.Add(-time.Minute)}, true},
		{link{used: now.Add(-maxIdle - time.Second)}, false},
		{link{used: now, broken: true}, false},
		{link{used: now, until: now.Add(time.Minute)}, true},
		{link{used: now, until: now.Add(-time.Second)}, false},
	} {
		if test.link.fresh(now) != test.fresh {
			t.Errorf("%d: %v", i, !test.fresh)
		}
	}
	var l link
	l.endure(0)
	if !l.until.IsZero() {
		t.Error("no end is one")
	}
	l.endure(time.Hour)
	if l.until.After(time.Now().Add(50*time.Minute)) || l.until.Before(now.Add(40*time.Minute)) {
		t.Errorf("until %v", l.until)
	}
}

// TestNew: nothing is connected, read or believed before there is something to send.
func TestNew(t *testing.T) {
	good := DefaultConfig()
	good.Brokers = []string{"kafka..example:9092"}
	good.TLS = TLS{Enabled: true, CA: "nowhere"}
	if _, err := New(good, "core-1"); err != nil {
		t.Error(err)
	}
	for _, spoil := range []func(*Config){func(c *Config) { c.Brokers = nil }, func(c *Config) { c.Topic = "no topic" }} {
		bad := good
		spoil(&bad)
		if _, err := New(bad, "core-1"); err == nil || !strings.Contains(err.Error(), "write") {
			t.Error(fmt.Sprint(err))
		}
	}
}
