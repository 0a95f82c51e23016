// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Counts of sources, what they just sent, and the bound of what goes up of one. Each CPU
// has a region of its own, so nothing is atomic.
#pragma once
#include "hash.h"
#include "ring.h"
#include "sights.h"

enum thing {
	THING_NONE,
	THING_OPENING, // counted as such, each of these three
	THING_ANSWER,
	THING_REFUSAL,
	THING_MEETING, // ARP; an answer of a service that is not watched
	THING_WENT_ON, // an ACK of who behaves as if it had been answered
	THING_REQUEST, // an opening, each of which goes up
	THING_REPLY,   // an answer, each of which goes up
	THING_OCTETS,  // payload that is counted or followed
};

enum admission {
	ADMIT_SEND,
	ADMIT_REPEAT,
	ADMIT_HELD,
	ADMIT_LOST,
};

#define HEAD_TAG(key) ((key) << 12)
#define HEAD_ERA(era) (((era) & 0xf) << 8)
#define HEAD_EVIDENCE 0xff

// head_rank tells what would be lost with a slot: nothing with a free one, little with one
// that was not heard of in the latest two eras.
static __always_inline __u32 head_rank(__u32 head)
{
	__u32 age = (want.era - (head >> 8)) & 0xf;

	if (!head)
		return 0;
	return age > 1 ? 1 : 2 + (head & HEAD_EVIDENCE);
}

// A ring that runs full is asked for that again after so many sources: a call is dear.
#define PRESSED_FOR 8

static __always_inline bool pressed(struct cpu *c)
{
	void *ring;

	if (c->pressed) {
		c->pressed--;
		return true;
	}
	ring = this_ring();
	if (!ring || bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) < want.pressed)
		return false;
	c->pressed = PRESSED_FOR - 1;
	return true;
}

// must_wait reports whether a source that is not in the table has to give way to those that
// are: the ring runs full, and nothing proves that this one is not forged. A sign of life is
// such a proof itself: by it a host that was not seen before comes to be known.
static __always_inline bool must_wait(struct cpu *c, const struct event *ev)
{
	return !credible(ev) && pressed(c) && !sighted(sight_of(fold(&ev->src), realm_of(ev)));
}

// source_claim makes room in a set and returns the way.
static __always_inline __u32 source_claim(struct cpu *c, struct source_set *set)
{
	__u32 way = 0, least = head_rank(set->heads[0]);

	for (__u32 i = 1; i < SOURCE_WAYS; i++) {
		__u32 rank = head_rank(set->heads[i]);

		if (rank < least) {
			least = rank;
			way = i;
		}
	}
	c->sources++;
	if ((set->heads[way] & HEAD_EVIDENCE) > 1)
		c->sources_lost++;
	return way;
}

// repeats_tag is what tells a thing from others of its source.
static __always_inline __u32 repeats_tag(const struct event *ev, __u64 h, enum thing t, __u32 openings)
{
	__u64 x = (fold(&ev->dst) ^ h) * want.odd[0], word;

	if (t == THING_MEETING && ev->kind != KIND_TCP) { // ARP has neither ports nor numbers
		word = (__u64)*(const __u32 *)(ev->src_mac + 2) << 16 | *(const __u16 *)ev->src_mac;
	} else {
		word = (__u64)ev->src_port << 48 | (__u64)ev->dst_port << 32;
		// What goes on after another opening may be about that one.
		word |= t == THING_WENT_ON ? openings : ev->seq;
	}
	x ^= x >> 32;
	x = (x + word + realm_of(ev) * want.odd[0]) * want.odd[1];
	x ^= ((__u64)ev->kind << 40 | (__u64)ev->tcp_flags << 32) ^ (__u64)t << 48;
	return x >> 32 | 1;
}

static __always_inline bool repeated(struct source *s, __u32 tag)
{
	for (int i = 0; i < SOURCE_TAGS; i++)
		if (s->tags[i] == tag)
			return true;
	s->tags[s->next++ & (SOURCE_TAGS - 1)] = tag;
	return false;
}

// bounded counts an event of a source, and reports whether it is one too many. Octets may
// take half of the bound: so who copies files can still be seen to meet others.
static __always_inline bool bounded(struct source *s, enum thing t)
{
	__u32 most = want.per_source;

	if (t == THING_OCTETS)
		most /= 2;
	if (s->sent < most) {
		s->sent++;
		return false;
	}
	s->held++;
	return true;
}

static __always_inline void count(struct source *s, enum thing t)
{
	switch (t) {
	case THING_OPENING:
	case THING_REQUEST:
		s->openings++;
		break;
	case THING_ANSWER:
	case THING_REPLY:
		s->answers++;
		break;
	case THING_REFUSAL:
		s->refusals++;
		break;
	default:
		break;
	}
}

static __always_inline void next_window(struct source *s, __u32 window)
{
	s->window = window;
	s->sent = 0;
	for (int i = 0; i < SOURCE_TAGS; i++)
		s->tags[i] = 0;
}

// admit counts a thing of its source and decides whether it goes up.
static __always_inline enum admission admit(struct cpu *c, const struct event *ev, enum thing t)
{
	__u64 h = hash(fold(&ev->src), 0);
	__u32 cpu = bpf_get_smp_processor_id(), key = h >> 16, way, at, head, window;
	struct source_set *set;
	struct source *s;
	bool is_new = false;

	if (cpu >= want.regions)
		cpu %= want.regions | 1;
	at = cpu * want.sets + (__u32)((h >> 32) * want.sets >> 32);
	set = bpf_map_lookup_elem(&source_sets, &at);
	if (!set)
		return ADMIT_SEND;
	for (way = 0; way < SOURCE_WAYS; way++)
		if (set->heads[way] >> 12 == (HEAD_TAG(key) >> 12) && set->heads[way])
			break;
	if (way == SOURCE_WAYS) {
		if (must_wait(c, ev))
			return ADMIT_LOST;
		way = source_claim(c, set);
		is_new = true;
	}
	at = at * SOURCE_WAYS + way;
	s = bpf_map_lookup_elem(&sources, &at);
	if (!s)
		return ADMIT_SEND;
	window = window_now();
	if (is_new || s->key != key) {
		*s = (struct source){.key = key, .window = window};
		set->heads[way & (SOURCE_WAYS - 1)] = HEAD_TAG(key);
	} else if (s->window != window) {
		next_window(s, window);
	}
	count(s, t);
	if (t <= THING_WENT_ON && repeated(s, repeats_tag(ev, h, t, s->openings))) {
		s->repeats++;
		return ADMIT_REPEAT;
	}
	if (bounded(s, t))
		return ADMIT_HELD;
	head = set->heads[way & (SOURCE_WAYS - 1)] & ~(__u32)HEAD_ERA(0xf);
	if ((head & HEAD_EVIDENCE) != HEAD_EVIDENCE)
		head++;
	set->heads[way & (SOURCE_WAYS - 1)] = head | HEAD_ERA(want.era);
	return ADMIT_SEND;
}
