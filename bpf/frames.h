// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Whole frames: those that cannot be taken apart here, and those that are evidence.
#pragma once
#include "hash.h"
#include "ring.h"

#define MARK_SHIFT 52 // leaves a bit's number of a hash

// record puts together ev and the first octets of the frame, at most most; n is how long
// the frame is.
static __always_inline long record(struct xdp_md *ctx, void *ring, struct event *ev, __u32 n, __u32 most, __u64 flags)
{
	__u32 zero = 0;
	struct scratch *s = bpf_map_lookup_elem(&scratch, &zero);

	if (!s)
		return -1;
	ev->data = n;
	if (n > most)
		n = most;
	if (n > SCRATCH)
		n = SCRATCH;
	ev->held = n;
	s->ev = *ev;
	barrier_var(n); // the verifier has to see the bounds
	if (n < 1 || n > SCRATCH || bpf_xdp_load_bytes(ctx, 0, s->octets, n))
		return -1;
	return bpf_ringbuf_output(ring, s, sizeof(*ev) + n, flags);
}

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
	if (ring && !record(ctx, ring, &ev, n, SCRATCH, waking())) {
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
	struct event ev;

	if (!(want.marks[bit >> 6 & 63] >> (bit & 63) & 1) || !bpf_map_lookup_elem(&marked, &parsed->src))
		return;
	ev = *parsed;
	parse_late(ctx, &ev);
	ev.time = event_time(c);
	ev.iface = iface;
	if (record(ctx, &frames, &ev, n, want.snap, BPF_RB_NO_WAKEUP))
		c->frames_lost++;
	else
		c->frames++;
}
