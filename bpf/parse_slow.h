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

// take takes one header and returns the step behind it.
__noinline int take(struct xdp_md *ctx, struct event *ev, struct state *at, __u32 next)
{
	struct parser p = {ctx, ev, at};

	if (!ev || !at)
		return STATUS_PUNT;
	switch (next) {
	case STEP_ETHERNET:
		return ethernet(&p);
	case STEP_IP:
		return ip(&p);
	case STEP_IPV4:
		return ipv4(&p);
	case STEP_IPV6:
		return ipv6(&p);
	case STEP_TCP:
		return tcp(&p);
	case STEP_UDP:
		return udp(&p);
	case STEP_ICMP:
	case STEP_ICMPV6:
		return icmp(&p);
	case STEP_ARP:
		return arp(&p);
	case STEP_VLAN:
		return vlan(&p);
	case STEP_EXTENSION:
		return extension(&p);
	case STEP_LLC:
		return llc(&p);
	case STEP_MPLS:
		return mpls(&p);
	case STEP_GRE:
		return gre(&p);
	case STEP_ROUTE:
		return gre_route(&p);
	case STEP_ERSPAN2:
		return erspan2(&p);
	case STEP_ERSPAN3:
		return erspan3(&p);
	}
	return STATUS_PUNT;
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
