// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// The twin of internal/packet: the same order, names and bounds.
//
// Most packets are of no interest, and that is known by their addresses, ports and flags.
// So parsing has two halves: parse_early for every packet, parse_late for an event of which
// the rest is wanted too, at the latest when it goes up.
#pragma once
#include "parse_fast.h"
#include "parse_slow.h"

// parse_early makes ev of a frame as packet.Parse does: the same event, the same refusal,
// or STATUS_PUNT. ev->data is where the TCP payload starts in the frame, ev->held how many
// of its octets there are. It leaves alone: time, which is the caller's to set. It leaves
// to parse_late: src_mac, seq and pad, which hold nothing of use before. iface is zero. On
// any status but STATUS_OK ev holds nothing of use.
static __always_inline enum status parse_early(struct xdp_md *ctx, struct event *ev)
{
	if (parse_fast(ctx, ev))
		return STATUS_OK;
	*ev = (struct event){};
	return parse_slow(ctx, ev);
}

// frame_len returns the length of a frame of which parse_early made an event, before
// parse_late: the helper that knows fragments is not asked where the packet has none. So
// octets behind the packet count only as far as the linear part goes.
static __always_inline __u32 frame_len(struct xdp_md *ctx, const struct event *ev)
{
	if (ev->pad != 0)
		return ctx->data_end - ctx->data;
	return bpf_xdp_get_buff_len(ctx);
}

// parse_late fills in the rest of an event of the same frame. A second time it does nothing.
static __always_inline void parse_late(struct xdp_md *ctx, struct event *ev)
{
	fast_late(ctx, ev);
}

// parse does both, and sets time to zero.
static __always_inline enum status parse(struct xdp_md *ctx, struct event *ev)
{
	enum status st = parse_early(ctx, ev);

	ev->time = 0;
	if (st == STATUS_OK)
		parse_late(ctx, ev);
	return st;
}
