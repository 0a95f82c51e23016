package kafka

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
	file string
}

// newAuthority is one that no broker knows.
func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	der := a.sign(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, NotAfter: time.Now().Add(time.Hour)}, a.key)
	a.cert, _ = x509.ParseCertificate(der)
	a.file = write(t, "ca", block("CERTIFICATE", der))
	return a
}

// loadAuthority is the one of the test broker.
func loadAuthority(t *testing.T, file string) *authority {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(file, filepath.Join(filepath.Dir(file), "ca.key"))
	if err != nil {
		t.Fatal(err)
	}
	return &authority{pair.Leaf, pair.PrivateKey.(crypto.Signer), file}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *authority) sign(t *testing.T, c *x509.Certificate, key crypto.Signer) []byte {
	t.Helper()
	c.SerialNumber, c.Subject, c.NotBefore = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: "sensor"}, c.NotAfter.Add(-100*time.Hour)
	parent := a.cert
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// client returns the files of a certificate that ends after so long, and of its key.
func (a *authority) client(t *testing.T, lasts time.Duration) (cert, key string) {
	t.Helper()
	k := newKey(t)
	der := a.sign(t, &x509.Certificate{NotAfter: time.Now().Add(lasts), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, k)
	pkcs, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "cert", block("CERTIFICATE", der)), write(t, "key", block("PRIVATE KEY", pkcs))
}

// expiredServer is the address of a server whose certificate ended an hour ago.
func (a *authority) expiredServer(t *testing.T) string {
	t.Helper()
	key := newKey(t)
	der := a.sign(t, &x509.Certificate{
		NotAfter: time.Now().Add(-time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, key)
	cfg := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return listen(t, func(conn net.Conn) {
		s := tls.Server(conn, cfg)
		_ = s.SetDeadline(time.Now().Add(30 * time.Second))
		_ = s.Handshake() // the client ends it
	})
}

func block(kind string, der []byte) string {
	var b strings.Builder
	_ = pem.Encode(&b, &pem.Block{Type: kind, Bytes: der})
	return b.String()
}
