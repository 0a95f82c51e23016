// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Whole frames: those that cannot be taken apart here, and those that are evidence.
#pragma once
#include "hash.h"
#include "ring.h"

#define MARK_SHIFT 52 // leaves a bit's number of a hash

static __always_inline bool may_punt(struct cpu *c)
{
	__u32 window = window_now();

	if (c->window != window) {
		c->window = window;
		c->punts_in_window = 0;
	}
	return c->punts_in_window++ < want.punts;
}

// punt sends a frame to packet.Parse.
static __always_inline void punt(struct xdp_md *ctx, struct cpu *c, __u32 n)
{
	struct event ev = {.kind = KIND_PUNT, .iface = iface};
	void *ring = this_ring();

	if (!may_punt(c)) {
		c->punts_held++;
		return;
	}
	ev.time = event_time(c);
	ev.data = n;
	if (ring && !send_with(ctx, ring, &ev, 0, n, waking())) {
		c->punted++;
		return;
	}
	c->punts_lost++;
	c->octets_lost += sizeof(ev) + n;
}

// evidence sends the frame of a source that is marked.
static __always_inline void evidence(struct xdp_md *ctx, struct cpu *c, const struct event *parsed, __u32 n)
{
	__u32 bit = hash(fold(&parsed->src), 0) >> MARK_SHIFT;
	union addr src = parsed->src; // Linux 6.1 has keys on the stack alone
	struct event ev;

	if (!(want.marks[bit >> 6 & 63] >> (bit & 63) & 1) || !bpf_map_lookup_elem(&marked, &src))
		return;
	ev = *parsed;
	parse_late(ctx, &ev);
	ev.time = event_time(c);
	ev.iface = iface;
	ev.data = n;
	if (send_with(ctx, &frames, &ev, 0, n < want.snap ? n : want.snap, BPF_RB_NO_WAKEUP))
		c->frames_lost++;
	else
		c->frames++;
}
