//go:build ignore

// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// The XDP program: takes every frame apart as internal/packet does, and sends up those
// events that a detector wants.
#include "maps.h"
#include "parse.h"
#include "door.h"

char _license[] SEC("license") = "Dual BSD/GPL";

SEC("xdp.frags")
int wormwatch(struct xdp_md *ctx)
{
	struct event ev; // the rest of which parse_early fills in
	enum status st;

	ev.time = 0;
	st = parse_early(ctx, &ev);

	door(ctx, &ev, st);
	return verdict;
}
