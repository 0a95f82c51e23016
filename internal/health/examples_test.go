package health

import "github.com/wormwatch/wormwatch/internal/alert"

const (
	aHash   = "9f0c1d0b6b1a0c7f7c9a0de7f4a6f0c1b9d8d2f1c3a4b5968778695a4b3c2d1e"
	another = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"
	noon    = Stamp(1_790_000_000_000)
)

// examples are one event of each kind, every field filled in, as those who tell them do.
var examples = []Event{
	{Kind: Heartbeat, Severity: alert.Informational, Message: "the sensor works", Data: HeartbeatData{
		Uptime: 86_400_000, Interval: 60_000, Configuration: aHash,
		Interfaces: []Interface{
			{Name: "eth1", Mode: "native", Role: "span", Up: true, Packets: Count{9_300_411_020, 6_500_120}},
			{Name: "eth2", Role: "span"},
		},
		Packets: Count{9_300_411_020, 6_500_120}, Events: Count{41_200_331, 28_033}, Findings: Count{12, 1},
		Drops:   Drops{Lost: 40, Held: 1_022, PuntsHeld: 3, SightingsHeld: 77, StreamsLost: 2, SourcesLost: 1, Reordered: 5},
		Tracked: Tracked{Sources: 812, Watched: 3, Contacts: 1_204_991, Waiting: 17}, Episodes: 2,
		Outbox: &OutboxState{Records: 3, Bytes: 9_216, Oldest: 4_200, Sent: 9, Unsaved: 1, Degraded: "dial tcp 10.0.0.5:9092: connection refused"},
		Memory: Memory{Resident: 301_989_888, Heap: 190_840_832},
	}},
	{Kind: Started, Severity: alert.Informational, Message: "started", Data: StartedData{
		Version: "1.2.3", Commit: "0123abc", Go: "go1.26.0", Kernel: "6.12.0-1-amd64", Sensor: "core-1",
		Configuration: aHash, Interfaces: []string{"eth1", "eth2"}, Mode: "auto", Role: "span",
	}},
	{
		Kind: Stopping, Severity: alert.High, Message: "stopping: interface eth1 is not there",
		Remedy: "mend what it says and start the sensor again: until then nobody watches",
		Data:   StoppingData{Reason: "interface eth1 is not there", Uptime: 86_400_000, Packets: 9_300_411_020, Events: 41_200_331, Lost: 40, Findings: 12},
	},
	{
		Kind: DropsBegan, Severity: alert.Medium, Message: "events are being lost: silence is not judged, counts are lower bounds",
		Remedy: "if it goes on, raise capture.ring_events, or give the sensor more CPU", Data: DropsData{Lost: 40, CPUs: []int{3}},
	},
	{
		Kind: DropsEnded, Severity: alert.Informational, Message: "no events are lost any more",
		Data: DropsData{Lost: 100, CPUs: []int{3}, Took: 1_300},
	},
	{
		Kind: OneWayBegan, Severity: alert.Medium, Message: "the mirror shows one direction only: silence is not judged",
		Remedy: "have the switch mirror both directions of each port or VLAN", Data: OneWayData{},
	},
	{Kind: OneWayEnded, Severity: alert.Informational, Message: "the mirror shows both directions again", Data: OneWayData{Took: 7_200_000}},
	{
		Kind: InterfaceDown, Severity: alert.High, Message: "interface eth1 is down, or without a carrier: the sensor is blind there",
		Remedy: "set it up (ip link set dev eth1 up), and look after its cable and the switch port",
		Data:   InterfaceData{Interface: "eth1", Reason: "down, or without a carrier", Packets: 9_300_411_020},
	},
	{
		Kind: InterfaceUp, Severity: alert.Informational, Message: "interface eth1 is up again",
		Data: InterfaceData{Interface: "eth1", Packets: 9_300_411_020, Took: 95_000},
	},
	{
		Kind: InterfaceSilent, Severity: alert.Medium, Message: "interface eth1 has shown no packet for 5m0s",
		Remedy: "look whether the switch still mirrors to it; where nights are that quiet, raise health.silence",
		Data:   InterfaceData{Interface: "eth1", Packets: 9_300_411_020, Took: 300_000},
	},
	{
		Kind: InterfaceHeard, Severity: alert.Informational, Message: "interface eth1 shows packets again",
		Data: InterfaceData{Interface: "eth1", Packets: 9_300_411_021, Took: 640_000},
	},
	{
		Kind: OutboxDegraded, Severity: alert.Medium, Message: "kafka takes no records: 12 wait in the outbox",
		Remedy: "do what the reason says; until then records wait, and go by themselves afterwards",
		Data: OutboxDegradedData{
			Sink: "kafka", Reason: "dial tcp 10.0.0.5:9092: connection refused", Since: noon - 10_000,
			Durable: true, Records: 12, Bytes: 36_864, Oldest: noon - 9_500,
		},
	},
	{
		Kind: OutboxRecovered, Severity: alert.Informational, Message: "kafka takes records again: 415 were sent late, after 1h0m0s",
		Data: OutboxRecoveredData{Sink: "kafka", Since: noon - 3_600_000, Took: 3_600_000, Late: 415, Left: 3},
	},
	{
		Kind: OutboxDamaged, Severity: alert.High, Message: "the outbox was damaged: it is set aside, and begun anew with what could be read of it",
		Remedy: "look after the disk; what is set aside may be deleted once nobody needs it", Data: OutboxDamagedData{Reason: "page 7: checksum", SetAside: "/var/lib/wormwatch/outbox/outbox.db.damaged-1", Salvaged: 41},
	},
	{
		Kind: AlertsLost, Severity: alert.High, Message: "190 records were given up and never sent (age 2, full 188)",
		Remedy: "give the outbox more room (publish.outbox.max_size) or more time (publish.outbox.max_age), or bring the broker back sooner",
		Data: AlertsLostData{Total: 190, Losses: []AlertLoss{
			{Reason: "full", Kind: "scan.fast", Activity: alert.Update, Severity: alert.High, Count: 188, First: noon - 7_200_000, Last: noon - 60_000},
			{Reason: "age", Kind: "started", Severity: alert.Informational, Count: 2, First: noon - 700_000_000, Last: noon - 650_000_000},
		}},
	},
	{
		Kind: DeadLetters, Severity: alert.Medium, Message: "kafka will never take 1 records as they are: they are kept as dead letters",
		Remedy: "see them by wormwatch outbox dead, mend what the reason says, and then retry or drop them",
		Data:   DeadLettersData{Sink: "kafka", Reason: "message too large", Kind: "host.compromised", UID: "0d3c0a4e-2f0a-5b4d-9a53-0b4f6a4d8c11", New: 1, Dead: 1, Bytes: 1_048_920},
	},
	{
		Kind: LinesDegraded, Severity: alert.High, Message: "findings are missing from /var/log/wormwatch/alerts.jsonl: no space left on device",
		Remedy: "make room on its disk: each next finding tries again",
		Data:   LinesDegradedData{Path: "/var/log/wormwatch/alerts.jsonl", Reason: "no space left on device"},
	},
	{
		Kind: LinesRecovered, Severity: alert.Informational, Message: "findings go to /var/log/wormwatch/alerts.jsonl again, 7 are missing there",
		Data: LinesRecoveredData{Path: "/var/log/wormwatch/alerts.jsonl", Lost: 7, Took: 120_000},
	},
	{
		Kind: StateRestored, Severity: alert.Informational, Message: "restored novelty.state and blocklists.state, saved 3m0s ago",
		Data: StateRestoredData{Files: []StateFile{
			{Path: "/var/lib/wormwatch/novelty.state", Bytes: 65_600, Saved: noon - 180_000, Age: 180_000},
			{Path: "/var/lib/wormwatch/blocklists.state", Bytes: 1_200, Saved: noon - 180_000, Age: 180_000},
		}},
	},
	{
		Kind: StateLost, Severity: alert.Medium,
		Message: "/var/lib/wormwatch/novelty.state: damaged: the checksum does not agree; it is set aside as /var/lib/wormwatch/novelty.state.damaged-1, and wormwatch starts without it: if it happens again, look after the disk",
		Remedy:  "expect to be told again of what was known before, and look after the disk if it happens again",
		Data: StateLostData{
			Path: "/var/lib/wormwatch/novelty.state", SetAside: "/var/lib/wormwatch/novelty.state.damaged-1",
			Reason: "/var/lib/wormwatch/novelty.state: damaged: the checksum does not agree",
		},
	},
	{
		Kind: StateUnsaved, Severity: alert.Medium,
		Message: "what was learned cannot be saved: state.path: /var/lib/wormwatch/novelty.state: no space left on device",
		Remedy:  "mend what it says: what was learned since the last save is gone if the sensor ends",
		Data: StateUnsavedData{
			Path:   "/var/lib/wormwatch",
			Reason: "state.path: /var/lib/wormwatch/novelty.state: no space left on device",
		},
	},
	{Kind: Reloaded, Severity: alert.Informational, Message: "another configuration is in force", Data: ReloadedData{Configuration: another, Before: aHash}},
	{
		Kind: ReloadFailed, Severity: alert.Medium, Message: "the configuration could not be read, the old one stays",
		Remedy: "mend what data.problems say, and reload again",
		Data:   ReloadFailedData{Problems: []string{"wormwatch.yaml:12: detect.fast.window: \"10\" has no unit: write 10s"}, Configuration: aHash},
	},
	{Kind: Test, Severity: alert.Informational, Message: "a person asked whether health records arrive"},
}
