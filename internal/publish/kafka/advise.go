package kafka

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/segmentio/kafka-go"
)

// advise says what mends f, and whether that takes a person.
func (c *Config) advise(f *failure) (remedy string, person bool) {
	var file *fileError
	var code kafka.Error
	switch {
	case errors.Is(f.err, context.Canceled):
		return "it was given up, because the sensor stops", false
	case errors.As(f.err, &file):
		return c.adviseFile(file), true
	case errors.Is(f.err, errOversize):
		return "raise publish.kafka.max_message, and max.message.bytes of the topic above it, then give it another try with: wormwatch outbox retry", true
	case errors.Is(f.err, errQuota):
		return "raise the quotas of the sensor's user or client id on the brokers (producer_byte_rate, request_percentage); until then records are late", false
	case errors.As(f.err, &code):
		return c.adviseCode(f, code)
	case f.at == connecting:
		return c.adviseConnection(f)
	case f.at == handshake:
		return c.adviseTLS(f)
	default:
		return c.adviseTalk(f)
	}
}

func (c *Config) adviseFile(e *fileError) string {
	switch {
	case e.path == "":
		return "give the user another password, or choose the mechanism plain with TLS"
	case errors.Is(e.err, errEncrypted):
		return "write a key without a passphrase, that only the sensor may read: openssl pkey -in " + e.path + " -out NEW"
	case errors.Is(e.err, os.ErrNotExist):
		return "write the path of a file that exists"
	case errors.Is(e.err, os.ErrPermission):
		return "let the user that the sensor runs as read it (chgrp, chmod g+r, or LoadCredential of systemd)"
	}
	return "correct what the file holds: it is read again at each connection"
}

// adviseConnection is about TCP and names.
func (c *Config) adviseConnection(f *failure) (string, bool) {
	var dns *net.DNSError
	switch {
	case errors.As(f.err, &dns) && dns.IsNotFound:
		return c.announced(f.where, "correct the host in publish.kafka.brokers, or teach the name server"), true
	case errors.As(f.err, &dns):
		return "the name server does not answer: see /etc/resolv.conf and the way to it", false
	case errors.Is(f.err, syscall.ECONNREFUSED):
		return c.announced(f.where, "start the broker, or correct the port in publish.kafka.brokers: nothing listens there"), false
	case timedOut(f.err):
		return c.announced(f.where, fmt.Sprintf("open the firewalls on the way, or raise publish.kafka.timeout: nothing answered within %v", c.Timeout)), false
	case errors.Is(f.err, syscall.EHOSTUNREACH), errors.Is(f.err, syscall.ENETUNREACH):
		return c.announced(f.where, "there is no way to it from here: see the routes and firewalls"), false
	}
	return c.announced(f.where, "see that the broker runs and can be reached from here"), false
}

// announced names who named an address that is not of the configuration.
func (c *Config) announced(address, remedy string) string {
	if slices.Contains(c.Brokers, address) {
		return remedy
	}
	return remedy + " (the cluster itself announces this address: advertised.listeners of the broker)"
}

// adviseTLS is about the handshake.
func (c *Config) adviseTLS(f *failure) (string, bool) {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
	)
	switch {
	case errors.As(f.err, &unknown):
		if c.TLS.CA == "" {
			return "write the authority that signed the broker's certificate as publish.kafka.tls.ca", true
		}
		return "publish.kafka.tls.ca did not sign the broker's certificate: write the authority that did", true
	case errors.As(f.err, &name):
		return "write a name that the certificate carries in publish.kafka.brokers, or as publish.kafka.tls.server_name", true
	case errors.As(f.err, &invalid) && invalid.Reason == x509.Expired:
		return "renew the broker's certificate; if it is not old, correct the clock of this host", true
	case errors.As(f.err, &invalid):
		return "the broker's certificate is not fit for its purpose: have another issued", true
	}
	return c.adviseTalk(f)
}

// adviseTalk is about a broker that answers oddly, or hangs up without a word.
func (c *Config) adviseTalk(f *failure) (string, bool) {
	text := f.err.Error()
	switch {
	case errors.Is(f.err, errAnswered):
		return "write publish.kafka.tls.enabled: true, or the port that speaks plaintext", true
	case strings.Contains(text, "tls: first record does not look like a TLS handshake"):
		return "write the port that speaks TLS, or publish.kafka.tls.enabled: false", true
	case strings.Contains(text, "remote error: tls:"): // the library keeps the alert's number to itself
		return c.adviseAlert(text), true
	case errors.Is(f.err, errForeign):
		return "write the port of a Kafka broker in publish.kafka.brokers", true
	case timedOut(f.err):
		return fmt.Sprintf("it accepts connections and did not answer within %v: see whether the broker is stuck or overloaded, "+
			"and whether the port speaks %s", c.Timeout, c.protocol()), false
	case hungUp(f.err) && f.at == handshake:
		return "the broker hung up: it starts or stops, or the port speaks no TLS: write one that does, or publish.kafka.tls.enabled: false", false
	case hungUp(f.err) && f.at == greeting && !c.TLS.Enabled:
		return "the broker hung up: it starts or stops, or the port speaks TLS and publish.kafka.tls.enabled: true is missing", false
	case hungUp(f.err) && f.at == greeting && c.TLS.Cert == "":
		return "the broker hung up: it starts or stops, or wants a certificate of the sensor (publish.kafka.tls.cert and key)", false
	case hungUp(f.err) && f.at == describing && c.SASL.Mechanism == "":
		return "the broker hung up: it starts or stops, or wants SASL (publish.kafka.sasl)", false
	case hungUp(f.err) && f.at == authenticating:
		return "the broker hung up: correct user name and password, unless it starts or stops", false
	case hungUp(f.err):
		return "the broker hung up: see whether it was stopped, and its log", false
	}
	return "it is tried again: see the log of the broker if it lasts", false
}

// adviseAlert is about what the broker holds against our part of the handshake.
func (c *Config) adviseAlert(text string) string {
	switch {
	case c.TLS.Cert == "":
		return "the broker wants a certificate of the sensor: write publish.kafka.tls.cert and publish.kafka.tls.key"
	case strings.Contains(text, "expired"), c.TLS.expired(time.Now()):
		return "renew the sensor's certificate, which has expired (publish.kafka.tls.cert)"
	}
	return "the broker does not take the sensor's certificate (publish.kafka.tls.cert): have it issued by an authority in the broker's trust store"
}

func (c *Config) protocol() string {
	if c.TLS.Enabled {
		return "TLS"
	}
	return "plaintext"
}

// timedOut reports whether err is for want of an answer.
func timedOut(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

// hungUp reports whether err is that the other side closed the connection.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
