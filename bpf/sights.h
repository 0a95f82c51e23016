// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Signs of life: who was seen in this era, of those that flow.Tracker wants to hear of.
#pragma once
#include "hash.h"
#include "home.h"
#include "ring.h"

#define SIGHT_SHIFT 48 // leaves a set's number of a hash
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

static __always_inline struct sight_set *sight_place(__u64 h, __u32 *tag)
{
	*tag = (h >> 16 & 0xffffff00) | (want.era & 0xff);
	return &sights[h >> SIGHT_SHIFT];
}

static __always_inline bool sighted(__u64 h)
{
	__u32 tag;
	struct sight_set *s = sight_place(h, &tag);

	return s->ways[0] == tag || s->ways[1] == tag || s->ways[2] == tag || s->ways[3] == tag;
}

// sight_claim enters who is not there, in the place of one that was not seen in this era;
// if there is none of another one, if not too many had to go already.
__noinline int sight_claim(__u64 h)
{
	struct cpu *c = this_cpu();
	__u32 tag, window;
	struct sight_set *s = sight_place(h, &tag);

	for (int i = 0; i < SIGHT_WAYS; i++) {
		if ((s->ways[i] & 0xff) != (tag & 0xff)) {
			s->ways[i] = tag;
			return 1;
		}
	}
	window = window_now();
	if (c->sighted_window != window) {
		c->sighted_window = window;
		c->sighted_in_window = 0;
	}
	if (c->sighted_in_window >= SIGHTED_IN_WINDOW) {
		c->sightings_held++;
		return 0;
	}
	s->ways[c->sighted_in_window++ & (SIGHT_WAYS - 1)] = tag;
	return 1;
}

// sight_key is whom ev is a sign of life of: a home host; or the router, by its link
// address, through which hosts from outside speak (flow's relays). False: neither.
static __always_inline bool sight_key(struct xdp_md *ctx, struct event *ev, __u64 *h)
{
	__u64 mac;

	if (is_home(&ev->src)) {
		*h = hash(fold(&ev->src), realm_of(ev));
		return true;
	}
	if (!(want.options & OPTION_ARP))
		return false;
	parse_late(ctx, ev);
	mac = *(const __u32 *)(ev->src_mac + 2);
	mac = mac << 16 | *(const __u16 *)ev->src_mac;
	*h = hash(mac, want.odd[0]);
	return mac;
}

// sight notes the sign of life that ev is, and reports whether there was none in this era.
static __always_inline bool sight(struct xdp_md *ctx, struct event *ev)
{
	__u64 h;

	return credible(ev) && sight_key(ctx, ev, &h) && !sighted(h) && names_a_host(&ev->src) &&
	       sight_claim(h);
}
