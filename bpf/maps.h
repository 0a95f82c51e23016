// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// What the program shares with user space. All maps are made at load and never grow. The
// copies of the program, one an interface, share them.
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "event.h"

#define MAX_CPUS 256
#define MAX_IFACES 64
#define MAX_HOME6 16

// Of each copy of the program: set before it is loaded.
volatile const __u16 iface;        // Event.Iface
volatile const __u32 verdict = XDP_PASS; // XDP_DROP in a span port's role

enum port {
	PORT_TCP = 1 << 0, // a watched service
	PORT_UDP = 1 << 1,
	PORT_SMB = 1 << 2,     // TCP on which SMB is spoken: its streams are followed
	PORT_IRC_TLS = 1 << 3, // TCP on which IRC over TLS is spoken: the same
};

enum option {
	OPTION_ALL = 1 << 0,     // every packet goes up: for tests
	OPTION_ARP = 1 << 1,     // ARP is watched
	OPTION_STREAMS = 1 << 2, // streams are followed
	OPTION_REALMS = 1 << 3,  // VLANs and tunnels separate hosts of equal addresses
	OPTION_FRAMES = 1 << 4,  // frames of some sources go up whole
};

struct prefix6 {
	__u64 net[2], mask[2]; // network byte order
};

enum home { HOME_NONE, HOME_ALL, HOME_SOME };

enum opener { OPENER_NO, OPENER_YES, OPENER_LETTER };

// What user space wants. It writes this while the program runs: every field may change at
// any time, one by one.
struct settings {
	__u64 seed; // of the hashes
	__u32 options;
	__u32 era;        // changes when sightings are due again
	__u32 per_source; // events of one source in a window at most
	__u32 punts;      // frames punted by a CPU in a window at most
	__u32 slots;      // of sources, a CPU; a power of two
	__u32 snap;       // octets of a frame that go up for evidence
	__u32 n_home6;
	__u32 armed; // user space sleeps: the next event wakes it and clears this
	struct prefix6 home6[MAX_HOME6];
	__u64 tcp[1024], udp[1024]; // a bit a watched port
	__u8 ports[65536];          // enum port
	__u8 home4[65536];          // enum home of a /16; HOME_SOME: ask the map home
	__u8 openers[256];          // whether an octet can begin a line of IRC: enum opener
	__u64 verbs[32 * 32 * 32 / 64]; // a bit for three letters (of five bits each) that can
	__u64 marks[64];            // a bit for the hash of each source whose frames go up
};

// Counters of a CPU. Only its own program writes them.
struct cpu {
	__u64 events, lost;        // sent up, and not for want of room in the ring
	__u64 octets_lost;         // of the rings: records of all kinds
	__u64 punted, punts_lost, punts_held; // frames sent up whole; not for want of room; above the bound
	__u64 repeats, held;       // not sent: as just sent; above the bound of their source
	__u64 sightings;           // events sent only because their source was not seen lately
	__u64 sightings_held;      // put off: too many sources in one place of the table
	__u64 streams, streams_lost; // directions of connections entered; displaced before their first octets
	__u64 sources, sources_lost; // slots taken; taken from others with counts in them
	__u64 frames, frames_lost; // for evidence
	__u64 snapped;             // payloads sent in part
	__u64 status[8];           // enum status
	// Of the bounds that count by the window.
	__u32 window, punts_in_window;
	__u32 sighted_window, sighted_in_window;
};

// Totals of an interface on a CPU.
struct link {
	__u64 packets, octets;
};

#define SOURCE_TAGS 8

// Counts of a source on a CPU, a cache line each.
struct source {
	__u32 key;    // of its address; 0: free
	__u32 window; // that sent and tags belong to
	__u32 openings, answers, refusals, repeats;
	__u32 held;   // not sent: above the bound
	__u16 sent;   // in the window
	__u16 next;   // tag to be replaced
	__u32 tags[SOURCE_TAGS]; // latest things sent
};

_Static_assert(sizeof(struct source) == 64, "a cache line");

enum stream_fact {
	STREAM_OPEN = 1 << 0,  // the SYN was seen, octets were not
	STREAM_START = 1 << 1, // it begins as one that is followed: so its first octets are
	STREAM_WHOLE = 1 << 2, // user space follows it to its end
};

// One direction of a TCP connection.
struct stream {
	__u32 tag;   // of its ends; 0: free
	__u32 first; // sequence number of the first octet
	__u32 facts; // enum stream_fact
	__u32 window; // when it was entered
};

#define STREAM_WAYS 4
#define STREAM_SETS 4096
#define SIGHT_WAYS 4
#define SIGHT_SETS 16384

struct stream_set { struct stream ways[STREAM_WAYS]; };
struct sight_set { __u32 ways[SIGHT_WAYS]; };

struct settings want SEC(".data.settings");
struct cpu cpus[MAX_CPUS] SEC(".data.cpus");
struct link links[MAX_CPUS][MAX_IFACES] SEC(".data.links");
struct stream_set streams[STREAM_SETS] SEC(".data.streams");
struct sight_set sights[SIGHT_SETS] SEC(".data.sights");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); // CPUs times settings.slots, set before load
	__type(key, __u32);
	__type(value, struct source);
} sources SEC(".maps");

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 22); // octets, set before load
};

// A ring of events for each CPU.
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1); // CPUs, set before load
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps");

// Frames for evidence.
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} frames SEC(".maps");

// Sources whose frames go up; settings.marks has a bit for each.
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, union addr);
	__type(value, __u32);
} marked SEC(".maps");

struct home_key {
	__u32 bits;
	union addr addr;
};

// Home prefixes that settings cannot tell alone.
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, struct home_key);
	__type(value, __u8);
} home SEC(".maps");

// Room to put a record together that is longer than an event.
#define SCRATCH (1 << 14)
struct scratch {
	struct event ev;
	__u8 octets[SCRATCH];
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");
