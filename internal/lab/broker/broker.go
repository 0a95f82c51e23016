// Package broker runs a real Apache Kafka 4 for tests, by scripts/kafka: one broker or a
// cluster of three on loopback, with TLS and users if wanted, which can be killed, paused and
// started again. What arrived is read by kcat, a client that nobody here wrote. All ends with
// the test, or with the test's process however it ends. Where Java, Maven, openssl or kcat is
// missing, tests fail.
package broker

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience is the longest that a command may take. The first start on a machine fetches
// Kafka.
const patience = 10 * time.Minute

// Options say which cluster is wanted; the zero value is one broker without TLS.
type Options struct {
	Brokers int  // 1 or 3; 0 means 1
	TLS     bool // also TLS, TLS with client certificates, and SASL over TLS
	Minutes int  // after which it ends by itself; 0 means 30
}

// Cluster is one that runs. Its methods end the test when something fails, so they are for
// the test's own goroutine.
//
// The listeners of Bootstrap and TLS ask for no name and allow everything. Those of MTLS and
// SASL allow User, and the client certificate, to describe and write topics that begin with
// "wormwatch." or "test.", and Nobody nothing at all.
type Cluster struct {
	dir string

	Bootstrap []string // plaintext; an address for each broker
	TLS       []string // without a client certificate
	MTLS      []string // with one
	SASL      []string // PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 over TLS

	CA, ClientCert, ClientKey string // PEM files

	User, Password         string
	Nobody, NobodyPassword string
}

// Start runs a cluster until the test ends.
func Start(tb testing.TB, o Options) *Cluster {
	tb.Helper()
	c, err := start(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Stop(tb) })
	return c
}

func start(o Options) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "wormwatch-kafka-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir}
	args := []string{"--brokers", strconv.Itoa(max(o.Brokers, 1)), "--parent", strconv.Itoa(os.Getpid())}
	if o.TLS {
		args = append(args, "--tls")
	}
	if o.Minutes > 0 {
		args = append(args, "--minutes", strconv.Itoa(o.Minutes))
	}
	out, err := c.script("start", args...)
	if err == nil {
		err = c.learn(out)
	}
	if err != nil {
		_ = os.Remove(dir) // the script leaves it empty at most
		return nil, fmt.Errorf("broker: %w", err)
	}
	return c, nil
}

// learn takes what scripts/kafka says of the cluster.
func (c *Cluster) learn(out string) (err error) {
	said := map[string]string{}
	for line := range strings.Lines(out) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			said[name] = value
		}
	}
	c.Bootstrap = strings.Split(said["plaintext"], ",")
	if said["tls"] == "" {
		return nil
	}
	c.TLS, c.MTLS, c.SASL = strings.Split(said["tls"], ","), strings.Split(said["mtls"], ","), strings.Split(said["sasl_ssl"], ",")
	c.CA, c.ClientCert, c.ClientKey = said["ca"], said["client_cert"], said["client_key"]
	c.User, c.Nobody = said["user"], said["nobody_user"]
	if c.Password, err = secret(said["password_file"]); err != nil {
		return err
	}
	c.NobodyPassword, err = secret(said["nobody_password_file"])
	return err
}

func secret(path string) (string, error) {
	b, err := os.ReadFile(path)
	return strings.TrimSpace(string(b)), err
}

func scriptPath() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "../../../scripts/kafka")
}

// script calls scripts/kafka and returns what it printed.
func (c *Cluster) script(command string, args ...string) (string, error) {
	return run(nil, scriptPath(), append([]string{command, "--dir", c.dir}, args...)...)
}

// run runs a program, which must succeed, and returns its standard output.
func run(input []byte, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var out, complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &complaint
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", filepath.Base(program), strings.Join(args, " "), err, complaint.String())
	}
	return out.String(), nil
}

func (c *Cluster) must(tb testing.TB, command string, args ...string) string {
	tb.Helper()
	out, err := c.script(command, args...)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// numbers are those of brokers, as arguments.
func numbers(brokers []int) (args []string) {
	for _, n := range brokers {
		args = append(args, strconv.Itoa(n))
	}
	return args
}

// Stop ends the cluster and removes what it stored. Start does so at the end of the test.
func (c *Cluster) Stop(tb testing.TB) {
	tb.Helper()
	if _, err := os.Stat(c.dir); err != nil {
		return // stopped before
	}
	if tb.Failed() {
		c.logTails(tb)
	}
	if _, err := c.script("stop"); err != nil {
		tb.Error(err)
	}
}

// logTails shows what the brokers said last.
func (c *Cluster) logTails(tb testing.TB) {
	tb.Helper()
	const most = 4 << 10
	for _, n := range c.Brokers() {
		log, err := os.ReadFile(filepath.Join(c.dir, strconv.Itoa(n), "log"))
		tb.Logf("broker %d: %v ...%s", n, err, log[max(0, len(log)-most):])
	}
}

// Brokers are the numbers of all.
func (c *Cluster) Brokers() (all []int) {
	for i := range c.Bootstrap {
		all = append(all, i+1)
	}
	return all
}

// Kill ends brokers by SIGKILL and returns when they are gone. The first is 1.
func (c *Cluster) Kill(tb testing.TB, brokers ...int) {
	tb.Helper()
	c.must(tb, "kill", numbers(brokers)...)
}

// Restart starts brokers that were killed, on their old ports and data, and returns when each
// takes part in the cluster. It needs a majority: after Kill of all, give it two at least.
func (c *Cluster) Restart(tb testing.TB, brokers ...int) {
	tb.Helper()
	c.must(tb, "restart", numbers(brokers)...)
}

// Pause stops brokers from running, with their connections open: they accept and never answer.
func (c *Cluster) Pause(tb testing.TB, brokers ...int) {
	tb.Helper()
	c.must(tb, "pause", numbers(brokers)...)
}

// Resume ends what Pause began.
func (c *Cluster) Resume(tb testing.TB, brokers ...int) {
	tb.Helper()
	c.must(tb, "resume", numbers(brokers)...)
}
