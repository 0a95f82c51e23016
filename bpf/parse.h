// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#pragma once
#include "maps.h"

// parse makes ev, which is zero, of a frame: the twin of packet.Parse. ev->data is where
// the TCP payload starts in the frame, ev->held how much of it there is.
static __always_inline enum status parse(struct xdp_md *ctx, struct event *ev)
{
	return STATUS_PUNT;
}
