package kafka

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/wormwatch/wormwatch/internal/problem"
	"github.com/wormwatch/wormwatch/internal/size"
)

// Config is the cluster that records go to.
type Config struct {
	Brokers     []string      `yaml:"brokers" desc:"some brokers of the cluster as HOST:PORT, from which the others are learned; nothing goes to Kafka when empty"`
	Topic       string        `yaml:"topic" desc:"topic of the findings"`
	HealthTopic string        `yaml:"health_topic" desc:"topic of the records about the sensor itself"`
	CreateTopic bool          `yaml:"create_topic" desc:"create the topics where they are missing"`
	Partitions  int           `yaml:"partitions" desc:"partitions of a topic that is created"`
	Replicas    int           `yaml:"replicas" desc:"replicas of each partition of a topic that is created; 0: what the cluster does by default"`
	Timeout     time.Duration `yaml:"timeout" desc:"how long one request may take, connecting included, until it is tried again"`
	MaxMessage  size.Size     `yaml:"max_message" desc:"no batch is larger before compression; keep it below message.max.bytes of the topic"`
	TLS         TLS           `yaml:"tls"`
	SASL        SASL          `yaml:"sasl"`
}

// TLS is how the brokers are believed, and how they believe the sensor. Files are read
// whenever a connection is made, so that renewed ones need no restart.
type TLS struct {
	Enabled    bool   `yaml:"enabled" desc:"speak TLS"`
	CA         string `yaml:"ca" desc:"PEM file of the authorities that sign the brokers' certificates; those of the system when empty"`
	Cert       string `yaml:"cert" desc:"PEM file of the sensor's own certificate, with those between it and its authority"`
	Key        string `yaml:"key" desc:"PEM file of its key"`
	ServerName string `yaml:"server_name" desc:"name that the brokers' certificates carry, where it is not the host in brokers"`
}

// SASL is who the sensor is to the brokers.
type SASL struct {
	Mechanism    string `yaml:"mechanism" desc:"plain, scram-sha-256 or scram-sha-512; none when empty"`
	Username     string `yaml:"username" desc:"name of the user"`
	Password     string `yaml:"password" secret:"true" desc:"its password; better given by password_file, or by the environment"`
	PasswordFile string `yaml:"password_file" desc:"file that holds the password and nothing else; one line end behind it is ignored"`
}

// The mechanisms of SASL.
const (
	Plain       = "plain"
	ScramSHA256 = "scram-sha-256"
	ScramSHA512 = "scram-sha-512"
)

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Brokers: []string{}, Topic: "wormwatch.alerts", HealthTopic: "wormwatch.health",
		Partitions: 6, Timeout: 10 * time.Second, MaxMessage: 900 << 10,
	}
}

// Validate returns what is wrong.
func (c *Config) Validate() []problem.Problem {
	var ps problem.List
	for i, b := range c.Brokers {
		host, port, err := net.SplitHostPort(b)
		if n, _ := strconv.Atoi(port); err != nil || host == "" || n < 1 || n > 65535 {
			ps.Say(fmt.Sprintf("brokers[%d]", i), "%q is no broker: write HOST:PORT", b)
		}
	}
	for _, t := range []struct{ key, name string }{{"topic", c.Topic}, {"health_topic", c.HealthTopic}} {
		if !topic(t.name) {
			ps.Say(t.key, "%q is no topic: write 1 to 249 letters, digits, dots, dashes and underscores", t.name)
		}
	}
	if c.Topic == c.HealthTopic {
		ps.Say("health_topic", "%q is the topic of the findings: write another", c.HealthTopic)
	}
	ps.Count("partitions", c.Partitions, 1, 10_000)
	ps.Count("replicas", c.Replicas, 0, 100)
	ps.Duration("timeout", c.Timeout, 100*time.Millisecond, 10*time.Minute)
	if c.MaxMessage < 64<<10 || c.MaxMessage > 1<<30 {
		ps.Say("max_message", "%s is out of range: write a size from 64KiB to 1GiB", c.MaxMessage)
	}
	c.TLS.validate(&ps)
	c.SASL.validate(&ps)
	return ps
}

func (t *TLS) validate(ps *problem.List) {
	if !t.Enabled {
		for _, k := range []struct{ key, value string }{{"ca", t.CA}, {"cert", t.Cert}, {"key", t.Key}, {"server_name", t.ServerName}} {
			if k.value != "" {
				ps.Say("tls."+k.key, "is given, but tls.enabled is false: write enabled: true, or leave it out")
			}
		}
	}
	if t.Cert != "" && t.Key == "" {
		ps.Say("tls.key", "is missing: a certificate of the sensor needs its key")
	}
	if t.Key != "" && t.Cert == "" {
		ps.Say("tls.cert", "is missing: the key needs its certificate")
	}
}

func (s *SASL) validate(ps *problem.List) {
	switch s.Mechanism {
	case "":
		for _, k := range []struct{ key, value string }{{"username", s.Username}, {"password", s.Password}, {"password_file", s.PasswordFile}} {
			if k.value != "" {
				ps.Say("sasl."+k.key, "is given, but sasl.mechanism is empty: write plain, scram-sha-256 or scram-sha-512")
			}
		}
		return
	case Plain, ScramSHA256, ScramSHA512:
	default:
		ps.Say("sasl.mechanism", "%q is unknown: write plain, scram-sha-256 or scram-sha-512", s.Mechanism)
		return
	}
	if s.Username == "" {
		ps.Say("sasl.username", "is missing: write the name of the user")
	}
	switch {
	case s.Password == "" && s.PasswordFile == "":
		ps.Say("sasl.password_file", "is missing: write a file that holds the password")
	case s.Password != "" && s.PasswordFile != "":
		ps.Say("sasl.password_file", "is given beside sasl.password: leave one of them out")
	}
}

// topic reports whether Kafka takes name for a topic.
func topic(name string) bool {
	return len(name) > 0 && len(name) <= 249 && name != "." && name != ".." &&
		strings.IndexFunc(name, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r))
		}) < 0
}
