package main

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// access is how to get at a cluster that is not open to everybody.
type access struct{ ca, user, passwordFile string }

func (a *access) register(f *flag.FlagSet) {
	f.StringVar(&a.ca, "ca", "", "speak TLS, and believe brokers whose certificates an authority of this PEM `FILE` signed")
	f.StringVar(&a.user, "user", "", "`NAME` for SASL SCRAM-SHA-512")
	f.StringVar(&a.passwordFile, "password-file", "", "`FILE` with the password of -user")
}

func (a *access) dialer() (*kafka.Dialer, error) {
	d := &kafka.Dialer{Timeout: 10 * time.Second, DualStack: true}
	if a.ca != "" {
		pool, err := authorities(a.ca)
		if err != nil {
			return nil, err
		}
		d.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	if a.user != "" {
		var err error
		if d.SASLMechanism, err = scramOf(a.user, a.passwordFile); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func authorities(path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: holds no certificate in PEM", path)
	}
	return pool, nil
}

func scramOf(user, passwordFile string) (sasl.Mechanism, error) {
	password, err := os.ReadFile(passwordFile)
	if err != nil {
		return nil, fmt.Errorf("-password-file: %w", err)
	}
	return scram.Mechanism(scram.SHA512, user, strings.TrimRight(string(password), "\r\n"))
}
