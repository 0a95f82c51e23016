package alert

import (
	"encoding/json"
	"fmt"
	"slices"
)

const (
	ocsfVersion  = "1.8.0"
	ocsfCategory = 2    // Findings
	ocsfClass    = 2004 // Detection Finding
	productName  = "wormwatch"
	logName      = "wormwatch.alerts"
)

// AppendOCSF appends f to dst as one OCSF 1.8.0 Detection Finding: a JSON object without
// a line end. version is that of the program (metadata.product.version). The same
// finding gives the same bytes.
func AppendOCSF(dst []byte, f *Finding, version string) []byte {
	line, err := json.Marshal(toOCSF(f, version))
	if err != nil {
		// Strings, integers and finite numbers always marshal.
		panic(fmt.Sprintf("encode finding %q: %v", f.UID, err))
	}
	return append(dst, line...)
}

func toOCSF(f *Finding, version string) *ocsfFinding {
	first, last := f.FirstSeen.UnixMilli(), f.LastSeen.UnixMilli()
	score := f.confidence()
	confidence, status := confidenceLevel(score), statusLevel(f.Activity)
	out := &ocsfFinding{
		ActivityID: int(f.Activity), ActivityName: f.Activity.String(),
		CategoryUID: ocsfCategory, CategoryName: "Findings",
		ClassUID: ocsfClass, ClassName: "Detection Finding",
		TypeUID:  ocsfClass*100 + int(f.Activity),
		TypeName: "Detection Finding: " + f.Activity.String(),
		Time:     f.Time.UnixMilli(), StartTime: first, EndTime: last,
		Duration:   max(0, last-first),
		SeverityID: int(f.Severity), Severity: f.Severity.String(),
		ConfidenceID: confidence.id, Confidence: confidence.name, ConfidenceScore: score,
		StatusID: status.id, Status: status.name,
		IsAlert:     f.Activity != Close,
		Message:     clean(f.Message),
		Metadata:    metadataOf(f, version),
		FindingInfo: findingInfoOf(f),
		Evidences:   []evidence{evidenceOf(f)},
		Resources:   resourcesOf(f),
	}
	if f.Activity == Close {
		out.StatusDetail = quietDetail
	}
	if f.Scan != nil {
		out.Count = &f.Scan.Contacts
	}
	if f.Remedy != "" {
		out.Remediation = &remediation{clean(f.Remedy)}
	}
	out.Observables = observablesOf(&out.Evidences[0].SrcEndpoint, out.Resources)
	return out
}

func metadataOf(f *Finding, version string) metadata {
	m := metadata{
		Version: ocsfVersion, UID: clean(f.UID), CorrelationUID: clean(f.Episode),
		Sequence: f.Sequence, EventCode: clean(string(f.Kind)), LogName: logName,
		Product: product{productName, productName, clean(version)},
	}
	if f.Sensor != "" {
		m.Reporter = &reporter{clean(f.Sensor)}
	}
	return m
}

func findingInfoOf(f *Finding) findingInfo {
	facts := factsOf(f.Kind)
	info := findingInfo{
		UID: clean(f.Episode), Title: f.Title(), Desc: f.Description(), Types: facts.types,
		FirstSeenTime: f.FirstSeen.UnixMilli(), LastSeenTime: f.LastSeen.UnixMilli(),
		Analytic: analytic{
			Name: clean(f.Analytic), UID: clean(string(f.Kind)),
			TypeID: facts.analyticID, Type: facts.analytic,
			Version: clean(f.Version), Algorithm: facts.algorithm,
		},
		Attacks: attacksOf(f.Techniques),
	}
	judged := f.Time.UnixMilli()
	if f.Activity == Create {
		info.CreatedTime = &judged
	} else {
		info.ModifiedTime = &judged
	}
	return info
}

func evidenceOf(f *Finding) evidence {
	src := endpoint{
		IP: addrText(f.Source.IP), MAC: macText(f.Source.MAC),
		Hostname: clean(f.Source.Hostname), Zone: "outside",
	}
	if f.Source.Home {
		src.Zone = "home"
	}
	return evidence{Name: "scan_source", SrcEndpoint: src, Data: scanDataOf(f.Scan)}
}

// resourcesOf names the hosts that somebody has to look at: the source if it is ours,
// and every target that answered.
func resourcesOf(f *Finding) []resource {
	var out []resource
	if f.Source.Home {
		ip, host := addrText(f.Source.IP), clean(f.Source.Hostname)
		name := host
		if name == "" {
			name = ip
		}
		out = append(out, resource{name, ip, host, "host", 2, "Actor"})
	}
	if f.Scan == nil {
		return out
	}
	for _, s := range samplesOf(f.Scan.Answers) {
		target := resource{s.IP, s.IP, "", "host", 1, "Target"}
		if !slices.Contains(out, target) {
			out = append(out, target)
		}
	}
	return out
}

// observablesOf lists what other records can be searched for; type ids are OCSF's.
func observablesOf(src *endpoint, hosts []resource) []observable {
	const at = "evidences[0].src_endpoint."
	out := []observable{{at + "ip", 2, "IP Address", src.IP}}
	if src.MAC != "" {
		out = append(out, observable{at + "mac", 3, "MAC Address", src.MAC})
	}
	if src.Hostname != "" {
		out = append(out, observable{at + "hostname", 1, "Hostname", src.Hostname})
	}
	for i, h := range hosts {
		if h.Role == "Target" {
			out = append(out, observable{fmt.Sprintf("resources[%d].ip", i), 2, "IP Address", h.IP})
		}
	}
	return out
}

func scanDataOf(s *Scan) *scanData {
	if s == nil {
		return nil
	}
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
