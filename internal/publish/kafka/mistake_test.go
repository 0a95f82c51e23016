package kafka

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/sasl/plain"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// TestLeaderForgets: a broker that was just told of a topic, or has just given it up, does
// not know it; that passes.
func TestLeaderForgets(t *testing.T) {
	cfg := DefaultConfig()
	said := func(at stage) error { return later(cfg.failed(at, "t partition 0", coded(3, ""))) }
	says(t, said(writing), false, "nothing is to be done")
	says(t, said(describing), true, "kafka-topics.sh", "--create --topic t")
}

// TestHostileMetadata: names that a broker makes up neither reach a terminal as they are nor
// have topics created, and thousands of brokers make no long error.
func TestHostileMetadata(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Brokers, cfg.CreateTopic = []string{closedPort(t)}, true
	c := newCluster(&cfg, "core-1")
	res := &metadata.Response{Topics: []metadata.ResponseTopic{{Name: "evil", ErrorCode: 3}}}
	for i := range 1000 {
		res.Brokers = append(res.Brokers, metadata.ResponseBroker{NodeID: int32(i), Host: fmt.Sprintf("\x1b[2J\u202e%d", i), Port: 1})
	}
	c.take(res)
	if names := c.missing(); len(names) > 0 {
		t.Errorf("%q would be created", names)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, err := c.ask(ctx)
	if err == nil || len(err.Error()) > 4000 || strings.ContainsAny(err.Error(), "\x1b\u202e") {
		t.Errorf("%d octets: %.200q", len(fmt.Sprint(err)), fmt.Sprint(err))
	}
}

// TestCheckIsBrief: of what is wrong, one line each; nothing is said twice in a line.
func TestCheckIsBrief(t *testing.T) {
	c := real(t)
	cfg := settings(t, c.Bootstrap)
	c.Topic(t, cfg.Topic, 1, 1)
	closed := closedPort(t)
	cfg.Brokers, cfg.HealthTopic, cfg.CreateTopic = append(cfg.Brokers[:1:1], closed), "test.absent.here", false
	one := records(2, 2)
	one[1].Stream = record.Health
	var lines []string
	for _, f := range Check(t.Context(), cfg, "core-1", []record.Record{*one[0], *one[1]}) {
		lines = append(lines, fmt.Sprintf("%s|%v|%v", f.What, f.Err, f.Warning))
	}
	text := strings.Join(lines, "\n")
	for _, want := range []string{
		"broker " + c.Bootstrap[0] + "|<nil>|", "broker " + closed + "|connection refused|true",
		"topic test.absent.here|it does not exist (error 3)|false", "to topic " + cfg.Topic + "|<nil>|",
	} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q is not there once in\n%s", want, text)
		}
	}
	if strings.Count(text, "test.absent.here") != 1 {
		t.Errorf("more than a line about the topic:\n%s", text)
	}
}

// TestEncryptedKey: nobody is there to type the passphrase.
func TestEncryptedKey(t *testing.T) {
	for _, text := range []string{
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n",
		"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAA==\n-----END EC PRIVATE KEY-----\n",
	} {
		cfg := DefaultConfig()
		cert, _ := newAuthority(t).client(t, time.Hour)
		cfg.TLS = TLS{Enabled: true, Cert: cert, Key: write(t, "key", text)}
		_, err := cfg.TLS.load("kafka-1:9092")
		says(t, later(cfg.failed(handshake, "kafka-1:9092", err)), true, "passphrase", "openssl pkey")
	}
}

// TestRefusedHere: what is too large for our own bound is mended here.
func TestRefusedHere(t *testing.T) {
	_, cfg := imitation(t)
	r := records(1, 1)
	r[0].Body = noise(1 << 20)
	err := open(t, cfg).Send(t.Context(), r)[0]
	if !isRefused(err) || !strings.Contains(err.Error(), "raise publish.kafka.max_message") {
		t.Errorf("%v", err)
	}
}

// TestEcho: a broker that repeats what it was told betrays no password.
func TestEcho(t *testing.T) {
	said := withoutSecret("sensor:open sesame is unknown", plain.Mechanism{Username: "sensor", Password: "open sesame"})
	if said != "sensor:****** is unknown" {
		t.Error(said)
	}
}

// TestController: its port greets as a broker does.
func TestController(t *testing.T) {
	cfg := DefaultConfig()
	l := link{agreed: map[protocol.ApiKey]int16{}}
	_, err := l.ask(t.Context(), &metadata.Request{})
	says(t, later(cfg.failed(describing, "kafka-1:9093", err)), true, "no version that both speak", "only a controller")
}
