// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// All frames, header after header. Its functions are global, so that the verifier looks at
// each once and not wherever it is called.
#pragma once
#include "parse_gre.h"
#include "parse_icmp.h"
#include "parse_ip.h"
#include "parse_link.h"
#include "parse_transport.h"

// At most nine packets in one another (MAX_TUNNELS), of 28 headers each: Ethernet, three
// tags and four LLC between them, two for IP, eight extensions, GRE, its eight routes and
// ERSPAN.
#define MAX_STEPS 256

// take takes headers in the order in which they stand in most frames, at least the next
// one, and returns the step behind them: a call for each header would cost more than the
// header.
__noinline int take(struct xdp_md *ctx, struct event *ev, struct state *at, __u32 next)
{
	struct parser p = {ctx, ev, at};

	if (!ev || !at)
		return STATUS_PUNT;
	if (next == STEP_ETHERNET)
		next = ethernet(&p);
	if (next == STEP_VLAN)
		next = vlan(&p);
	if (next == STEP_LLC)
		next = llc(&p);
	if (next == STEP_ARP)
		return arp(&p);
	if (next == STEP_MPLS)
		next = mpls(&p);
	if (next == STEP_IP)
		next = ip(&p);
	if (next == STEP_IPV4)
		next = ipv4(&p);
	else if (next == STEP_IPV6)
		next = ipv6(&p);
	if (next == STEP_EXTENSION)
		next = extension(&p);
	if (next == STEP_TCP)
		return tcp(&p);
	if (next == STEP_UDP)
		return udp(&p);
	if (next == STEP_ICMP || next == STEP_ICMPV6)
		return icmp(&p);
	if (next == STEP_GRE)
		next = gre(&p);
	if (next == STEP_ROUTE)
		next = gre_route(&p);
	if (next == STEP_ERSPAN2)
		return erspan2(&p);
	if (next == STEP_ERSPAN3)
		return erspan3(&p);
	return next;
}

// parse_slow makes ev, which is zero, of any frame.
__noinline int parse_slow(struct xdp_md *ctx, struct event *ev)
{
	struct state at = {};
	step next = STEP_ETHERNET;

	if (!ev)
		return STATUS_PUNT;
	at.len = at.end = bpf_xdp_get_buff_len(ctx);
	for (int i = 0; i < MAX_STEPS && next >= STEP_ETHERNET; i++)
		next = take(ctx, ev, &at, next);
	if (next >= STEP_ETHERNET)
		return STATUS_PUNT;
	// What looked like a tunnel in UDP held nothing sane: packet.Parse takes it for a
	// datagram then.
	if (at.overlay != 0 && (next == STATUS_MALFORMED || next == STATUS_UNSUPPORTED))
		return STATUS_PUNT;
	return next;
}
