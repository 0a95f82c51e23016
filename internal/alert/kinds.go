package alert

// kindFacts is what a kind's findings have in common.
type kindFacts struct {
	types      []string // OCSF finding_info.types
	sweep      string   // the title's first word
	desc       string   // one sentence about the behaviour, without its subject
	analyticID int      // OCSF analytic.type_id
	analytic   string   // its caption
	algorithm  string   // OCSF analytic.algorithm
}

// factsOf returns what is common to k, the zero value for a kind unknown here.
func factsOf(k Kind) kindFacts {
	switch k {
	case ScanFast:
		return kindFacts{
			types:      []string{"worm_scan", "fast_scan"},
			sweep:      "Fast",
			desc:       "met many distinct targets of one service within seconds, and few of them answered or hardly any had been met before.",
			analyticID: 3, analytic: "Statistical",
			algorithm: "distinct first contacts in a sliding window",
		}
	case ScanSlow:
		return kindFacts{
			types:      []string{"worm_scan", "slow_scan"},
			sweep:      "Slow",
			desc:       "keeps meeting new targets of one service that are unused, refuse or stay silent, at whatever pace.",
			analyticID: 3, analytic: "Statistical",
			algorithm: "sum of log-likelihood ratios of first contacts that fades with a half-life, without a window",
		}
	}
	return kindFacts{analytic: "Unknown"}
}

// Title is the finding in a phrase: the same for all findings of a kind, service and
// side, so that it groups.
func (f *Finding) Title() string {
	if f.Scan == nil {
		return clean(string(f.Kind))
	}
	what := factsOf(f.Kind).sweep + " " + clean(f.Scan.Service) + " sweep"
	if f.Source.Home {
		return what + " by a home host"
	}
	return what + " from outside"
}

// Description says what findings of this kind mean.
func (f *Finding) Description() string {
	who := "A source outside the home networks "
	if f.Source.Home {
		who = "A host inside the home networks "
	}
	return who + factsOf(f.Kind).desc
}
