package alert

type edgeData struct {
	Peers           int        `json:"peers"`
	Answered        int        `json:"answered"`
	Bytes           uint64     `json:"bytes"`
	Contacts        int        `json:"contacts"`
	Services        []string   `json:"services"`
	Ports           []uint16   `json:"ports"`
	Lookups         bool       `json:"lookups"`
	HomeDefault     bool       `json:"home_default"`
	LowerBound      bool       `json:"lower_bound"`
	Visibility      string     `json:"visibility"`
	Samples         []sample   `json:"samples"`
	AnsweredSamples []sample   `json:"answered_samples"`
	Knock           *knockData `json:"knock,omitempty"`
	Listed          []listing  `json:"listed"`
	Interface       string     `json:"interface"`
	VLAN            uint16     `json:"vlan"`
}

func edgeDataOf(e *Edge) *edgeData {
	return &edgeData{
		Peers: e.Peers, Answered: e.Answered, Bytes: e.Bytes, Contacts: e.Contacts,
		Services: cleanAll(e.Services), Ports: append([]uint16{}, e.Ports...),
		Lookups: e.Lookups, HomeDefault: e.HomeDefault, LowerBound: e.LowerBound,
		Visibility: clean(string(e.Visibility)),
		Samples:    samplesOf(e.Samples), AnsweredSamples: samplesOf(e.Answers),
		Knock: knockDataOf(e.Knock), Listed: listedOf(e.Listed),
		Interface: clean(e.Interface), VLAN: e.VLAN,
	}
}
