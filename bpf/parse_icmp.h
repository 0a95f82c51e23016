// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// ICMP, ICMPv6 and neighbour discovery: packet/icmp.go.
#pragma once
#include "parse_ip.h"
#include "parse_state.h"

enum icmp {
	ICMP_UNREACHABLE = 3,
	ICMP_FRAG_NEEDED = 4, // code: path MTU discovery, no refusal
	ICMP6_UNREACHABLE = 1,
	ICMP6_SOLICIT = 135,
	ICMP6_ADVERTISE = 136,

	ICMP_TYPE_LEN = 2, // type and code
	ND_HOPS = 255,     // neighbour discovery from farther away is forged
};

// icmp_missing leaves a message whose first n octets are not all there without what they
// say, unless the packet never had them.
static __always_inline step icmp_missing(struct parser *p, __s32 n)
{
	if (missing(p, n) == STATUS_MALFORMED)
		return STATUS_MALFORMED;
	p->ev->flags |= FLAG_CUT;
	return STATUS_OK;
}

// neighbour reads a solicitation or advertisement as what ARP would have said.
static __always_inline step neighbour(struct parser *p, __u8 code)
{
	struct event *ev = p->ev;
	BUFFER(b, ND_LEN);

	if (p->at->hops != ND_HOPS || code != 0)
		return STATUS_OK;
	if (!peek(p, b, ND_LEN))
		return icmp_missing(p, ND_LEN);
	if (is4(b + 8))
		return STATUS_MALFORMED;
	if (b[0] == ICMP6_SOLICIT) {
		ev->kind = KIND_ARP_REQUEST;
		copy(&ev->dst, b + 8, 16);
	} else {
		ev->kind = KIND_ARP_REPLY;
		copy(&ev->src, b + 8, 16);
	}
	return STATUS_OK;
}

// The start of a packet as an ICMP error carries it.
struct quote {
	union addr src, dst;
	__u32 at;   // where the quoted packet's payload starts in the frame
	__u8 proto;
	bool later; // a later fragment: what it belonged to is unknown
};

static __always_inline bool quote4(struct parser *p, struct quote *q)
{
	__u32 at = p->at->off + ICMP_LEN, header;
	BUFFER(b, IPV4_LEN);

	if (rest(p) < ICMP_LEN + IPV4_LEN || !load(p->ctx, at, b, IPV4_LEN))
		return false;
	header = (b[0] & 0xf) * 4;
	if (b[0] >> 4 != 4 || header < IPV4_LEN)
		return false;
	set4(&q->src, LOAD32(b + 12));
	set4(&q->dst, LOAD32(b + 16));
	q->proto = b[9];
	q->later = be16(b + 6) & 0x1fff;
	q->at = at + header;
	return true;
}

static __always_inline bool quote6(struct parser *p, struct quote *q)
{
	__u32 at = p->at->off + ICMP_LEN;
	BUFFER(b, 8);

	if (rest(p) < ICMP_LEN + IPV6_LEN || !load(p->ctx, at, b, 8) || b[0] >> 4 != 6 ||
	    !load(p->ctx, at + 8, &q->src, 32) || is4(&q->dst))
		return false;
	q->proto = b[6];
	q->later = false;
	at += IPV6_LEN;
	for (int i = 0; i < MAX_EXTS; i++) {
		q->at = at;
		if (!is_extension(q->proto))
			return true;
		if (p->at->len < at + 8 || !load_far(p->ctx, at, b, 8))
			return false; // it may be a later fragment
		q->later = q->proto == PROTO_FRAGMENT && be16(b + 2) & 0xfff8;
		at += extension_len(q->proto, b[1]);
		q->proto = b[0];
		if (q->later)
			return true;
	}
	return false;
}

// unreachable turns round the packet that a destination unreachable quotes.
static __always_inline step unreachable(struct parser *p)
{
	struct event *ev = p->ev;
	struct quote q;
	BUFFER(b, 4);

	if (rest(p) < ICMP_LEN)
		return icmp_missing(p, ICMP_LEN);
	if (!(p->at->v6 ? quote6(p, &q) : quote4(p, &q))) {
		if (p->at->len < p->at->end)
			ev->flags |= FLAG_CUT;
		return STATUS_OK;
	}
	if (q.later || q.src.halves[0] != ev->dst.halves[0] || q.src.halves[1] != ev->dst.halves[1])
		return STATUS_OK;
	if (q.dst.halves[0] != ev->src.halves[0] || q.dst.halves[1] != ev->src.halves[1])
		ev->flags |= FLAG_RELAYED;
	ev->kind = KIND_UNREACHABLE;
	copy(&ev->src, &q.dst, 16);
	copy(&ev->dst, &q.src, 16);
	ev->proto = q.proto;
	if (q.proto != PROTO_TCP && q.proto != PROTO_UDP)
		return STATUS_OK;
	if (p->at->len < q.at + 4 || !load(p->ctx, q.at, b, 4)) {
		ev->flags |= FLAG_CUT;
		return STATUS_OK;
	}
	ev->src_port = be16(b + 2);
	ev->dst_port = be16(b);
	return STATUS_OK;
}

static __always_inline step icmp(struct parser *p)
{
	BUFFER(b, ICMP_TYPE_LEN);
	bool v6 = p->at->v6;

	p->ev->kind = KIND_ICMP;
	if (!peek(p, b, ICMP_TYPE_LEN))
		return icmp_missing(p, ICMP_TYPE_LEN);
	if (v6 && (b[0] == ICMP6_SOLICIT || b[0] == ICMP6_ADVERTISE))
		return neighbour(p, b[1]);
	if (v6 ? b[0] == ICMP6_UNREACHABLE : b[0] == ICMP_UNREACHABLE && b[1] != ICMP_FRAG_NEEDED)
		return unreachable(p);
	return STATUS_OK;
}
