package health

// HeartbeatData says that the sensor works, and on what.
type HeartbeatData struct {
	Uptime        Millis       `json:"uptime_ms"`
	Interval      Millis       `json:"interval_ms"`   // until the next is due
	Configuration string       `json:"configuration"` // hash of what wormwatch config prints
	Interfaces    []Interface  `json:"interfaces"`
	Packets       Count        `json:"packets"`
	Events        Count        `json:"events"` // packets that were looked at one by one
	Drops         Drops        `json:"drops"`
	Tracked       Tracked      `json:"tracked"`
	Episodes      int          `json:"episodes_open"`
	OneWay        bool         `json:"one_way"` // a mirror shows one direction only
	Findings      Count        `json:"findings"`
	Unoffered     uint64       `json:"health_lost"` // records such as this one that there was no room for
	Outbox        *OutboxState `json:"outbox,omitempty"`
	Memory        Memory       `json:"memory"`
}

// Count is a counter: since the start, and since the heartbeat before.
type Count struct {
	Total uint64 `json:"total"`
	New   uint64 `json:"new"`
}

// Interface is one that is captured from, or waited for.
type Interface struct {
	Name    string `json:"name"`
	Mode    string `json:"mode"` // native, generic, af_packet; empty while it is not there
	Role    string `json:"role"` // span, router
	Up      bool   `json:"up"`   // there, and administratively up
	Packets Count  `json:"packets"`
}

// Drops are packets and events that were not, or not fully, used, since the start.
type Drops struct {
	Lost          uint64 `json:"lost"`           // events for which there was no room
	Held          uint64 `json:"held"`           // events beyond the bound of their source: counted only
	PuntsHeld     uint64 `json:"punts_held"`     // frames that the kernel cannot take apart, beyond the bound
	SightingsHeld uint64 `json:"sightings_held"` // signs of life put off
	StreamsLost   uint64 `json:"streams_lost"`   // connections displaced before their first octets
	SourcesLost   uint64 `json:"sources_lost"`   // counts of sources displaced in the kernel
	Reordered     uint64 `json:"reordered"`      // events whose time was not kept
	Contacts      uint64 `json:"contacts_lost"`  // contacts given up unanswered
	Scores        uint64 `json:"scores_lost"`    // scores displaced
}

// Tracked is how many sources are known.
type Tracked struct {
	Sources  int    `json:"sources"`  // that are judged
	Watched  int    `json:"watched"`  // of them above the watch score
	Contacts uint64 `json:"contacts"` // since the start
	Waiting  int    `json:"waiting"`  // contacts that wait for an answer
}

// OutboxState is what waits for a broker.
type OutboxState struct {
	Records  int    `json:"records"` // in memory and on disk
	Bytes    int64  `json:"bytes"`
	Oldest   Millis `json:"oldest_ms"` // age of the oldest; 0 if nothing waits
	Dead     int    `json:"dead"`      // that a person has to look at
	Lost     uint64 `json:"lost"`      // given up, for any reason
	Sent     uint64 `json:"sent"`
	Unsaved  int    `json:"unsaved"`            // in memory only
	Degraded string `json:"degraded,omitempty"` // why they wait; empty while all is well
}

// Memory is what the process takes.
type Memory struct {
	Resident uint64 `json:"resident_bytes"`
	Heap     uint64 `json:"heap_bytes"` // allocated, of which what was never touched is not resident
}

// StartedData is what runs.
type StartedData struct {
	Version       string   `json:"version"`
	Commit        string   `json:"commit,omitempty"`
	Go            string   `json:"go"`
	Kernel        string   `json:"kernel"` // release
	Sensor        string   `json:"sensor"`
	Configuration string   `json:"configuration"` // hash of what wormwatch config prints
	Interfaces    []string `json:"interfaces"`    // of the configuration
	Mode          string   `json:"mode"`          // of the configuration
	Role          string   `json:"role"`
}

// StoppingData is what was done.
type StoppingData struct {
	Reason   string `json:"reason"` // signal, or the error that ends it
	Uptime   Millis `json:"uptime_ms"`
	Packets  uint64 `json:"packets"`
	Events   uint64 `json:"events"`
	Lost     uint64 `json:"lost"` // events for which there was no room
	Findings uint64 `json:"findings"`
}

// DropsData are events that were lost: of the series that began or ended.
type DropsData struct {
	Lost uint64 `json:"lost"`
	CPUs []int  `json:"cpus,omitempty"`        // that lost any
	Took Millis `json:"duration_ms,omitempty"` // of the series, once it ended
}

// OneWayData is a mirror that shows one direction only.
type OneWayData struct {
	Took Millis `json:"duration_ms,omitempty"` // once it ended
}

// InterfaceData is an interface whose state changed.
type InterfaceData struct {
	Interface string `json:"interface"`
	Reason    string `json:"reason,omitempty"`      // down, or not there
	Packets   uint64 `json:"packets"`               // since the start
	Took      Millis `json:"duration_ms,omitempty"` // of the state before
}

// StateRestoredData is what an earlier run left.
type StateRestoredData struct {
	Files []StateFile `json:"files"`
}

// StateFile is a memory that was read.
type StateFile struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	Saved Stamp  `json:"saved"`
	Age   Millis `json:"age_ms"`
}

// StateLostData is a memory that could not be used.
type StateLostData struct {
	Path     string `json:"path"`
	SetAside string `json:"set_aside"` // where the file is now
	Reason   string `json:"reason"`
}

// StateUnsavedData is what keeps the state from being saved.
type StateUnsavedData struct {
	Path   string `json:"path"` // state.path
	Reason string `json:"reason"`
}

// ReloadedData is another configuration.
type ReloadedData struct {
	Configuration string `json:"configuration"` // hash
	Before        string `json:"before"`
}

// ReloadFailedData is why the old configuration stays.
type ReloadFailedData struct {
	Problems      []string `json:"problems"`
	Configuration string   `json:"configuration"` // hash of the one in force
}
