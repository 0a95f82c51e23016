package c2

import (
	"fmt"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// joins has a host register and join the channel.
func (r *room) joins(i int, nick, channel string, k Known) *chat {
	c := r.connectTo(host10(i), herder, 6667, k)
	return c.registers(nick, "u", "r").says("JOIN " + channel + "\r\n")
}

// of returns the open episode of the i-th host.
func (r *room) of(i int) *alert.Finding {
	for _, f := range r.judge.Open() {
		if f.Source.IP == host10(i).Netip() {
			return &f
		}
	}
	r.t.Fatalf("no episode of host %d", i)
	return nil
}

// weightOf returns what a part adds, 0 if it is not there.
func weightOf(f *alert.Finding, p part) float64 {
	for _, q := range f.IRC.Parts {
		if q.Name == partNames[p] {
			return q.Weight
		}
	}
	return 0
}

func TestCompanyCountsForAllThatAreThere(t *testing.T) {
	w := DefaultConfig().Weights
	for name, c := range map[string]struct {
		nicks, channels [2]string
		known           Known
		want            float64
	}{
		"one server":                  {[2]string{"anna", "berta"}, [2]string{"#a", "#b"}, unknown, w.Company / 2},
		"one channel":                 {[2]string{"anna", "berta"}, [2]string{"#a", "#A"}, unknown, w.Company},
		"nicks of one pattern":        {[2]string{"abc-4711", "xyz-0815"}, [2]string{"#a", "#b"}, unknown, w.CompanyAlike},
		"one nick, as one person":     {[2]string{"abc-4711", "abc-4711"}, [2]string{"#a", "#b"}, unknown, w.Company / 2},
		"nicks without one":           {[2]string{"anna", "enno"}, [2]string{"#a", "#a"}, unknown, w.Company},
		"watchers of one server":      {[2]string{"justinfan48211", "justinfan51765"}, [2]string{"#a", "#b"}, unknown, w.Company / 2},
		"numbers of another length":   {[2]string{"abc-4711", "xyz-08150"}, [2]string{"#a", "#b"}, unknown, w.Company / 2},
		"one server that is known":    {[2]string{"anna", "berta"}, [2]string{"#a", "#b"}, Known{Listed: "x"}, 0},
		"a channel of a known server": {[2]string{"anna", "berta"}, [2]string{"#a", "#a"}, Known{Listed: "x"}, w.Company},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			r.joins(1, c.nicks[0], c.channels[0], c.known)
			if got := weightOf(r.of(1), partCompany); got != 0 {
				t.Fatalf("alone: %g", got)
			}
			r.wait(23 * time.Hour)
			r.joins(2, c.nicks[1], c.channels[1], c.known)
			for i := 1; i <= 2; i++ {
				f := r.of(i)
				if got := weightOf(f, partCompany); got != c.want || f.IRC.Hosts != 2 {
					t.Errorf("host %d: %g, want %g; %d hosts", i, got, c.want, f.IRC.Hosts)
				}
			}
		})
	}
}

func TestCompanyFadesInADay(t *testing.T) {
	r := newRoom(t)
	r.joins(1, "abc-4711", "#a", unknown)
	r.wait(companyFor + time.Second)
	r.joins(2, "xyz-0815", "#a", unknown)
	if f := r.of(2); weightOf(f, partCompany) != 0 || f.IRC.Hosts != 1 {
		t.Errorf("%d hosts: %+v", f.IRC.Hosts, f.IRC.Parts)
	}
}

// TestRealmsAreApart: equal addresses in different realms are different servers at home,
// and the same outside.
func TestRealmsAreApart(t *testing.T) {
	for to, want := range map[packet.Addr]int{host10(99): 1, herder: 2} {
		r := newRoom(t, func(c *Config, _ *Site) { c.Inside = true })
		for realm := range uint32(2) {
			c := r.connectTo(client, to, 4915, unknown)
			c.talk.Realm = realm
			c.registers("DEU|XP|483920", lot, "DEU|XP|483920")
		}
		if f := r.last(alert.Create, alert.High); f.IRC.Hosts != want || f.Realm != 1 || r.steps() != "CC" {
			t.Errorf("%d hosts on %s, want %d: %q", f.IRC.Hosts, to, want, r.summary())
		}
	}
}

// TestHostsAreCountedByTheDay: those of the days before are forgotten.
func TestHostsAreCountedByTheDay(t *testing.T) {
	r := newRoom(t)
	for day := range 3 {
		for i := range 40 {
			r.joins(day*40+i, "anna", "#a", known)
		}
		r.wait(25 * time.Hour)
	}
	r.joins(1000, "anna", "#a", unknown)
	if n := r.of(1000).IRC.Hosts; n != 1 {
		t.Errorf("%d hosts on the fourth day", n)
	}
	for i := range 30 {
		r.joins(1001+i, "anna", "#a", known)
	}
	if n := r.of(1000).IRC.Hosts; n < 25 || n > 37 {
		t.Errorf("31 hosts are counted as %d", n)
	}
}

// TestCompanyMakesBots: names drawn by lot are not enough, several hosts that have such are;
// the one that came first is told of again when the second comes.
func TestCompanyMakesBots(t *testing.T) {
	r := newRoom(t)
	lots := func(i int, nick string) {
		c := r.connectTo(host10(i), herder, 4915, unknown)
		c.registers(nick, lot, nick)
	}
	lots(1, "xlvkqz")
	r.only(alert.Create, alert.Low)
	lots(2, "qzxgfd")
	r.wait(0)
	if got := r.steps(); got != "CUC" || r.of(1).Severity != alert.High || r.of(2).Severity != alert.High {
		t.Errorf("%q", r.summary())
	}
	if f := r.findings[1]; f.Source.IP != host10(1).Netip() || f.Severity != alert.High {
		t.Errorf("second: %q", f.Message)
	}
}

// TestTenfoldHosts: of a server that had one home host, its episode is told again at ten.
func TestTenfoldHosts(t *testing.T) {
	r := newRoom(t)
	r.joins(0, "anna", "#a", unknown)
	for i := 1; i < 120; i++ {
		r.joins(i, fmt.Sprintf("berta%c", 'a'+i%26), "#b", known)
	}
	var hosts []int
	for _, f := range r.findings {
		if f.Source.IP == host10(0).Netip() {
			hosts = append(hosts, f.IRC.Hosts)
		}
	}
	if len(hosts) != 2 || hosts[0] != 1 || hosts[1] != 10 {
		t.Errorf("told at %v hosts", hosts)
	}
	if n := r.of(0).IRC.Hosts; n < 100 || n > 140 {
		t.Errorf("120 hosts are counted as %d", n)
	}
	if r.judge.Stats().MembersLost == 0 {
		t.Error("more hosts than are known one by one are not counted as such")
	}
}

func TestNickChangesByPattern(t *testing.T) {
	want := DefaultConfig().Weights.NickPattern
	for name, c := range map[string]struct {
		first, second string
		want          float64
	}{
		"other digits":       {"abc-4711", "abc-0815", want},
		"other letters, too": {"DEU|XP|483920", "USA|2K|102938", want},
		"digits in codes":    {"[USA]2K-0291837", "[USA]9K-7962234", want},
		"by lot":             {"xlvkqz", "qzxgfd", want},
		"an underscore":      {"kevin", "kevin_", 0},
		"another name":       {"anna", "enno", 0},
		"the same":           {"abc-4711", "abc-4711", 0},
		"a digit":            {"kevin1", "kevin2", 0},
		"three digits":       {"kevin123", "laura456", 0},
		"years of birth":     {"kevin1984", "laura2003", 0},
		"guests":             {"Guest48211", "Guest51765", 0},
		"watchers":           {"justinfan48211", "justinfan51765", 0},
		"of a web client":    {"webchat|4821", "webchat|5176", 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			r.connect(6667, unknown).registers(c.first, "u", "r").says("NICK " + c.second + "\r\n").
				hears(":" + c.first + "!u@h NICK :" + c.second + "\r\n")
			if got := weightOf(&r.judge.Open()[0], partPattern); got != c.want {
				t.Errorf("in one session: %g, want %g", got, c.want)
			}
			r = newRoom(t)
			r.connect(6667, unknown).registers(c.first, "u", "r").ends()
			r.wait(time.Hour)
			r.connect(6667, unknown).registers(c.second, "u", "r")
			if got := weightOf(&r.judge.Open()[0], partPattern); got != c.want {
				t.Errorf("in two sessions: %g, want %g", got, c.want)
			}
		})
	}
}
