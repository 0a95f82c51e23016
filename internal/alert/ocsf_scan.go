package alert

type scanData struct {
	Service         string     `json:"service"`
	Ports           []uint16   `json:"ports"`
	Contacts        int        `json:"contacts"`
	Targets         int        `json:"targets"`
	Dark            int        `json:"dark"`
	Refused         int        `json:"refused"`
	Silent          int        `json:"silent"`
	Answered        int        `json:"answered"`
	Waiting         int        `json:"waiting"`
	WindowMS        int64      `json:"window_ms"`
	Threshold       float64    `json:"threshold"`
	Score           float64    `json:"score"`
	ScoreParts      scoreParts `json:"score_parts"`
	RatePerS        float64    `json:"rate_per_s"`
	LowerBound      bool       `json:"lower_bound"`
	Visibility      string     `json:"visibility"`
	Samples         []sample   `json:"samples"`
	AnsweredSamples []sample   `json:"answered_samples"`
	Interface       string     `json:"interface"`
	VLAN            uint16     `json:"vlan"`
	Knock           *knockData `json:"knock,omitempty"`
	Listed          []listing  `json:"listed,omitempty"`
	Counted         *counted   `json:"counted,omitempty"`
}

type counted struct {
	Openings uint64 `json:"openings"`
	Answers  uint64 `json:"answers"`
	Refusals uint64 `json:"refusals"`
	Repeats  uint64 `json:"repeats"`
	Held     uint64 `json:"held"`
}

type scoreParts struct {
	Dark     float64 `json:"dark"`
	Refused  float64 `json:"refused"`
	Silent   float64 `json:"silent"`
	Answered float64 `json:"answered"`
	Novelty  float64 `json:"novelty"`
}

type sample struct {
	IP      string `json:"ip"`
	Port    uint16 `json:"port"`
	SrcPort uint16 `json:"src_port"`
	Time    int64  `json:"time"`
}

func scanDataOf(s *Scan) *scanData {
	return &scanData{
		Service: clean(s.Service), Ports: append([]uint16{}, s.Ports...),
		Contacts: s.Contacts, Targets: s.Targets,
		Dark: s.Dark, Refused: s.Refused, Silent: s.Silent, Answered: s.Answered, Waiting: s.Waiting,
		WindowMS: s.WindowMS, Threshold: cents(s.Threshold), Score: cents(s.Score),
		ScoreParts: scoreParts{
			cents(s.Parts.Dark), cents(s.Parts.Refused), cents(s.Parts.Silent),
			cents(s.Parts.Answered), cents(s.Parts.Novelty),
		},
		RatePerS: digits3(s.RatePerS), LowerBound: s.LowerBound, Visibility: clean(string(s.Visibility)),
		Samples: samplesOf(s.Samples), AnsweredSamples: samplesOf(s.Answers),
		Interface: clean(s.Interface), VLAN: s.VLAN,
		Knock: knockDataOf(s.Knock), Listed: listedOf(s.Listed), Counted: (*counted)(s.Counted),
	}
}

// samplesOf is never nil, so that consumers always find a list.
func samplesOf(in []Sample) []sample {
	in = in[:min(len(in), MaxSamples)]
	out := make([]sample, 0, len(in))
	for _, s := range in {
		out = append(out, sample{addrText(s.IP), s.Port, s.SrcPort, s.Time.UnixMilli()})
	}
	return out
}
