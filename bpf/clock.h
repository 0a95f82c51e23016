// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// The time of events, of the kernel's monotonic clock.
#pragma once
#include "maps.h"

// A window, in which repeats are told apart and events are counted, lasts 134 ms.
#define WINDOW_BITS 27

static __always_inline __u32 window_now(void)
{
	return bpf_ktime_get_coarse_ns() >> WINDOW_BITS;
}

// Exact time costs as much as all else about an event. So it is taken for the first events
// of a tick of the coarse clock, and then for one in a few: whoever is so busy has the next
// event within microseconds.
#define EXACT_IN_TICK 64
#define EXACT_EACH 8

static __always_inline __u64 event_time(struct cpu *c)
{
	__u64 tick = bpf_ktime_get_coarse_ns();

	if (c->tick != tick) {
		c->tick = tick;
		c->in_tick = 0;
	}
	if (c->in_tick++ < EXACT_IN_TICK || !(c->in_tick % EXACT_EACH))
		c->exact = bpf_ktime_get_ns();
	else
		c->exact++; // keeps the order
	return c->exact;
}
