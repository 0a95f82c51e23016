// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// The twin of internal/packet: the same order, names and bounds.
#pragma once
#include "parse_fast.h"
#include "parse_slow.h"

// parse makes ev of a frame as packet.Parse does: the same event, the same refusal, or
// STATUS_PUNT. It fills in all of ev; time and iface are zero. ev->data is where the TCP
// payload starts in the frame, ev->held how many of its octets there are. On any status
// but STATUS_OK ev holds nothing of use.
static __always_inline enum status parse(struct xdp_md *ctx, struct event *ev)
{
	if (parse_fast(ctx, ev))
		return STATUS_OK;
	*ev = (struct event){};
	return parse_slow(ctx, ev);
}
