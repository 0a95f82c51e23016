// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// TCP and UDP: packet/transport.go.
#pragma once
#include "parse_overlay.h"
#include "parse_state.h"

// ports reads the two ports that TCP and UDP start with, if they are there.
static __always_inline bool ports(struct parser *p)
{
	BUFFER(b, 4);

	if (!peek(p, b, 4))
		return false;
	p->ev->src_port = be16(b);
	p->ev->dst_port = be16(b + 2);
	return true;
}

// payload sets how many octets the packet has behind a header of the given length.
static __always_inline void payload(struct parser *p, __s32 header)
{
	__s32 n = size(p) - header;

	if (n < 0)
		n = 0;
	p->ev->payload = n > 0xffff ? 0xffff : n;
}

// tcp takes a TCP header as far as it is there.
static __always_inline step tcp(struct parser *p)
{
	enum { FLAGS_END = 14 };
	struct event *ev = p->ev;
	BUFFER(b, FLAGS_END);
	__u32 header, n = rest(p);

	if (size(p) < TCP_LEN && !p->at->partial)
		return STATUS_MALFORMED;
	ev->kind = KIND_TCP;
	if (!peek(p, b, FLAGS_END)) {
		ev->flags |= FLAG_CUT;
		ports(p);
		return STATUS_OK;
	}
	header = (b[12] >> 4) * 4;
	if (header < TCP_LEN)
		return STATUS_MALFORMED;
	ev->src_port = be16(b);
	ev->dst_port = be16(b + 2);
	ev->tcp_flags = b[13];
	ev->seq = be32(b + 4);
	payload(p, header);
	if (n > header) {
		ev->data = p->at->off + header;
		ev->held = n - header > 0xffff ? 0xffff : n - header;
	}
	return STATUS_OK;
}

// udp takes a UDP header as far as it is there. Its length field is not used: the IP
// header's is the one that receivers believe.
static __always_inline step udp(struct parser *p)
{
	enum { RESPONSE = UDP_LEN + 2 };
	struct event *ev = p->ev;
	__u8 response = 0;
	step next;

	if (size(p) < UDP_LEN && !p->at->partial)
		return STATUS_MALFORMED;
	next = udp_tunnel(p);
	if (next != STATUS_OK)
		return next;
	ev->kind = KIND_UDP;
	payload(p, UDP_LEN);
	if (!ports(p)) {
		ev->flags |= FLAG_CUT;
		return STATUS_OK;
	}
	if ((ev->src_port == PORT_NBNS || ev->dst_port == PORT_NBNS) && rest(p) > RESPONSE &&
	    load(p->ctx, p->at->off + RESPONSE, &response, 1) && response & 0x80)
		ev->flags |= FLAG_REPLY;
	return STATUS_OK;
}
