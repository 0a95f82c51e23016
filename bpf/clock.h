// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// The time of events, of the kernel's monotonic clock.
#pragma once
#include "maps.h"

// window_now counts the windows in which repeats are told apart and events are bounded: a
// power of two of ticks of the kernel's timer, about 130 ms. To ask for ticks costs nothing,
// to ask for any time more than all else that is done with a packet.
static __always_inline __u32 window_now(void)
{
	return bpf_jiffies64() >> (want.tick_bits & 31);
}

// Exact time is taken for the first events of a tick, and then for one in a few: whoever
// is so busy has the next one within microseconds.
#define EXACT_IN_TICK 64
#define EXACT_EACH 8

static __always_inline __u64 event_time(struct cpu *c)
{
	__u64 tick = bpf_jiffies64();

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
