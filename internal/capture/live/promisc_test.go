package live

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/capture"
)

// TestPromiscuous: a mirror port takes in what is addressed to others for as long as it is
// captured from; a router's interface is left as it is.
func TestPromiscuous(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	holds := func(when, want string) {
		t.Helper()
		if out := b.sensor.IP("-d", "link", "show", "rx"); !strings.Contains(out, "promiscuity "+want+" ") {
			t.Errorf("%s: want promiscuity %s:\n%s", when, want, out)
		}
	}
	for role, want := range map[string]string{capture.RoleSpan: "1", capture.RoleRouter: "0"} {
		cfg := testConfig("rx")
		cfg.Role = role
		r := run(t, b.sensor, cfg, testWants())
		b.fresh(r, 445)
		holds(role, want)
		r.stop()
		holds("after "+role, "0")
	}
}

func TestDeaf(t *testing.T) {
	for err, want := range map[error]string{
		unix.EPERM:  "CAP_NET_RAW is missing: give it, or ip link set eth1 promisc on",
		unix.ENODEV: "no such device: ip link set eth1 promisc on",
	} {
		if got := deaf("eth1", err).Error(); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}
