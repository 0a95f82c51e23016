// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Signs of life: who was seen in this era, of those that flow.Tracker wants to hear of.
#pragma once
#include "hash.h"
#include "home.h"
#include "ring.h"

#define SIGHT_SHIFT 49 // leaves a set's number of a hash
_Static_assert(SIGHT_SETS == 1 << (64 - SIGHT_SHIFT), "sets by the high bits of a hash");

// Of those that were seen in this era, so many may be displaced in a window: a thousand a
// second.
#define SIGHTED_IN_WINDOW 134

static __always_inline bool watched(const __u64 *ports, __u16 port)
{
	return ports[port >> 6] >> (port & 63) & 1;
}

// credible reports whether ev proves that its source exists, as flow's credible does.
static __always_inline bool credible(const struct event *ev)
{
	switch (ev->kind) {
	case KIND_TCP:
		if (!(ev->tcp_flags & TCP_ACK) || ev->flags & FLAG_CUT)
			return false;
		return !(ev->tcp_flags & TCP_SYN) || !watched(want.tcp, ev->src_port);
	case KIND_UDP:
		return ev->flags & FLAG_GROUP ||
		       (!watched(want.udp, ev->src_port) && !watched(want.udp, ev->dst_port));
	case KIND_ARP_REQUEST:
	case KIND_ARP_REPLY:
	case KIND_ICMP:
		return true;
	}
	return false;
}

static __always_inline bool names_a_host(const union addr *a)
{
	if (a->halves[0])
		return a->octets[0] != 0xff;
	if (a->words[2] == MAPPED_WORD) {
		__u8 first = a->octets[12];

		return a->words[3] && first >> 4 != 0xe && a->words[3] != 0xffffffff;
	}
	return a->halves[1];
}

// Where somebody is noted: a block of neighbours and which of them it is.
struct sight {
	__u64 block; // hash
	__u32 host;  // in it: 0 to 31
};

#define NEIGHBOURS (31ULL << 24) // the lowest bits of an address as fold has it

static __always_inline struct sight sight_of(__u64 folded, __u64 realm)
{
	return (struct sight){hash(folded & ~NEIGHBOURS, realm), folded >> 24 & 31};
}

static __always_inline struct sight_set *sight_place(__u64 block, __u32 *tag)
{
	*tag = (block >> 16 & 0xffffff00) | (want.era & 0xff);
	return &sights[block >> SIGHT_SHIFT];
}

static __always_inline bool sighted(struct sight at)
{
	__u32 tag;
	struct sight_set *s = sight_place(at.block, &tag);

	for (int i = 0; i < SIGHT_WAYS; i++)
		if (s->tags[i] == tag)
			return s->hosts[i] >> (at.host & 31) & 1;
	return false;
}

// sight_displaces reports whether a block of this era may be displaced: not too many a
// second.
static __always_inline bool sight_displaces(struct cpu *c)
{
	__u32 window = window_now();

	if (c->sighted_window != window) {
		c->sighted_window = window;
		c->sighted_in_window = 0;
	}
	if (c->sighted_in_window >= SIGHTED_IN_WINDOW) {
		c->sightings_held++;
		return false;
	}
	c->sighted_in_window++;
	return true;
}

// sight_claim enters who is not there: in their block, or else in the place of one that was
// not seen in this era; if there is none, of another one.
__noinline int sight_claim(__u64 block, __u32 host)
{
	struct cpu *c = this_cpu();
	__u32 tag, way = SIGHT_WAYS, bit = 1u << (host & 31);
	struct sight_set *s = sight_place(block, &tag);

	for (__u32 i = 0; i < SIGHT_WAYS; i++) {
		if (s->tags[i] == tag) {
			s->hosts[i] |= bit;
			return 1;
		}
		if ((s->tags[i] & 0xff) != (tag & 0xff))
			way = i;
	}
	if (way == SIGHT_WAYS) {
		if (!sight_displaces(c))
			return 0;
		way = c->sighted_in_window;
	}
	way &= SIGHT_WAYS - 1;
	s->hosts[way] = bit;
	s->tags[way] = tag;
	return 1;
}

// sight_key is whom ev is a sign of life of: a home host; or the router, by its link
// address, through which hosts from outside speak (flow's relays). False: neither.
static __always_inline bool sight_key(struct xdp_md *ctx, struct event *ev, struct sight *at)
{
	__u64 mac;

	if (is_home(&ev->src)) {
		*at = sight_of(fold(&ev->src), realm_of(ev));
		return true;
	}
	if (!(want.options & OPTION_ARP))
		return false;
	parse_late(ctx, ev);
	mac = *(const __u32 *)(ev->src_mac + 2);
	mac = mac << 16 | *(const __u16 *)ev->src_mac;
	*at = sight_of(mac, want.odd[0]);
	return mac;
}

// sight notes the sign of life that ev is, and reports whether there was none in this era.
static __always_inline bool sight(struct xdp_md *ctx, struct event *ev)
{
	struct sight at;

	return credible(ev) && sight_key(ctx, ev, &at) && !sighted(at) &&
	       names_a_host(&ev->src) && sight_claim(at.block, at.host);
}
