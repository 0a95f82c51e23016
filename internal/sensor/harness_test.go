package sensor

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/alert/alerttest"
	"github.com/wormwatch/wormwatch/internal/allow"
	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/detect"
	"github.com/wormwatch/wormwatch/internal/detect/c2"
	"github.com/wormwatch/wormwatch/internal/detect/edge"
	"github.com/wormwatch/wormwatch/internal/detect/incident"
	"github.com/wormwatch/wormwatch/internal/detect/lineage"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/novelty"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/packettest"
	"github.com/wormwatch/wormwatch/internal/stream"
)

// Who plays in the scenarios. Nobody uses 10.66.0.0/16.
const (
	worm   = "10.1.0.5"
	victim = "10.1.0.9"
	third  = "10.1.0.7"
	herder = "198.51.100.7"
	dark   = "10.66.1.1"
)

// lab is a scenario and the sensor that is to watch it.
type lab struct {
	*packettest.Scenario
	t     alerttest.TB
	cfg   Config
	site  Site
	lists []blocklist.Config
	ports uint16 // given to connections
}

// defaults is the configuration that holds where nothing is written.
func defaults() Config {
	return Config{
		Flow: flow.DefaultConfig(), Scans: detect.DefaultConfig(), Streams: stream.DefaultConfig(), IRC: c2.DefaultConfig(),
		Boundary: edge.DefaultConfig(), Novelty: novelty.DefaultConfig(), Lineage: lineage.DefaultConfig(),
		Incidents: incident.DefaultConfig(),
	}
}

// newLab returns one whose networks.home is not only the default.
func newLab(t alerttest.TB, tune ...func(*lab)) *lab {
	l := &lab{Scenario: packettest.NewScenario(), t: t, ports: 2000, cfg: defaults()}
	m, st := &l.cfg.Flow.Memory, &l.cfg.Scans.Tables
	m.HalfOpen, m.Pairs, m.Addresses = 1<<12, 1<<14, 1<<14
	st.Sources, st.Dossiers, st.Targets, st.Prefixes, st.Episodes = 1<<12, 1<<10, 1<<12, 1<<10, 1<<8
	l.cfg.Streams.Openings, l.cfg.Streams.Followed = 1<<12, 256
	l.cfg.IRC.Tables = c2.Tables{Sessions: 256, Places: 256, Episodes: 64}
	l.cfg.Boundary.Tables = edge.Tables{Sources: 256, Episodes: 64}
	l.cfg.Novelty.Tables, l.cfg.Novelty.Learning = novelty.Tables{Seen: 1 << 12, Openings: 1 << 10, Told: 1 << 10, Episodes: 64}, 0
	l.cfg.Lineage.Victims, l.cfg.Incidents.Tables = 1<<10, incident.Tables{Hosts: 1 << 10, Episodes: 1 << 6}
	l.cfg.Flow.Networks.Dark = []netip.Prefix{netip.MustParsePrefix("10.66.0.0/16")}
	l.site = Site{Sensor: "test"}
	for _, f := range tune {
		f(l)
	}
	return l
}

// allowing permits what an entry says.
func allowing(e allow.Entry) func(*lab) {
	return func(l *lab) { l.site.Allow = allow.New([]allow.Entry{e}) }
}

// sensor returns a new one.
func (l *lab) sensor() *Sensor {
	site := l.site
	var groups []string
	for _, g := range l.cfg.Flow.Services {
		groups = append(groups, g.Name)
	}
	site.Seen, site.Lists = novelty.New(l.cfg.Novelty, groups, 1), blocklist.New(l.lists)
	site.Lists.Refresh(time.Unix(1, 0))
	return New(l.cfg, site, 1)
}

// play shows the scenario to a new sensor and returns what it finds. Where idle is given,
// it says how often, from one packet to the next, the sensor is told the time.
func (l *lab) play(idle ...func(from, to packet.Time) []packet.Time) []alert.Finding {
	out := l.show(l.sensor(), idle...)
	for i := range out {
		alerttest.Validate(l.t, alert.AppendOCSF(nil, &out[i], "test"))
	}
	return out
}

// show is play for a sensor that saw something before.

func (l *lab) show(s *Sensor, idle ...func(from, to packet.Time) []packet.Time) (out []alert.Finding) {
	var before packet.Time
	for _, r := range l.Records {
		for _, f := range idle {
			for _, now := range f(before, r.Time) {
				out = s.Advance(now, out)
			}
		}
		before = r.Time
		ev := packet.Event{Time: r.Time}
		if st := packet.Parse(packet.LinkEthernet, r.Frame, len(r.Frame), &ev); st != packet.OK {
			l.t.Fatalf("packet: %v", st)
		}
		out = s.Observe(&ev, r.Frame[ev.Data:ev.Data+uint32(ev.Held)], out)
	}
	return s.Advance(l.Now, out)
}

// port returns another client port each time.
func (l *lab) port() uint16 {
	l.ports++
	return l.ports
}

// registers has a host register with an IRC server; the connection stays open.
func (l *lab) registers(host, server string, port uint16, nick string) *packettest.Connection {
	c := l.Connect(host, server, l.port(), port)
	c.Says("NICK " + nick + "\r\nUSER " + nick + " 0 0 :" + nick + "\r\n")
	l.Wait(10 * time.Millisecond)
	c.Hears(":irc.example.org 001 " + nick + " :Welcome\r\n")
	c.Says("JOIN #a\r\n")
	return c
}

// bot has a host register as bots do, and take the order to sweep.
func (l *lab) bot(host string) *packettest.Connection {
	c := l.registers(host, herder, 4915, "USA|XP|482913")
	c.Hears(":irc.example.org 332 USA|XP|482913 #a :.advscan netapi 100 5 0 -b -r\r\n")
	return c
}

// exploits has a host reach another on SMB and send something.
func (l *lab) exploits(from, to string) {
	c := l.Connect(from, to, l.port(), 445)
	l.Wait(20 * time.Millisecond)
	c.Says("\x00\x00\x00\x04abcd")
	l.Wait(20 * time.Millisecond)
	c.Close()
}

// sweeps has a host try n unused addresses.
func (l *lab) sweeps(host, first string, n int, gap time.Duration) { l.Sweep(host, first, n, 445, gap) }

// of returns the findings of a kind and step about a host.
func of(fs []alert.Finding, k alert.Kind, a alert.Activity, host string) (out []alert.Finding) {
	return slices.DeleteFunc(slices.Clone(fs), func(f alert.Finding) bool {
		return f.Kind != k || f.Activity != a || f.Source.IP != netip.MustParseAddr(host)
	})
}

// created returns whom a kind of finding is about, each as often as an episode begins.
func created(fs []alert.Finding, k alert.Kind) (hosts []string) {
	for i := range fs {
		if fs[i].Kind == k && fs[i].Activity == alert.Create {
			hosts = append(hosts, fs[i].Source.IP.String())
		}
	}
	return hosts
}

// infectors returns by whom each host was infected, as told last.
func infectors(fs []alert.Finding) map[string]string {
	by := map[string]string{}
	for i := range fs {
		if d := fs[i].Incident; d != nil && d.InfectedBy != nil {
			by[fs[i].Source.IP.String()] = d.InfectedBy.Host.String()
		}
	}
	return by
}

func lines(fs []alert.Finding) (out []string) {
	for i := range fs {
		f := &fs[i]
		out = append(out, fmt.Sprintf("%s %s %s %s: %s", f.Time.Format("02 15:04:05.000000"), f.Kind, f.Activity, f.Source.IP, f.Message))
	}
	return out
}

// listing has a blocklist, kept in dir, name addresses.
func listing(dir string, entries ...string) func(*lab) {
	return func(l *lab) {
		path := filepath.Join(dir, "list")
		if err := os.WriteFile(path, []byte(strings.Join(entries, "\n")), 0o600); err != nil {
			l.t.Fatalf("%v", err)
		}
		l.lists = append(l.lists, blocklist.Config{Name: "herders", Path: path})
	}
}
