package c2

import (
	"slices"
	"time"

	"github.com/wormwatch/wormwatch/internal/detect/episode"
	"github.com/wormwatch/wormwatch/internal/problem"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Config is how IRC sessions are judged (detect.irc). Tags as in flow.Config.
type Config struct {
	Bot      float64       `yaml:"bot" desc:"score from which a client is taken for a bot, if orders, reports or its nick have a part in it: high; else it is a person: low where the server is new or on a blocklist, silent elsewhere"`
	Weights  Weights       `yaml:"weights"`
	Ports    []uint16      `yaml:"ports" desc:"ports that IRC servers are usually found on; any other adds to the score, and is T1571"`
	TLSPorts []uint16      `yaml:"tls_ports" desc:"ports on which TLS is taken for IRC: what is said there stays unknown, so it never makes a bot"`
	Hosts    int           `yaml:"hosts" desc:"home hosts in one channel, or on one new server, within a day that are company"`
	NewFor   time.Duration `yaml:"new_for" desc:"a server is new for so long after it was first seen"`
	Wait     time.Duration `yaml:"wait" desc:"a registration that the server did not welcome is told of after this time, and counts as unanswered if nothing came back, and the mirror shows servers at all; a bot is told of at once"`
	Quiet    time.Duration `yaml:"quiet" desc:"an episode is closed after this time without new evidence; it stays open while a session that is told of does"`
	Inside   bool          `yaml:"inside" desc:"judge servers inside networks.home as well: bots are told of there, people never"`
	Tables   Tables        `yaml:"tables"`
}

// Weights are what the parts add to the score. Those that ordinary people show as well
// (port, novel, keyed_channel, password, unanswered) stay below bot together; something
// that tells has to come on top.
type Weights struct {
	Orders        float64 `yaml:"orders" desc:"the server passed on commands as bots take them"`
	Reports       float64 `yaml:"reports" desc:"the client reported as bots do"`
	NickShape     float64 `yaml:"nick_shape" desc:"nick, user and real name are shaped as bots make them; less telling ones add a share of it"`
	NickPattern   float64 `yaml:"nick_pattern" desc:"the host came back under a nick of the same pattern"`
	Port          float64 `yaml:"port" desc:"a port off the usual"`
	Novel         float64 `yaml:"novel" desc:"a server that is new to the site"`
	NovelLearning float64 `yaml:"novel_learning" desc:"the same while the sensor is learning, and every server is new"`
	Keyed         float64 `yaml:"keyed_channel" desc:"a channel that takes a key"`
	Company       float64 `yaml:"company" desc:"several home hosts in one channel; half of it for the same new server"`
	CompanyAlike  float64 `yaml:"company_alike" desc:"the same if their nicks have one pattern"`
	Listed        float64 `yaml:"listed" desc:"a blocklist names the server"`
	Unanswered    float64 `yaml:"unanswered" desc:"nobody answered the registration: the server may be gone"`
	Password      float64 `yaml:"password" desc:"the client gave the server a password"`
}

// Tables are the entries kept, fixed at start.
type Tables struct {
	Sessions int `yaml:"sessions" desc:"IRC sessions that are open or wait for an answer"`
	Places   int `yaml:"places" desc:"servers and channels of which the home hosts are remembered"`
	Episodes int `yaml:"episodes" desc:"episodes open at one time: one a home host"`
}

// DefaultConfig is what the tests of this package hold.
func DefaultConfig() Config {
	return Config{
		Bot: 10,
		Weights: Weights{
			Orders: 9, Reports: 9, NickShape: 8, NickPattern: 3,
			Port: 2, Novel: 2, NovelLearning: 1, Keyed: 2,
			Company: 1.5, CompanyAlike: 3.5, Listed: 4, Unanswered: 1, Password: 1,
		},
		Ports:    []uint16{194, 6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 7000},
		TLSPorts: []uint16{994, 6679, 6697},
		Hosts:    2,
		NewFor:   24 * time.Hour,
		Wait:     30 * time.Second,
		Quiet:    24 * time.Hour,
		Tables:   Tables{Sessions: 1 << 12, Places: 1 << 12, Episodes: 1 << 11},
	}
}

// weight is one of Weights by its key.
type weight struct {
	key string
	x   float64
}

func (w *Weights) all() []weight {
	return []weight{
		{"orders", w.Orders},
		{"reports", w.Reports},
		{"nick_shape", w.NickShape},
		{"nick_pattern", w.NickPattern},
		{"port", w.Port},
		{"novel", w.Novel},
		{"novel_learning", w.NovelLearning},
		{"keyed_channel", w.Keyed},
		{"company", w.Company},
		{"company_alike", w.CompanyAlike},
		{"listed", w.Listed},
		{"unanswered", w.Unanswered},
		{"password", w.Password},
	}
}

// Validate returns everything that is wrong, none if the judge can work with c.
func (c *Config) Validate() []problem.Problem {
	var l problem.List
	l.Number("bot", c.Bot, 1, 1000)
	for _, w := range c.Weights.all() {
		l.Number("weights."+w.key, w.x, 0, 1000)
	}
	noPortZero(&l, "ports", c.Ports)
	noPortZero(&l, "tls_ports", c.TLSPorts)
	l.Count("hosts", c.Hosts, 2, membersKept)
	l.Duration("new_for", c.NewFor, 0, 90*24*time.Hour)
	l.Duration("wait", c.Wait, time.Second, time.Hour)
	l.Duration("quiet", c.Quiet, time.Minute, 90*24*time.Hour)
	l.Count("tables.sessions", c.Tables.Sessions, 16, 1<<20)
	l.Count("tables.places", c.Tables.Places, 16, 1<<20)
	l.Count("tables.episodes", c.Tables.Episodes, 16, 1<<20)
	return l
}

func noPortZero(l *problem.List, key string, ports []uint16) {
	if slices.Contains(ports, 0) {
		l.Say(key, "port 0 names no service: strike it")
	}
}

// Bill returns the memory that New allocates.
func (c *Config) Bill() []table.Bill {
	return []table.Bill{
		table.BillOf[uint64, session]("irc sessions", c.Tables.Sessions),
		table.BillOf[placeKey, place]("irc servers and channels", c.Tables.Places),
		episode.Bill[host, evidence]("irc episodes", c.Tables.Episodes),
	}
}
