package alert

import (
	"encoding/json"
	"fmt"
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
		IsAlert:     f.Activity != Close && f.Kind != Test,
		Message:     clean(f.Message),
		Metadata:    metadataOf(f, version),
		FindingInfo: findingInfoOf(f),
		Evidences:   []evidence{evidenceOf(f)},
		Resources:   resourcesOf(f),
		Count:       countOf(f),
	}
	if f.Activity == Close {
		out.StatusDetail = quietDetail
	}
	if f.Remedy != "" {
		out.Remediation = &remediation{clean(f.Remedy)}
	}
	out.Observables = observablesOf(&out.Evidences[0], out.Resources)
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
			TypeID: facts.analytic.id, Type: facts.analytic.name,
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
	e := evidence{Name: factsOf(f.Kind).evidence, SrcEndpoint: src, Data: dataOf(f)}
	if f.IRC != nil {
		e.DstEndpoint = &service{addrText(f.IRC.Server), f.IRC.Port}
	}
	return e
}

// dataOf returns why, in the form that the kind has; nil if there is nothing.
func dataOf(f *Finding) any {
	switch {
	case f.Scan != nil:
		return scanDataOf(f.Scan)
	case f.IRC != nil:
		return ircDataOf(f.IRC)
	case f.Edge != nil:
		return edgeDataOf(f.Edge)
	case f.Incident != nil:
		return incidentDataOf(f.Incident)
	case f.Novelty != nil:
		return noveltyDataOf(f.Novelty)
	case f.Kind == Test:
		return &testData{true}
	}
	return nil
}

// countOf is how many things of one sort the evidence counts, 0 where it counts none.
func countOf(f *Finding) int {
	switch {
	case f.Scan != nil:
		return f.Scan.Contacts
	case f.Edge != nil:
		return f.Edge.Contacts
	case f.Incident != nil:
		return len(f.Incident.Timeline) + f.Incident.Omitted
	case f.Novelty != nil:
		return f.Novelty.Count
	}
	return 0
}
