package alert

// The wire form of OCSF 1.8.0, class 2004; see docs/alerts.md. The order of the fields
// is the order of the bytes. What evidences[0].data holds stands beside the function that
// fills it: ocsf_scan.go, ocsf_irc.go and so on.

type ocsfFinding struct {
	ActivityID      int          `json:"activity_id"`
	ActivityName    string       `json:"activity_name"`
	CategoryUID     int          `json:"category_uid"`
	CategoryName    string       `json:"category_name"`
	ClassUID        int          `json:"class_uid"`
	ClassName       string       `json:"class_name"`
	TypeUID         int          `json:"type_uid"`
	TypeName        string       `json:"type_name"`
	Time            int64        `json:"time"`
	StartTime       int64        `json:"start_time"`
	EndTime         int64        `json:"end_time"`
	Duration        int64        `json:"duration"`
	Count           int          `json:"count,omitempty"`
	SeverityID      int          `json:"severity_id"`
	Severity        string       `json:"severity"`
	ConfidenceID    int          `json:"confidence_id"`
	Confidence      string       `json:"confidence"`
	ConfidenceScore int          `json:"confidence_score"`
	StatusID        int          `json:"status_id"`
	Status          string       `json:"status"`
	StatusDetail    string       `json:"status_detail,omitempty"`
	IsAlert         bool         `json:"is_alert"`
	Message         string       `json:"message"`
	Metadata        metadata     `json:"metadata"`
	FindingInfo     findingInfo  `json:"finding_info"`
	Evidences       []evidence   `json:"evidences"`
	Observables     []observable `json:"observables"`
	Resources       []resource   `json:"resources,omitempty"`
	Remediation     *remediation `json:"remediation,omitempty"`
}

type metadata struct {
	Version        string    `json:"version"`
	UID            string    `json:"uid"`
	CorrelationUID string    `json:"correlation_uid"`
	Sequence       int       `json:"sequence"`
	EventCode      string    `json:"event_code"`
	LogName        string    `json:"log_name"`
	Product        product   `json:"product"`
	Reporter       *reporter `json:"reporter,omitempty"`
}

type product struct {
	Name       string `json:"name"`
	VendorName string `json:"vendor_name"`
	Version    string `json:"version"`
}

type reporter struct {
	Name string `json:"name"`
}

type findingInfo struct {
	UID           string   `json:"uid"`
	Title         string   `json:"title"`
	Desc          string   `json:"desc"`
	Types         []string `json:"types,omitempty"`
	CreatedTime   *int64   `json:"created_time,omitempty"`
	ModifiedTime  *int64   `json:"modified_time,omitempty"`
	FirstSeenTime int64    `json:"first_seen_time"`
	LastSeenTime  int64    `json:"last_seen_time"`
	Analytic      analytic `json:"analytic"`
	Attacks       []attack `json:"attacks"`
}

type analytic struct {
	Name      string `json:"name"`
	UID       string `json:"uid"`
	TypeID    int    `json:"type_id"`
	Type      string `json:"type"`
	Version   string `json:"version"`
	Algorithm string `json:"algorithm,omitempty"`
}

type evidence struct {
	Name        string   `json:"name"`
	SrcEndpoint endpoint `json:"src_endpoint"`
	DstEndpoint *service `json:"dst_endpoint,omitempty"`
	Data        any      `json:"data,omitempty"`
}

type endpoint struct {
	IP       string `json:"ip"`
	MAC      string `json:"mac,omitempty"`
	Hostname string `json:"hostname,omitempty"`
	Zone     string `json:"zone"`
}

// service is the other side, where there is one.
type service struct {
	IP   string `json:"ip"`
	Port uint16 `json:"port"`
}

type observable struct {
	Name   string `json:"name"`
	TypeID int    `json:"type_id"`
	Type   string `json:"type"`
	Value  string `json:"value"`
}

type resource struct {
	Name     string `json:"name"`
	IP       string `json:"ip"`
	Hostname string `json:"hostname,omitempty"`
	Type     string `json:"type"`
	RoleID   int    `json:"role_id"`
	Role     string `json:"role"`
}

type remediation struct {
	Desc string `json:"desc"`
}
