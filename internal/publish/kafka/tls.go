package kafka

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

var errEncrypted = errors.New("the key wants a passphrase")

// shake makes a TLS connection of raw.
func (t *TLS) shake(ctx context.Context, raw net.Conn, address string) (net.Conn, error) {
	cfg, err := t.load(address)
	if err != nil {
		return raw, err
	}
	conn := tls.Client(raw, cfg)
	if err := conn.HandshakeContext(ctx); err != nil {
		return raw, err
	}
	return conn, nil
}

// load reads the files, as they are now.
func (t *TLS) load(address string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if cfg.ServerName == "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		cfg.ServerName = host
	}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, &fileError{"tls.ca", t.CA, err}
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &fileError{"tls.ca", t.CA, fmt.Errorf("%s holds no certificate in PEM", t.CA)}
		}
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			if text, _ := os.ReadFile(t.Key); bytes.Contains(text, []byte("ENCRYPTED")) {
				return nil, &fileError{"tls.key", t.Key, errEncrypted}
			}
			return nil, &fileError{"tls.cert and tls.key", t.Cert + " and " + t.Key, err}
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}

// expired reports whether the sensor's own certificate was only good until before now.
func (t *TLS) expired(now time.Time) bool {
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	return err == nil && now.After(pair.Leaf.NotAfter)
}

// fileError says that a file of the configuration is of no use.
type fileError struct {
	key, path string
	err       error
}

// Error says why.
func (e *fileError) Error() string { return fmt.Sprintf("publish.kafka.%s: %v", e.key, e.err) }

// Unwrap returns why.
func (e *fileError) Unwrap() error { return e.err }
