package live

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// refusals puts an interface in the place of rx whose driver does not take native XDP, each
// for its own reason.
var refusals = map[string]struct {
	why   string
	setup func(b *bench)
}{
	"no such mode": {"it has no such mode", func(b *bench) {
		b.sensor.IP("link", "add", "mv0", "link", "rx", "address", "02:00:00:00:00:02", "type", "macvlan", "mode", "bridge")
		b.sensor.IP("link", "set", "mv0", "up")
	}},
	"too few queues": {"it has too few queues", func(b *bench) {
		b.sensor.IP("link", "delete", "rx")
		b.sender.IP("link", "add", "va", "numtxqueues", "4", "numrxqueues", "4", "type", "veth", "peer", "name", "mv0", "netns", b.sensor.Name)
		b.sender.IP("link", "set", "va", "up")
		b.sensor.IP("link", "set", "mv0", "up")
	}},
}

// TestRefused: where the driver does not take native XDP generic runs, and the log says
// why; native alone is an error. It goes on after another MTU, when native is tried anew.
func TestRefused(t *testing.T) {
	for name, c := range refusals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			c.setup(b)
			cfg := testConfig("mv0")
			cfg.Mode = capture.ModeNative
			refused(t, "native alone", open(b.sensor, cfg), errDriver, c.why)
			cfg.Mode = capture.ModeAuto
			r := run(t, b.sensor, cfg, testWants())
			r.says("level=WARN", "interface=mv0", "mode=generic", "native XDP: the driver refuses", c.why)
			b.fresh(r, 445)
			b.sensor.IP("link", "set", "mv0", "mtu", "1400")
			r.says("MTU changed", "mtu=1400")
			r.await("capture", func([]packet.Event) bool { return r.stats().Live.Links[0].Mode == capture.ModeGeneric })
			b.fresh(r, 139)
			if n := strings.Count(r.log.String(), "mode=generic"); n != 2 {
				t.Errorf("generic was taken %d times, want 2", n)
			}
		})
	}
}

// TestAttachError: what the kernel's errors come to. Another mode is tried where it is the
// driver that refuses, and only there.
func TestAttachError(t *testing.T) {
	dev := &device{name: "eth1", mtu: 9000}
	for errno, c := range map[unix.Errno]struct {
		is   error
		says string
	}{
		unix.EBUSY:      {ErrTaken, "interface eth1 has another XDP program"},
		unix.EEXIST:     {ErrTaken, "af_packet works beside it"},
		unix.ENODEV:     {ErrMissing, "interface eth1 is not there"},
		unix.EPERM:      {capture.ErrNoBPF, "eth1"},
		unix.EOPNOTSUPP: {errDriver, "interface eth1, native XDP: the driver refuses: it has no such mode"},
		unix.EINVAL:     {errDriver, "the MTU of 9000"},
		unix.ERANGE:     {errDriver, "the MTU of 9000"},
		unix.ENOSPC:     {errDriver, "too few queues"},
		unix.EIO:        {errDriver, "input/output error"},
	} {
		err := attachError(dev, xdpModes(capture.ModeNative)[0], errors.Join(errors.New("create link"), errno))
		refused(t, errno.Error(), err, c.is, c.says)
	}
}
