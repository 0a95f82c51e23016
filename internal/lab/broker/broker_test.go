package broker

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

var secured = Options{TLS: true}

// write gives a topic a record by kcat, which waits until all replicas have it.
func write(tb testing.TB, to []string, topic, value string, args ...string) error {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "value")
	if err := os.WriteFile(file, []byte(value), 0o600); err != nil {
		tb.Fatal(err)
	}
	args = append([]string{"-P", "-b", strings.Join(to, ","), "-t", topic, "-X", "acks=all", "-X", "message.timeout.ms=60000"}, args...)
	_, err := run(nil, "kcat", append(args, file)...)
	return err
}

func mustWrite(tb testing.TB, to []string, topic, value string, args ...string) {
	tb.Helper()
	if err := write(tb, to, topic, value, args...); err != nil {
		tb.Fatal(err)
	}
}

// eventually waits for what must come to be.
func eventually(tb testing.TB, what string, is func() bool) {
	tb.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			tb.Fatalf("not within a minute: %s", what)
		}
	}
}

func TestReadsExactOctets(t *testing.T) {
	t.Parallel()
	c := Shared(t, secured)
	c.Topic(t, "test.octets", 3, 1)
	values := []string{"{\"a\":1}", "\x00\x01\t\r\n\"\\/", "é\u2028\U0001f41b</script>", strings.Repeat("x", 900_000)}
	for i, v := range values {
		mustWrite(t, c.Bootstrap, "test.octets", v, "-k", "10.0.0.1", "-p", strconv.Itoa(i%3), "-H", "kind=a,b", "-H", "n="+strconv.Itoa(i))
	}
	mustWrite(t, c.Bootstrap, "test.octets", "without", "-p", "2")
	records := c.Read(t, "test.octets")
	if n := c.Count(t, "test.octets"); len(records) != 5 || n != 5 {
		t.Fatalf("%d read, %d counted, want 5", len(records), n)
	}
	for i, where := range []int{0, 2, 3, 1} { // sorted by partition: 0 3 1 2
		r := records[where]
		n, _ := r.Header("n")
		kind, _ := r.Header("kind")
		if r.Partition != i%3 || r.Offset != int64(i/3) || r.Key == nil || *r.Key != "10.0.0.1" || n != strconv.Itoa(i) || kind != "a,b" {
			t.Errorf("record %d: %d/%d key %v headers %v", i, r.Partition, r.Offset, r.Key, r.Headers)
		}
	}
	for i, want := range []string{values[0], values[3], values[1], values[2], "without"} {
		if r := records[i]; r.Value == nil || *r.Value != want || r.Time.IsZero() {
			t.Errorf("record %d: %v at %v, want %.40q", i, r.Value, r.Time, want)
		}
	}
	if r := records[4]; r.Key != nil || len(r.Headers) != 0 {
		t.Errorf("key %v headers %v where there are none", r.Key, r.Headers)
	}
}

// tls are kcat's settings to trust the cluster.
func (c *Cluster) tls(more ...string) []string {
	return append([]string{"-X", "security.protocol=SSL", "-X", "ssl.ca.location=" + c.CA}, more...)
}

func (c *Cluster) plain(user, password string) []string {
	return c.tls("-X", "security.protocol=SASL_SSL", "-X", "sasl.mechanism=PLAIN", "-X", "sasl.username="+user, "-X", "sasl.password="+password)
}

func TestWhoMayWrite(t *testing.T) {
	t.Parallel()
	c := Shared(t, secured)
	c.Topic(t, "test.users", 1, 1)
	c.Topic(t, "others", 1, 1)
	client := c.tls("-X", "ssl.certificate.location="+c.ClientCert, "-X", "ssl.key.location="+c.ClientKey)
	tests := []struct {
		name  string
		to    []string
		topic string
		args  []string
		want  string // of the error, "" for none
	}{
		{"tls", c.TLS, "test.users", c.tls(), ""},
		{"tls, system's CAs", c.TLS, "test.users", []string{"-X", "security.protocol=SSL"}, "certificate verify failed"},
		{"client certificate", c.MTLS, "test.users", client, ""},
		{"client certificate, other topic", c.MTLS, "others", client, "authorization failed"},
		{"no client certificate", c.MTLS, "test.users", c.tls(), "certificate"}, // bad or required, by version of Java,
		{"PLAIN", c.SASL, "test.users", c.plain(c.User, c.Password), ""},
		{"PLAIN, other topic", c.SASL, "others", c.plain(c.User, c.Password), "authorization failed"},
		{"PLAIN, nobody", c.SASL, "test.users", c.plain(c.Nobody, c.NobodyPassword), "authorization failed"},
		{"PLAIN, wrong password", c.SASL, "test.users", c.plain(c.User, "wrong"), "Authentication failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := c.Count(t, tt.topic)
			err := write(t, tt.to, tt.topic, tt.name, tt.args...)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if n := c.Count(t, tt.topic) - before; (n == 1) != (tt.want == "") {
				t.Errorf("%d records more", n)
			}
		})
	}
}

// TestSCRAM uses Kafka's own producer: Debian 12's kcat has librdkafka 2.0.2, whose SCRAM
// (before 2.6.1) repeats the client's nonce, which Kafka 4 refuses.
func TestSCRAM(t *testing.T) {
	t.Parallel()
	c := Shared(t, secured)
	c.Topic(t, "test.scram", 1, 1)
	for _, tt := range []struct{ mechanism, user, password, want string }{
		{"SCRAM-SHA-256", c.User, c.Password, ""},
		{"SCRAM-SHA-512", c.User, c.Password, ""},
		{"SCRAM-SHA-512", c.User, "wrong", "SaslAuthenticationException"},
		{"SCRAM-SHA-256", c.Nobody, c.NobodyPassword, "TopicAuthorizationException"},
	} {
		t.Run(tt.mechanism+" "+tt.user, func(t *testing.T) {
			before := c.Count(t, "test.scram")
			said := c.produce(t, tt.mechanism, tt.user, tt.password)
			if !strings.Contains(said, tt.want) || tt.want == "" && said != "" {
				t.Errorf("%s, want %q", said, tt.want)
			}
			if n := c.Count(t, "test.scram") - before; (n == 1) != (tt.want == "") {
				t.Errorf("%d records more", n)
			}
		})
	}
}

// produce writes a record as a user by Kafka's producer, and returns its complaint.
func (c *Cluster) produce(t *testing.T, mechanism, user, password string) string {
	t.Helper()
	settings := filepath.Join(t.TempDir(), "settings")
	text := fmt.Sprintf("security.protocol=SASL_SSL\nsasl.mechanism=%s\nssl.truststore.type=PEM\nssl.truststore.location=%s\n"+
		"enable.idempotence=false\nsasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=%q password=%q;\n",
		mechanism, c.CA, user, password)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(scriptPath(), "run", "--dir", c.dir, "org.apache.kafka.tools.ConsoleProducer",
		"--bootstrap-server", strings.Join(c.SASL, ","), "--producer.config", settings, "--topic", "test.scram")
	cmd.Stdin = strings.NewReader(user + "\n")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	_ = cmd.Run() // fails or not where it complains, by version
	return complaint.String()
}

func TestClusterSurvives(t *testing.T) {
	t.Parallel()
	c := Start(t, Options{Brokers: 3})
	c.Topic(t, "test.life", 3, 3)
	sent := 0
	send := func() {
		t.Helper()
		for p := range 3 {
			mustWrite(t, c.Bootstrap, "test.life", strconv.Itoa(sent), "-p", strconv.Itoa(p))
			sent++
		}
	}
	there := func(after string) {
		t.Helper()
		eventually(t, "all records are there after "+after, func() bool {
			values := map[string]bool{}
			for _, r := range c.Read(t, "test.life") {
				values[*r.Value] = true
			}
			return len(values) == sent
		})
	}
	led := func() bool { return !slices.Contains(c.Leaders(t, "test.life"), -1) }
	send()

	before := c.Leaders(t, "test.life")
	c.MoveLeaders(t, "test.life")
	after := c.Leaders(t, "test.life")
	for p := range before {
		if before[p] == after[p] || after[p] < 1 {
			t.Errorf("partition %d moved from broker %d to %d", p, before[p], after[p])
		}
	}
	send()
	there("a move")

	c.Kill(t, after[0])
	eventually(t, "others lead what a dead broker led", func() bool { return led() && !slices.Contains(c.Leaders(t, "test.life"), after[0]) })
	send()
	there("the death of one")
	c.Restart(t, after[0])

	c.Pause(t, after[1])
	eventually(t, "others lead what a paused broker led", func() bool { return led() && !slices.Contains(c.Leaders(t, "test.life"), after[1]) })
	send()
	c.Resume(t, after[1])
	c.Settle(t)

	c.Kill(t, c.Brokers()...)
	c.Restart(t, c.Brokers()...)
	eventually(t, "all partitions are led", led)
	there("the death of all")
	send()
	there("their return")
}

// TestEndsWithParent kills the process that a cluster belongs to.
func TestEndsWithParent(t *testing.T) {
	t.Parallel()
	parent := exec.Command("sleep", "600")
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	reaped := make(chan error, 1)
	go func() { reaped <- parent.Wait() }()
	c := &Cluster{dir: filepath.Join(t.TempDir(), "kafka")}
	c.must(t, "start", "--parent", strconv.Itoa(parent.Process.Pid))
	t.Cleanup(func() { c.Stop(t) })
	pid, err := os.ReadFile(filepath.Join(c.dir, "1/pid"))
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-reaped
	eventually(t, "the cluster is gone", func() bool {
		_, err := os.Stat(c.dir)
		line, _ := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/cmdline")
		return os.IsNotExist(err) && !bytes.Contains(line, []byte(c.dir))
	})
}

func TestParseRefuses(t *testing.T) {
	for name, out := range map[string]string{
		"not UTF-8":   "{\"payload\":\"\xff\"}",
		"cut short":   `{"payload":"a"`,
		"odd headers": `{"headers":["a"]}`,
	} {
		if records, err := parse(out); err == nil {
			t.Errorf("%s: %v", name, records)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"topic":"t","partition":1,"offset":2,"tstype":"create","ts":3,"broker":1,"headers":["a","b"],"key":null,"payload":"x"}`)
	f.Fuzz(func(t *testing.T, out string) {
		records, err := parse(out)
		if err != nil && records != nil {
			t.Errorf("%v beside %v", records, err)
		}
	})
}
