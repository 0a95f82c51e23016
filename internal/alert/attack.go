package alert

// attackVersion is the edition of MITRE ATT&CK that the names are from.
const attackVersion = "18.1"

type named struct {
	UID  string `json:"uid"`
	Name string `json:"name,omitempty"`
}

// attack is OCSF's attack object: a sub-technique stands beside its technique.
type attack struct {
	Version      string `json:"version"`
	Tactic       *named `json:"tactic,omitempty"`
	Technique    *named `json:"technique"`
	SubTechnique *named `json:"sub_technique,omitempty"`
}

var (
	reconnaissance  = named{"TA0043", "Reconnaissance"}
	discovery       = named{"TA0007", "Discovery"}
	lateralMovement = named{"TA0008", "Lateral Movement"}
	commandControl  = named{"TA0011", "Command and Control"}
)

// attackOf looks a technique or sub-technique up by its id, as T1046 or T1595.001. One
// that is not in the table goes out with its id alone.
func attackOf(id string) attack {
	a := attack{Version: attackVersion}
	switch id {
	case "T1046":
		a.Tactic, a.Technique = &discovery, &named{id, "Network Service Discovery"}
	case "T1018":
		a.Tactic, a.Technique = &discovery, &named{id, "Remote System Discovery"}
	case "T1595.001":
		a.Tactic, a.Technique = &reconnaissance, &named{"T1595", "Active Scanning"}
		a.SubTechnique = &named{id, "Scanning IP Blocks"}
	case "T1071":
		a.Tactic, a.Technique = &commandControl, &named{id, "Application Layer Protocol"}
	case "T1571":
		a.Tactic, a.Technique = &commandControl, &named{id, "Non-Standard Port"}
	case "T1021.002":
		a.Tactic, a.Technique = &lateralMovement, &named{"T1021", "Remote Services"}
		a.SubTechnique = &named{id, "SMB/Windows Admin Shares"}
	default:
		a.Technique = &named{UID: clean(id)}
	}
	return a
}

func attacksOf(ids []string) []attack {
	out := make([]attack, 0, len(ids))
	for _, id := range ids {
		out = append(out, attackOf(id))
	}
	return out
}
