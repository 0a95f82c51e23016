// Package quality measures the sensor: it lets a seeded population of an enterprise live
// for a month, lets scanners of every pace loose in it, and drives all of it through the
// real tracker and the real engine. Only the frame parser is left out. What it prints is
// false positives and probes to detection, beside older methods on the same contacts.
//
// Everything follows from Params: the same ones give the same figures.
package quality

import (
	"fmt"
	"math"
	"time"
)

// Params are the assumptions, each with what stands behind its default. They describe a
// Windows office network of which the sensor sees everything: traffic between subnets
// (each a /24) and inside them, with ARP. Workstations resolve their gateway when they
// are switched on; a target in the scanner's own subnet that is off or unused costs three
// ARP requests and never a SYN.
type Params struct {
	Seed uint64
	// Days of capture, from a Monday 00:00 UTC on.
	Days int

	// Workstations, in as many networks as the share alive asks for; the last one takes
	// the remainder and is never swept.
	Workstations int
	// Bits is the prefix length of one network: 16.
	Bits int
	// Alive is the share of addresses in use in the networks that scanners sweep. Use is
	// clustered: one /24 in eight is empty, the others vary by a third of the mean.
	Alive float64
	// Answering is the share of workstations that answer on 445: file sharing on, host
	// firewall off. Half of the rest refuses, half is silent behind a host firewall. All
	// of them let the management servers in.
	Answering float64
	// NightOff is the share of workstations switched off in the evening. They were
	// alive within days, so they are silent and not dark.
	NightOff float64
	// Leave is the share of workstations that are off for 10 to 25 days on end, long
	// enough for some to count as dark while names still point at them.
	Leave float64

	// FileServers, PrintServers, DomainControllers serve; popularity is Zipf's (s = 1).
	FileServers, PrintServers, DomainControllers int
	// Mapped is the mean number of file servers that a workstation uses; each is
	// contacted at logon.
	Mapped float64
	// Reconnects is the number of contacts an hour with one of those in working hours:
	// Windows drops an idle session after 15 minutes.
	Reconnects float64
	// NewServers is the rate at which a workstation meets a file server it did not use
	// before, a day.
	NewServers float64
	// PeerRate is the rate of SMB from one ordinary workstation to another by name, a
	// day: a shared folder on a colleague's machine.
	PeerRate float64
	// Helpdesk is the share of workstations whose users open C$ on the machines of those
	// who call: eight a day, let in by nine in ten.
	Helpdesk float64

	// DarkRate is the rate of contacts to an address that nobody uses, per workstation
	// and day: a mistyped address, an old link. Unequal: one host in two has nearly none
	// and one in two hundred (administrators) ten times the mean. One in five is followed
	// by one or two more within minutes, as one who mistypes tries again. Half go to
	// decommissioned servers that others try as well, half anywhere.
	DarkRate float64
	// Stale is the mean number of decommissioned servers that a workstation still has a
	// drive mapped to and tries at each logon; three in four went before the capture
	// began, the others go during it.
	Stale float64
	// StaleTargets is the number of decommissioned servers; popularity is Zipf's.
	StaleTargets int
	// Churn is the share of workstations that get another address a day (DHCP, after a
	// move or a lease that ran out). Names follow within three days, in one case of ten
	// not at all; half of the new addresses were another host's before.
	Churn float64
	// Unreachable is the share of probes of absent hosts that a router answers with ICMP
	// host unreachable; routers rate-limit them, most drop them.
	Unreachable float64

	// Management servers (SCCM, antivirus): each contacts its share of all workstations
	// once in 24 hours, spread evenly, many of them off at night.
	Management int
	// Inventory is the share of a management server's list that no longer exists.
	Inventory float64
	// Backup servers contact 150 hosts each, from 22:00 to 06:00; one in ten of them is
	// exchanged every day.
	Backup int
	// Monitoring servers poll every server and 100 workstations that are never off,
	// every five minutes, by WMI.
	Monitoring int
	// Scanners sweep every address for weaknesses on Saturday mornings, 50 a second, and
	// are allowed in the configuration.
	Scanners int
	// Forgotten is a vulnerability scanner that nobody allowed; it sweeps the first network.
	Forgotten int
	// Terminal servers: 40 users each share one address, with the dark contacts and the
	// stale mappings of 40. None in the base population; they show where a limit is.
	Terminal int

	// Outages a day: a popular server is down for one to two hours; in half of the cases
	// its address refuses, in the others it is silent. Clients try again every few minutes.
	Outages float64
	// LinkFailures a day: a /20 (two in three) or a /16 is cut off for 30 minutes. What
	// goes on inside is invisible to the sensor.
	LinkFailures float64

	// Trials is the number of lone scanners with random targets per pace; the other kinds
	// of scan have half as many each.
	Trials int
	// Probes is a scanner's budget: one not found within it was missed.
	Probes int
	// HitList is the number of live addresses that a scanner with a list knows.
	HitList int
}

// DefaultParams is the base population on a network with the given share alive.
func DefaultParams(alive float64) Params {
	return Params{
		Seed: 1, Days: 30,
		Workstations: 50_000, Bits: 16, Alive: alive, Answering: 0.3, NightOff: 0.6, Leave: 0.05,
		FileServers: 120, PrintServers: 30, DomainControllers: 8,
		Mapped: 4, Reconnects: 0.5, NewServers: 0.03, PeerRate: 0.02, Helpdesk: 0.001,
		DarkRate: 0.02, Stale: 0.25, StaleTargets: 200, Churn: 0.01, Unreachable: 0.05,
		Management: 5, Inventory: 0.05, Backup: 4, Monitoring: 2, Scanners: 2, Forgotten: 1,
		Outages: 0.3, LinkFailures: 0.1,
		Trials: 30, Probes: 100, HitList: 2000,
	}
}

// ShortParams is small enough for a test: a tenth of the population in an eighth of the
// addresses, 12 days.
func ShortParams(alive float64) Params {
	p := DefaultParams(alive)
	p.Days, p.Workstations, p.Bits = 12, 5000, 19
	p.FileServers, p.PrintServers, p.DomainControllers, p.StaleTargets = 40, 10, 3, 60
	p.Management, p.Backup, p.Monitoring = 2, 1, 1
	p.Trials, p.HitList = 6, 500
	return p
}

// net is the number of addresses of one network.
func (p *Params) net() int { return 1 << (32 - p.Bits) }

// ScanFrom is when scanners may begin: a day after the week of learning.
const ScanFrom = 8 * 24 * time.Hour

// factors are what Disturb can multiply.
func (p *Params) factors() map[string]*float64 {
	return map[string]*float64{
		"outage": &p.Outages, "link": &p.LinkFailures, "stale": &p.Stale,
		"churn": &p.Churn, "dark": &p.DarkRate,
	}
}

// Disturbances are the names that Disturb takes, in the order of the report.
var Disturbances = []string{"outage", "link", "stale", "churn", "dark"}

// Disturb multiplies the rate of the disturbance called name.
func (p *Params) Disturb(name string, factor float64) error {
	v, ok := p.factors()[name]
	if !ok {
		return fmt.Errorf("quality: no disturbance %q: write one of %v", name, Disturbances)
	}
	if math.IsNaN(factor) || factor < 0 || factor > 1000 {
		return fmt.Errorf("quality: disturbance %s=%g: write a factor from 0 to 1000", name, factor)
	}
	*v *= factor
	return nil
}

// Validate says what is impossible.
func (p *Params) Validate() error {
	for _, s := range []struct {
		name string
		v    float64
	}{
		{"alive", p.Alive}, {"answering", p.Answering}, {"churn", p.Churn}, {"leave", p.Leave},
	} {
		if !(s.v >= 0 && s.v <= 1) {
			return fmt.Errorf("quality: %s %g: write a share from 0 to 1", s.name, s.v)
		}
	}
	switch {
	case p.Alive < 0.05 || p.Alive > 0.9:
		return fmt.Errorf("quality: alive %g: write a share from 0.05 to 0.9", p.Alive)
	case p.Bits < 16 || p.Bits > 20:
		return fmt.Errorf("quality: networks of /%d: write 16 to 20", p.Bits)
	case float64(p.Workstations) < p.Alive*float64(p.net()):
		return fmt.Errorf("quality: %d workstations do not fill %g of a /%d: write more, or longer prefixes", p.Workstations, p.Alive, p.Bits)
	case p.Workstations < 1000 || p.Workstations > 1_000_000:
		return fmt.Errorf("quality: %d workstations: write 1000 to 1000000", p.Workstations)
	case p.Days < 1 || p.Days > 365:
		return fmt.Errorf("quality: %d days: write 1 to 365", p.Days)
	case p.Management < 1 || p.FileServers < 10 || p.DomainControllers < 1 || p.PrintServers < 1:
		return fmt.Errorf("quality: at least 10 file servers and one management, print server and domain controller are needed")
	case p.Trials < 2 || p.Probes < 10:
		return fmt.Errorf("quality: %d trials of %d probes: write at least 2 of 10", p.Trials, p.Probes)
	}
	return nil
}
