// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// What the program shares with user space. All maps are made at load and never grow. The
// copies of the program, one an interface, share them.
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "event.h"

#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif

#define MAX_CPUS 512
#define MAX_IFACES 64
#define MAX_HOME6 16

// Of each copy of the program: set before it is loaded.
volatile const __u16 iface;        // Event.Iface
volatile const __u32 verdict = XDP_PASS; // XDP_DROP in a span port's role

enum port {
	PORT_SMB = 1 << 0,     // TCP on which SMB is spoken: its streams are followed
	PORT_IRC_TLS = 1 << 1, // TCP on which IRC over TLS is spoken: the same
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

enum home {
	HOME_NONE,
	HOME_ALL,
	HOME_SOME, // ask the map home
};

enum opener {
	OPENER_NO,
	OPENER_YES,    // look at what follows
	OPENER_LETTER, // a verb can begin with it: ask verbs
};

// What user space wants. It writes this while the program runs: every field may change at
// any time, one by one.
struct settings {
	__u64 seed, odd[2]; // secrets of the hashes
	__u32 options;
	__u32 era;        // 1 to 255: changes when sightings are due again
	__u32 per_source; // events of one source in a window at most
	__u32 punts;      // frames punted by a CPU in a window at most
	__u32 regions;    // of the table of sources: one a CPU
	__u32 sets;       // of sources in a region; a power of two
	__u32 n_home6;    // of home6; more than MAX_HOME6: ask the map home
	__u32 pressed;    // octets waiting in a ring from which on those go first who may be forged
	__u32 tick_bits; // of the ticks of a window
	__u32 zero;      // always; the verifier does not know that
	// A cache line that may be written without others having to be read anew.
	__u32 armed; // user space sleeps: the next event wakes it and clears this
	__u32 snap;  // octets of a frame that go up for evidence
	__u32 pad[14];
	__u64 tcp[1024], udp[1024]; // a bit a watched port
	__u64 marks[64];            // a bit for the hash of each source whose frames go up
	__u64 verbs[32 * 32 * 32 / 64]; // a bit for three letters (of five bits each) that can
	                                // begin a verb of IRC
	__u8 openers[256];              // whether an octet can begin a line of IRC: enum opener
	__u8 ports[65536];              // enum port
	__u8 home4[65536];              // enum home of a /16, its second octet the higher one
	struct prefix6 home6[MAX_HOME6];
};

// Counters of a CPU. Only its own program writes them.
struct cpu {
	__u64 events, lost;        // sent up, and not for want of room in the ring
	__u64 octets_lost;         // of the rings: records of all kinds
	__u64 punted, punts_lost, punts_held; // frames sent up whole; not for want of room; above the bound
	__u64 repeats, held;       // not sent: as just sent; above the bound of their source
	__u64 sightings;           // events sent only because their source was not seen lately
	__u64 sightings_held;      // put off: too many sources in one place of the table
	__u64 streams, streams_lost; // connections entered; displaced before their first octets
	__u64 sources, sources_lost; // slots taken; taken from others with more than one contact
	__u64 frames, frames_lost; // for evidence
	__u64 snapped;             // payloads sent in part
	__u64 status[8];           // enum status, OK apart: the rest of all packets
	// Of the bounds that count by the window.
	__u32 window, punts_in_window;
	__u32 sighted_window, sighted_in_window;
	// Of the clock.
	__u64 tick, exact; // of the kernel's timer, and the latest time given within it
	__u32 in_tick; // events in the tick
	__u32 pressed; // new sources that have to wait until the ring is asked again
	__u32 pad[2];
} __attribute__((aligned(64)));

// Totals of an interface on a CPU.
struct link {
	__u64 packets, octets;
};

#define SOURCE_WAYS 4
#define SOURCE_TAGS 8

// The heads of the slots of a set of sources, in a cache line of few: 20 bits of the hash,
// 4 of the era of the latest packet, 8 of evidence. 0: free.
struct source_set {
	__u32 heads[SOURCE_WAYS];
};

// Counts of a source on a CPU, a cache line each.
struct source {
	__u32 key;    // of its address
	__u32 window; // that sent and tags belong to
	__u32 openings, answers, refusals, repeats;
	__u32 held; // not sent: above the bound
	__u16 sent; // in the window
	__u16 next; // tag to be replaced
	__u32 tags[SOURCE_TAGS]; // latest things sent
};

_Static_assert(sizeof(struct source) == 64, "a cache line");

// The two directions are told by their senders: the lower end of the two is 0.
enum stream_fact {
	STREAM_KNOWN = 1 << 0, // first[0] is valid; first[1]: the next bit
	STREAM_OPEN = 1 << 2,  // nothing was heard of 0 yet; of 1: the next bit
	STREAM_START = 1 << 4, // it begins as one that is followed: its first octets go up
};

// A TCP connection.
struct stream {
	__u32 tag;      // of its ends; 0: free
	__u8 facts;     // enum stream_fact
	__u8 whole;     // user space, which alone writes this, follows it to its end
	__u16 window;   // when it was entered
	__u32 first[2]; // sequence number of the first octet of a direction
};

_Static_assert(sizeof(struct stream) == 16, "a set of four is a cache line");

#define STREAM_WAYS 4
#define STREAM_SETS 4096
#define SIGHT_WAYS 4
#define SIGHT_SETS 32768

struct stream_set {
	struct stream ways[STREAM_WAYS];
};

// Who was seen, by blocks of 32 neighbours, who are often seen together: so few cache lines
// are enough for a whole network.
struct sight_set {
	__u32 tags[SIGHT_WAYS];  // 24 bits of a block's hash, 8 of the era; 0: free
	__u32 hosts[SIGHT_WAYS]; // a bit for each of it
};

// All of it is one mapped array (.bss).
#define CACHE_LINE __attribute__((aligned(64)))
struct settings want CACHE_LINE;
struct cpu cpus[MAX_CPUS] CACHE_LINE;
struct link links[MAX_CPUS][MAX_IFACES] CACHE_LINE;
struct stream_set streams[STREAM_SETS] CACHE_LINE;
struct sight_set sights[SIGHT_SETS] CACHE_LINE;

// settings.regions times settings.sets of them, set before load.
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct source_set);
} source_sets SEC(".maps");

// SOURCE_WAYS to a set.
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct source);
} sources SEC(".maps");

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 22); // octets, set before load
};

// Rings of events by CPU: several CPUs may have one ring.
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1); // possible CPUs, set before load
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
} __attribute__((packed, aligned(4)));

// Home prefixes that settings cannot tell alone.
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, struct home_key);
	__type(value, __u32);
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
