package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSecrets: whatever is wrong, and whatever is printed, a secret is not in it.
func TestSecrets(t *testing.T) {
	const user = "publish: {kafka: {sasl: {mechanism: plain, username: sensor, password: "
	for text, says := range map[string]string{
		user + "20263141}}}":          "FILE:1: publish.kafka.sasl.password: is not text: write it in quotes",
		user + "[20263141]}}}":        "publish.kafka.sasl.password",
		user + "{a: 20263141}}}}":     "publish.kafka.sasl.password",
		user + "'********'}}}":        "FILE:1: publish.kafka.sasl.password: is what wormwatch config prints in place of a secret",
		user + "!!binary 20263141}}}": "publish.kafka.sasl.password",
	} {
		path := filepath.Join(t.TempDir(), "wormwatch.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path, nil, nil)
		if err == nil || strings.Contains(err.Error(), "20263141") || !strings.Contains(err.Error(), strings.Replace(says, "FILE", path, 1)) {
			t.Errorf("%s: %v", text, err)
		}
	}
	_, err := Load("", []string{"publish.kafka.sasl.password=20263141"}, nil)
	if err == nil || strings.Contains(err.Error(), "20263141") || !strings.Contains(err.Error(), "WORMWATCH_PUBLISH_KAFKA_SASL_PASSWORD") {
		t.Errorf("argument: %v", err)
	}
	c, err := Load("", []string{"publish.kafka.sasl.mechanism=plain", "publish.kafka.sasl.username=sensor"},
		[]string{"WORMWATCH_PUBLISH_KAFKA_SASL_PASSWORD= 2026,3141 "})
	if err != nil {
		t.Fatal(err)
	}
	if c.Publish.Kafka.SASL.Password != " 2026,3141 " || strings.Contains(string(c.YAML()), "3141") {
		t.Errorf("%q\n%s", c.Publish.Kafka.SASL.Password, c.YAML())
	}
}
