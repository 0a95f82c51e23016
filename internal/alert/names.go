package alert

// Captions are OCSF's own: the schema wants id and caption to agree.

var severityNames = [...]string{"Unknown", "Informational", "Low", "Medium", "High", "Critical"}

// String returns the caption of OCSF severity_id.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return severityNames[0]
}

var activityNames = [...]string{"Unknown", "Create", "Update", "Close"}

// String returns the caption of OCSF activity_id.
func (a Activity) String() string {
	if int(a) < len(activityNames) {
		return activityNames[a]
	}
	return activityNames[0]
}

// level is a normalised id with its caption, as OCSF pairs them.
type level struct {
	id   int
	name string
}

// confidence is Confidence held within 0 to 100.
func (f *Finding) confidence() int { return max(0, min(100, f.Confidence)) }

// confidenceLevel grades a score of 0 to 100 (OCSF confidence_id).
func confidenceLevel(score int) level {
	switch {
	case score >= 75:
		return level{3, "High"}
	case score >= 40:
		return level{2, "Medium"}
	default:
		return level{1, "Low"}
	}
}

// statusLevel is where a finding stands in somebody's workflow (OCSF status_id). New
// until a person takes it up. The end of an episode is neither Resolved ("reviewed,
// remediated") nor Archived in OCSF's sense: the host went quiet, nobody cleaned it.
func statusLevel(a Activity) level {
	if a == Close {
		return level{99, "Quiet"}
	}
	return level{1, "New"}
}

// quietDetail is OCSF status_detail of a Close.
const quietDetail = "No new evidence; whether the source was cleaned is not known to the sensor."
