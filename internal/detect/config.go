// Package detect judges contacts: it owns the scores, the thresholds and the episodes.
package detect

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/problem"
)

// Config is how contacts are judged. Tags as in flow.Config.
type Config struct {
	Fast     Fast     `yaml:"fast"`
	Slow     Slow     `yaml:"slow"`
	Weights  Weights  `yaml:"weights"`
	Learning Learning `yaml:"learning"`
	Roles    Roles    `yaml:"roles"`
	Outage   Outage   `yaml:"outage"`
	Mirror   Mirror   `yaml:"mirror"`
	Episodes Episodes `yaml:"episodes"`
	Tables   Tables   `yaml:"tables"`
}

// Fast is the sweep in seconds.
type Fast struct {
	Targets        int           `yaml:"targets" desc:"distinct targets within the window that make a fast sweep, if few of them answered"`
	Window         time.Duration `yaml:"window" desc:"width of the sliding window"`
	AnsweredAtMost float64       `yaml:"answered_at_most" desc:"share of the targets in the window that may have answered; one still waiting counts as not answered"`
	NovelTargets   int           `yaml:"novel_targets" desc:"distinct targets never met before within the window that make a fast sweep whatever they answered, by a source without a fan-out role"`
}

// Slow is the sweep at any pace.
type Slow struct {
	Score         float64       `yaml:"score" desc:"score from which a source is alerted, given one of the proofs below"`
	Watch         float64       `yaml:"watch" desc:"score from which a source is watched: its evidence is kept, nothing is said"`
	HalfLife      time.Duration `yaml:"half_life" desc:"time in which a score halves; there is no window"`
	DarkTargets   int           `yaml:"dark_targets" desc:"proof by dark targets: so many distinct ones, counted with the decay of the score ..."`
	DarkShare     float64       `yaml:"dark_share" desc:"... and this share of the contacts that no known server answered"`
	DarkShareRole float64       `yaml:"dark_share_role" desc:"the same for a source with a fan-out role"`
	FailedTargets int           `yaml:"failed_targets" desc:"proof by failures, after learning: so many distinct targets refused or stayed silent, counted with the decay of the score ..."`
	FailedShare   float64       `yaml:"failed_share" desc:"... and this share of the contacts that no known server answered"`
	NovelTargets  int           `yaml:"novel_targets" desc:"proof by novelty: so many peers that nobody else visits answered a source without a fan-out role, counted with the decay of the score (a worm with a list of live hosts)"`
}

// Weights are what one contact adds to the score: log-likelihood ratios of a scanner
// against an ordinary host (Jung et al. 2004; Schechter et al. 2004).
type Weights struct {
	Dark        float64 `yaml:"dark" desc:"a dark target"`
	DarkAgain   float64 `yaml:"dark_again" desc:"a dark target within five minutes of the one before: one slip of the hand makes several, and a fast scanner has plenty"`
	Stale       float64 `yaml:"stale" desc:"a dark target that other, unsuspicious sources have tried for a day or longer: an old name"`
	Refused     float64 `yaml:"refused" desc:"a live target refused"`
	Silent      float64 `yaml:"silent" desc:"a live target stayed silent"`
	Unknown     float64 `yaml:"unknown" desc:"refusal or silence of a target of which nothing is known: outside home, or while the sensor is learning"`
	KnownServer float64 `yaml:"known_server" desc:"a target that serves many answered; negative, takes back failures but never dark contacts, for the first few servers met"`
	Peer        float64 `yaml:"peer" desc:"a target that serves nobody else answered"`
	ARP         float64 `yaml:"arp" desc:"factor on all of these for ARP who-has and neighbour solicitations; service groups carry their own"`
}

// Learning is the proof by failures while the sensor is learning and knows neither dark
// addresses nor roles: a sequential probability ratio test (Wald 1945) of a scanner
// against the ordinary host that looks most like one, a management server at night, of
// whose clients 60% are off, 5% refuse and 35% answer.
type Learning struct {
	Odds     float64 `yaml:"odds" desc:"log-likelihood ratio from which a source that has the score is alerted; 5.2 is 180 to 1"`
	Silent   float64 `yaml:"silent" desc:"what a target adds that stays silent, or has not answered for a second"`
	Refused  float64 `yaml:"refused" desc:"what a target adds that refuses"`
	Answered float64 `yaml:"answered" desc:"what a target adds that answers and that nobody else visits; negative"`
}

// Roles are learned: a management, backup or monitoring server shows itself by many
// different targets that answer it, over days.
type Roles struct {
	Targets int `yaml:"targets" desc:"distinct targets that answered a source on a day for that day to count; after learning only those it had met before"`
	Days    int `yaml:"days" desc:"so many such days within two weeks give the source a fan-out role"`
	Clients int `yaml:"clients" desc:"distinct unsuspicious sources that a target answered within two weeks for it to be a known server"`
}

// Outage keeps failures apart that are nobody's fault.
type Outage struct {
	Sources    int           `yaml:"sources" desc:"a failure weighs nothing if so many other sources that had reached the target before fail at it too ..."`
	Within     time.Duration `yaml:"within" desc:"... within this time"`
	Surge      int           `yaml:"surge" desc:"silence weighs nothing while so many pairs that had worked before fail in a minute, all over or in the target's /24 (/64) ..."`
	SurgeShare float64       `yaml:"surge_share" desc:"... and they are this share of all such pairs that were tried"`
}

// Mirror tells when the sensor sees one direction only.
type Mirror struct {
	WentOn      int     `yaml:"went_on" desc:"connections on which the client went on after an answer that was never seen, for the mirror to count as one-way, all over or for a /24 (/64) ..."`
	WentOnShare float64 `yaml:"went_on_share" desc:"... and the share of all established connections that they are"`
}

// Episodes bound what a finding's episode is.
type Episodes struct {
	Quiet time.Duration `yaml:"quiet" desc:"an episode is closed after this time without new evidence"`
}

// Tables are the entries kept, fixed at start.
type Tables struct {
	Sources  int `yaml:"sources" desc:"scores: one a source and service group"`
	Dossiers int `yaml:"dossiers" desc:"sources of which the latest 64 contacts are kept: windows and samples come from them"`
	Targets  int `yaml:"targets" desc:"targets of which clients and failures are kept"`
	Prefixes int `yaml:"prefixes" desc:"prefixes (/24, /64) of which outages and the mirror are judged apart"`
	Episodes int `yaml:"episodes" desc:"episodes open at one time"`
}

// DefaultConfig is what the quality report of docs/quality.md was made with.
func DefaultConfig() Config {
	return Config{
		Fast: Fast{Targets: 20, Window: 10 * time.Second, AnsweredAtMost: 0.5, NovelTargets: 60},
		Slow: Slow{
			Score: 17, Watch: 9.2, HalfLife: 48 * time.Hour,
			DarkTargets: 4, DarkShare: 0.15, DarkShareRole: 0.4,
			FailedTargets: 16, FailedShare: 0.5, NovelTargets: 40,
		},
		Weights: Weights{
			Dark: 3.1, DarkAgain: 1.55, Stale: 0.6, Refused: 0.75, Silent: 0.75, Unknown: 1.25, KnownServer: -2, Peer: 0.5,
			ARP: 1,
		},
		Learning: Learning{Odds: 5.2, Silent: 0.31, Refused: 0.9, Answered: -1.5},
		Roles:    Roles{Targets: 15, Days: 3, Clients: 8},
		Outage:   Outage{Sources: 3, Within: time.Hour, Surge: 20, SurgeShare: 0.5},
		Mirror:   Mirror{WentOn: 10, WentOnShare: 0.5},
		Episodes: Episodes{Quiet: 24 * time.Hour},
		Tables:   Tables{Sources: 1 << 18, Dossiers: 1 << 13, Targets: 1 << 18, Prefixes: 1 << 14, Episodes: 1 << 12},
	}
}

// MaxWindowTargets bounds fast.targets and fast.novel_targets: so many contacts of a
// source are kept.
const MaxWindowTargets = 64

// Validate returns everything that is wrong, none if the engine can work with c.
func (c *Config) Validate() []problem.Problem {
	var v problem.List
	v.Count("fast.targets", c.Fast.Targets, 2, MaxWindowTargets)
	v.Count("fast.novel_targets", c.Fast.NovelTargets, 2, MaxWindowTargets)
	if c.Fast.NovelTargets < c.Fast.Targets {
		v.Say("fast.novel_targets", "%d is below fast.targets (%d): targets that answer need more of them, not fewer", c.Fast.NovelTargets, c.Fast.Targets)
	}
	v.Duration("fast.window", c.Fast.Window, 100*time.Millisecond, time.Hour)
	v.Share("fast.answered_at_most", c.Fast.AnsweredAtMost)

	v.Number("slow.score", c.Slow.Score, 1, 1000)
	v.Number("slow.watch", c.Slow.Watch, 0.5, 1000)
	if c.Slow.Watch > c.Slow.Score {
		v.Say("slow.watch", "%g is above slow.score (%g): a source is watched before it is alerted", c.Slow.Watch, c.Slow.Score)
	}
	v.Number("learning.odds", c.Learning.Odds, 0, 100)
	v.Number("learning.silent", c.Learning.Silent, 0, 10)
	v.Number("learning.refused", c.Learning.Refused, 0, 10)
	v.Number("learning.answered", c.Learning.Answered, -10, 0)
	v.Duration("slow.half_life", c.Slow.HalfLife, time.Minute, 90*24*time.Hour)
	v.Count("slow.dark_targets", c.Slow.DarkTargets, 1, 1<<16)
	v.Count("slow.failed_targets", c.Slow.FailedTargets, 1, 1<<16)
	v.Count("slow.novel_targets", c.Slow.NovelTargets, 1, 1<<16)
	v.Share("slow.dark_share", c.Slow.DarkShare)
	v.Share("slow.dark_share_role", c.Slow.DarkShareRole)
	v.Share("slow.failed_share", c.Slow.FailedShare)

	v.Number("weights.dark", c.Weights.Dark, 0, 100)
	v.Number("weights.dark_again", c.Weights.DarkAgain, 0, 100)
	v.Number("weights.stale", c.Weights.Stale, 0, 100)
	v.Number("weights.refused", c.Weights.Refused, 0, 100)
	v.Number("weights.silent", c.Weights.Silent, 0, 100)
	v.Number("weights.unknown", c.Weights.Unknown, 0, 100)
	v.Number("weights.known_server", c.Weights.KnownServer, -100, 0)
	v.Number("weights.peer", c.Weights.Peer, 0, 100)
	v.Number("weights.arp", c.Weights.ARP, 0, 10)

	v.Count("roles.targets", c.Roles.Targets, 1, 1<<15)
	v.Count("roles.days", c.Roles.Days, 1, 14)
	v.Count("roles.clients", c.Roles.Clients, 1, 40)
	v.Count("outage.sources", c.Outage.Sources, 1, 4)
	v.Duration("outage.within", c.Outage.Within, time.Minute, 24*time.Hour)
	v.Count("outage.surge", c.Outage.Surge, 1, 1<<20)
	v.Share("outage.surge_share", c.Outage.SurgeShare)
	v.Count("mirror.went_on", c.Mirror.WentOn, 1, 1<<20)
	v.Share("mirror.went_on_share", c.Mirror.WentOnShare)
	v.Duration("episodes.quiet", c.Episodes.Quiet, time.Minute, 90*24*time.Hour)
	v.Count("tables.sources", c.Tables.Sources, 1024, 1<<26)
	v.Count("tables.dossiers", c.Tables.Dossiers, 64, 1<<22)
	v.Count("tables.targets", c.Tables.Targets, 1024, 1<<26)
	v.Count("tables.prefixes", c.Tables.Prefixes, 64, 1<<22)
	v.Count("tables.episodes", c.Tables.Episodes, 16, 1<<20)
	return v
}
