//go:build ignore

// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Programs for tests: the parser alone.
#include "parse.h"

char _license[] SEC("license") = "Dual BSD/GPL";

struct outcome {
	struct event ev;
	__u32 status;
	__u32 len; // of the frame, if status is STATUS_OK
};

struct outcome last SEC(".data.last");

// probe tells what the parser made of the frame, in two halves as door.h has it.
SEC("xdp.frags")
int probe(struct xdp_md *ctx)
{
	struct event ev;

	last.status = parse_early(ctx, &ev);
	if (last.status == STATUS_OK) {
		last.len = frame_len(ctx, &ev);
		parse_late(ctx, &ev);
		parse_late(ctx, &ev); // does nothing
		ev.time = 0;
		last.ev = ev;
	}
	return XDP_PASS;
}

// early does what is done for every packet, and nothing with the event.
SEC("xdp.frags")
int early(struct xdp_md *ctx)
{
	struct event ev;
	enum status st = parse_early(ctx, &ev);

	asm volatile("" ::"r"(&ev), "r"(st) : "memory");
	return XDP_PASS;
}

// whole does what is done for an event that goes up.
SEC("xdp.frags")
int whole(struct xdp_md *ctx)
{
	struct event ev;
	enum status st = parse(ctx, &ev);

	asm volatile("" ::"r"(&ev), "r"(st) : "memory");
	return XDP_PASS;
}

// empty is what both are compared with.
SEC("xdp.frags")
int empty(struct xdp_md *ctx)
{
	return XDP_PASS;
}
