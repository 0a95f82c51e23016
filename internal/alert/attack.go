package alert

import "strings"

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
	reconnaissance   = named{"TA0043", "Reconnaissance"}
	credentialAccess = named{"TA0006", "Credential Access"}
	discovery        = named{"TA0007", "Discovery"}
	lateralMovement  = named{"TA0008", "Lateral Movement"}
	commandControl   = named{"TA0011", "Command and Control"}
)

// technique is an entry of ATT&CK; sub is the name of a sub-technique, whose id is then
// the entry's, as T1021.002.
type technique struct {
	tactic    *named
	name, sub string
}

// techniques by id: those that a sensor on the wire can see of a worm.
var techniques = map[string]technique{
	"T1018":     {&discovery, "Remote System Discovery", ""},
	"T1021.002": {&lateralMovement, "Remote Services", "SMB/Windows Admin Shares"},
	"T1046":     {&discovery, "Network Service Discovery", ""},
	"T1071":     {&commandControl, "Application Layer Protocol", ""},
	"T1105":     {&commandControl, "Ingress Tool Transfer", ""},
	"T1110":     {&credentialAccess, "Brute Force", ""},
	"T1210":     {&lateralMovement, "Exploitation of Remote Services", ""},
	"T1570":     {&lateralMovement, "Lateral Tool Transfer", ""},
	"T1571":     {&commandControl, "Non-Standard Port", ""},
	"T1595.001": {&reconnaissance, "Active Scanning", "Scanning IP Blocks"},
}

// attackOf looks a technique or sub-technique up by its id, as T1046 or T1595.001. One
// that is not in the table goes out with its id alone.
func attackOf(id string) attack {
	a := attack{Version: attackVersion, Technique: &named{UID: clean(id)}}
	t, known := techniques[id]
	if !known {
		return a
	}
	a.Tactic, a.Technique.Name = t.tactic, t.name
	if t.sub != "" {
		a.Technique.UID, _, _ = strings.Cut(id, ".")
		a.SubTechnique = &named{id, t.sub}
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
