package alert

// kindFacts is what a kind's findings have in common.
type kindFacts struct {
	types     []string // OCSF finding_info.types
	title     string   // in a phrase; for scans its first word
	desc      string   // one sentence about the behaviour, without its subject
	evidence  string   // OCSF evidences[0].name: what the data is about
	analytic  level    // OCSF analytic.type_id
	algorithm string   // OCSF analytic.algorithm
}

// The sorts of analytics (OCSF analytic.type_id).
var (
	analyticUnknown     = level{0, "Unknown"}
	analyticRule        = level{1, "Rule"}
	analyticBehavioral  = level{2, "Behavioral"}
	analyticStatistical = level{3, "Statistical"}
	analyticTest        = level{99, "Test"} // OCSF has no word for it: Other
)

// factsOf returns what is common to k; for a kind unknown here hardly anything.
func factsOf(k Kind) kindFacts {
	switch k {
	case ScanFast:
		return kindFacts{
			types: []string{"worm_scan", "fast_scan"}, title: "Fast", evidence: "scan_source", analytic: analyticStatistical,
			desc:      "met many distinct targets of one service within seconds, and few of them answered or hardly any had been met before.",
			algorithm: "distinct first contacts in a sliding window",
		}
	case ScanSlow:
		return kindFacts{
			types: []string{"worm_scan", "slow_scan"}, title: "Slow", evidence: "scan_source", analytic: analyticStatistical,
			desc:      "keeps meeting new targets of one service that are unused, refuse or stay silent, at whatever pace.",
			algorithm: "sum of log-likelihood ratios of first contacts that fades with a half-life, without a window",
		}
	case IRCC2:
		return kindFacts{
			types: []string{"command_and_control", "irc"}, title: "IRC session of a home host with a server outside",
			evidence: "irc_session", analytic: analyticBehavioral,
			desc:      "registered, or tried to, with an IRC server outside; bots take their orders that way.",
			algorithm: "IRC by protocol on any port, weighed by a sum of named signs of a bot",
		}
	case NetBIOSEgress:
		return kindFacts{
			types: []string{"policy_violation", "netbios_egress"}, title: "NetBIOS or SMB from home to outside",
			evidence: "edge_traffic", analytic: analyticRule,
			desc:      "speaks NetBIOS or SMB with hosts outside; neither has business across the edge of a network.",
			algorithm: "traffic of watched services that crosses the edge of the home networks, summed up by source",
		}
	case NetBIOSIngress:
		return kindFacts{
			types: []string{"policy_violation", "netbios_ingress"}, title: "NetBIOS or SMB from outside to home",
			evidence: "edge_traffic", analytic: analyticRule,
			desc:      "speaks NetBIOS or SMB with home hosts, and they answer; neither has business across the edge of a network.",
			algorithm: "traffic of watched services that crosses the edge of the home networks, summed up by source",
		}
	case HostCompromised:
		return kindFacts{
			types: []string{"compromised_host", "correlation"}, title: "Compromised home host",
			evidence: "incident", analytic: analyticBehavioral,
			desc:      "gave evidence of an infection of several kinds that do not depend on each other.",
			algorithm: "independent kinds of evidence about one host, each of which fades",
		}
	case FirstSeen:
		return kindFacts{
			types: []string{"anomaly", "first_seen"}, title: "Never seen before at this site",
			evidence: "first_seen", analytic: analyticBehavioral,
			desc:      "did what was never seen before at this site.",
			algorithm: "first occurrence in a store of all that was seen, after a time of learning",
		}
	case Test:
		return kindFacts{
			types: []string{"test"}, title: "Test of the way to here", evidence: "test", analytic: analyticTest,
			algorithm: "none: it was written because a person asked for it",
		}
	}
	return kindFacts{title: clean(string(k)), evidence: "unknown", analytic: analyticUnknown}
}

// Title is the finding in a phrase: the same for all findings of a kind, and of a scan's
// service and side, so that it groups. A bot and what is only a look-up have titles of
// their own: people sort by it.
func (f *Finding) Title() string {
	title := factsOf(f.Kind).title
	switch {
	case f.Scan != nil && f.Source.Home:
		return title + " " + clean(f.Scan.Service) + " sweep by a home host"
	case f.Scan != nil:
		return title + " " + clean(f.Scan.Service) + " sweep from outside"
	case f.IRC != nil && f.IRC.Bot:
		return "IRC bot on a home host"
	case f.Edge != nil && f.Edge.Lookups:
		return "Name look-ups by NetBIOS across the edge"
	}
	return title
}

// Description says what findings of this kind mean.
func (f *Finding) Description() string {
	if f.Kind == Test {
		return "Shows that findings arrive here. Nothing was found and nobody is suspected."
	}
	who := "A source outside the home networks "
	if f.Source.Home {
		who = "A host inside the home networks "
	}
	return who + factsOf(f.Kind).desc
}
