package kafka

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab/broker"
	"github.com/wormwatch/wormwatch/internal/publish"
)

// secured returns settings that are right for SASL over TLS.
func secured(t *testing.T, c *broker.Cluster, mechanism string) Config {
	cfg := settings(t, c.SASL)
	cfg.CreateTopic = false // the user may not
	cfg.TLS = TLS{Enabled: true, CA: c.CA}
	cfg.SASL = SASL{Mechanism: mechanism, Username: c.User, PasswordFile: write(t, "password", c.Password+"\n")}
	return cfg
}

// mutual returns settings that are right for TLS with a client certificate.
func mutual(t *testing.T, c *broker.Cluster) Config {
	cfg := settings(t, c.MTLS)
	cfg.CreateTopic = false
	cfg.TLS = TLS{Enabled: true, CA: c.CA, Cert: c.ClientCert, Key: c.ClientKey}
	return cfg
}

// write writes a file of this test.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sendOne sends a record.
func sendOne(t *testing.T, s *Sink) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return s.Send(ctx, records(1, 1))[0]
}

// says holds an error to be for now only, to say all these words, to betray no secret, and to
// need a person or not.
func says(t *testing.T, err error, person bool, words ...string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("not an *Error: %v", err)
	}
	var refused *publish.Refused
	if errors.As(err, &refused) {
		t.Errorf("refused for good: %v", err)
	}
	t.Log(err)
	var broken *publish.Broken
	if errors.As(err, &broken) != person {
		t.Errorf("needs a person: %v: %v", !person, err)
	}
	text := err.Error()
	if Explain(err) == "" || !strings.Contains(text, Explain(err)) || strings.ContainsAny(text, "\n\x00") {
		t.Errorf("no remedy, or no line: %q", text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not in %q", w, text)
		}
	}
	for _, secret := range []string{"open sesame", real(t).Password, real(t).NobodyPassword} {
		if strings.Contains(text, secret) {
			t.Errorf("a password is in %q", text)
		}
	}
}

// TestBadInput breaks settings that work, one thing at a time. In each case the record
// waits, the error says what to do, and the record arrives with the right settings.
func TestBadInput(t *testing.T) {
	c := real(t)
	authority, _ := os.ReadFile(c.CA)
	tests := []struct {
		name   string
		base   func(*testing.T, *broker.Cluster) Config
		spoil  func(*testing.T, *Config)
		person bool
		words  []string
	}{
		{"password of plain", as(Plain), badPassword, true, []string{"password", `"sensor"`, "JAAS"}},
		{"password of scram-sha-256", as(ScramSHA256), badPassword, true, []string{"kafka-configs.sh", "'SCRAM-SHA-256=[password=...]'"}},
		{"password of scram-sha-512", as(ScramSHA512), badPassword, true, []string{"kafka-configs.sh", "--entity-name sensor", "'SCRAM-SHA-512=[password=...]'"}},
		{"user", as(ScramSHA512), func(_ *testing.T, c *Config) { c.SASL.Username = "ghost" }, true, []string{`"ghost"`}},
		{"password file missing", as(ScramSHA512), func(_ *testing.T, c *Config) { c.SASL.PasswordFile += ".gone" }, true, []string{"sasl.password_file", "no such file", "write the path"}},
		{"password file a device", as(ScramSHA512), func(_ *testing.T, c *Config) { c.SASL.PasswordFile = "/dev/zero" }, true, []string{"sasl.password_file", "is no ordinary file"}},
		{"password file empty", as(ScramSHA512), func(t *testing.T, c *Config) { c.SASL.PasswordFile = write(t, "password", "\n") }, true, []string{"sasl.password_file", "is empty"}},
		{"mechanism", as(Plain), func(_ *testing.T, c *Config) { c.Brokers = real(t).TLS }, true, []string{"no SASL"}},
		{"SASL missing", as(Plain), func(_ *testing.T, c *Config) { c.SASL = SASL{} }, false, []string{"wants SASL"}},
		{"authority unknown", as(ScramSHA512), func(t *testing.T, c *Config) { c.TLS.CA = "" }, true, []string{"unknown authority", "publish.kafka.tls.ca"}},
		{"authority wrong", as(ScramSHA512), func(t *testing.T, c *Config) { c.TLS.CA = newAuthority(t).file }, true, []string{"unknown authority", "did not sign"}},
		{"authority missing", as(ScramSHA512), func(t *testing.T, c *Config) { c.TLS.CA += ".gone" }, true, []string{"tls.ca", "no such file"}},
		{"authority no PEM", as(ScramSHA512), func(t *testing.T, c *Config) { c.TLS.CA = write(t, "ca", string(authority[20:])) }, true, []string{"holds no certificate"}},
		{"host name", as(ScramSHA512), func(t *testing.T, c *Config) { c.TLS.ServerName = "kafka.example" }, true, []string{"kafka.example", "server_name"}},
		{"client certificate missing", mutual, func(t *testing.T, c *Config) { c.TLS.Cert, c.TLS.Key = "", "" }, true, []string{"wants a certificate", "tls.cert"}},
		{"client certificate foreign", mutual, func(t *testing.T, c *Config) { c.TLS.Cert, c.TLS.Key = newAuthority(t).client(t, time.Hour) }, true, []string{"does not take the sensor's certificate"}},
		{"client certificate expired", mutual, func(t *testing.T, c *Config) {
			c.TLS.Cert, c.TLS.Key = loadAuthority(t, real(t).CA).client(t, -time.Hour)
		}, true, []string{"renew the sensor's certificate, which has expired"}},
		{"client key of another", mutual, func(t *testing.T, c *Config) { _, c.TLS.Key = newAuthority(t).client(t, time.Hour) }, true, []string{"tls.cert and tls.key"}},
		{"TLS to plaintext", as(ScramSHA512), func(_ *testing.T, c *Config) { c.Brokers = real(t).Bootstrap }, false, []string{"TLS", "publish.kafka.tls.enabled: false"}},
		{"plaintext to TLS", plaintext, func(_ *testing.T, c *Config) { c.Brokers = real(t).TLS }, true, []string{"publish.kafka.tls.enabled: true"}},
		{"unknown host", plaintext, func(_ *testing.T, c *Config) { c.Brokers = []string{"kafka..example:9092"} }, true, []string{"kafka..example", "correct the host"}},
		{"refused", plaintext, func(t *testing.T, c *Config) { c.Brokers = []string{closedPort(t)} }, false, []string{"connection refused", "start the broker"}},
		{"never answers", plaintext, func(t *testing.T, c *Config) {
			c.Brokers, c.Timeout = []string{listen(t, func(net.Conn) {})}, 500*time.Millisecond
		}, false, []string{"did not answer within 500ms"}},
		{"TLS never answers", as(Plain), func(t *testing.T, c *Config) {
			c.Brokers, c.Timeout = []string{listen(t, func(net.Conn) {})}, 500*time.Millisecond
		}, false, []string{"did not answer within 500ms", "speaks TLS"}},
		{"hangs up", plaintext, func(t *testing.T, c *Config) {
			c.Brokers = []string{listen(t, func(conn net.Conn) { _ = conn.Close() })}
		}, false, []string{"hung up"}},
		{"web server", plaintext, func(t *testing.T, c *Config) {
			c.Brokers = []string{listen(t, func(conn net.Conn) { _, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) })}
		}, true, []string{"does not speak the protocol", "HTTP", "port of a Kafka broker"}},
		{"server certificate expired", as(Plain), func(t *testing.T, c *Config) {
			c.Brokers = []string{loadAuthority(t, real(t).CA).expiredServer(t)}
		}, true, []string{"expired", "renew the broker's certificate"}},
		{"right missing", as(ScramSHA512), func(t *testing.T, c *Config) {
			c.SASL.Username, c.SASL.PasswordFile = real(t).Nobody, write(t, "password", real(t).NobodyPassword)
		}, true, []string{"kafka-acls.sh", "User:nobody", "--operation Write", "--topic test."}},
		{"topic missing", as(ScramSHA512), func(_ *testing.T, c *Config) { c.Topic = "test.absent" }, true, []string{"kafka-topics.sh", "--create --topic test.absent --partitions 6", "--command-config"}},
		{"replicas too many", plaintext, func(_ *testing.T, c *Config) { c.Topic, c.Replicas = "test.replicas", 3 }, true, []string{"creating test.replicas", "publish.kafka.replicas"}},
	}
	c.Topic(t, "test.bad", 1, 1)
	for _, test := range tests {
		t.Run(strings.ReplaceAll(test.name, " ", "_"), func(t *testing.T) {
			good := test.base(t, c)
			good.Topic, good.HealthTopic = "test.bad", "test.bad.health"
			bad := good
			test.spoil(t, &bad)
			s := open(t, bad)
			says(t, sendOne(t, s), test.person, test.words...)
			s.cluster.pool.close() // one that was allowed in keeps its name
			s.cfg = good
			if err := sendOne(t, s); err != nil {
				t.Errorf("with the right settings: %v", err)
			}
			found := Check(t.Context(), bad, "core-1", nil)
			if !slices.ContainsFunc(found, func(f Finding) bool { return f.Err != nil && f.Remedy != "" && !f.Warning }) {
				t.Errorf("check says %+v", found)
			}
		})
	}
	if n := c.Count(t, "test.bad"); n != len(tests) {
		t.Errorf("%d records arrived, want %d", n, len(tests))
	}
}

func as(mechanism string) func(*testing.T, *broker.Cluster) Config {
	return func(t *testing.T, c *broker.Cluster) Config { return secured(t, c, mechanism) }
}

func badPassword(t *testing.T, c *Config) { c.SASL.PasswordFile = write(t, "password", "open sesame") }

func plaintext(t *testing.T, c *broker.Cluster) Config { return settings(t, c.Bootstrap) }

// closedPort returns an address where nothing listens.
func closedPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// listen serves each connection once, and leaves it open until the end of the test.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
			defer func() { _ = conn.Close() }()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}
