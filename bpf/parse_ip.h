// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// IP and its extension headers: packet/ip.go.
#pragma once
#include "parse_state.h"

// ip takes a packet that tells its version itself.
static __always_inline step ip(struct parser *p)
{
	__u8 first;

	if (!peek(p, &first, 1))
		return missing(p, 1);
	switch (first >> 4) {
	case 4:
		return STEP_IPV4;
	case 6:
		return STEP_IPV6;
	}
	return STATUS_NOT_IP;
}

static __always_inline bool is_extension(__u8 proto)
{
	switch (proto) {
	case PROTO_HOP_BY_HOP:
	case PROTO_ROUTING:
	case PROTO_FRAGMENT:
	case PROTO_AH:
	case PROTO_DESTINATION:
	case PROTO_MOBILITY:
	case PROTO_HIP:
	case PROTO_SHIM6:
		return true;
	}
	return false;
}

// protocol tells what follows an IP or extension header by its number.
static __always_inline step protocol(struct parser *p, __u8 proto)
{
	p->ev->proto = proto;
	switch (proto) {
	case PROTO_TCP:
		return STEP_TCP;
	case PROTO_UDP:
		return STEP_UDP;
	case PROTO_IPV4:
		return enter(p, STEP_IPV4, 0);
	case PROTO_IPV6:
		return enter(p, STEP_IPV6, 0);
	case PROTO_GRE:
		return STEP_GRE;
	case PROTO_MPLS:
		return STEP_MPLS;
	case PROTO_AH:
		return STEP_EXTENSION;
	}
	if (!p->at->v6)
		return proto == PROTO_ICMP ? STEP_ICMP : STATUS_OK;
	if (proto == PROTO_ICMPV6)
		return STEP_ICMPV6;
	return is_extension(proto) ? STEP_EXTENSION : STATUS_OK;
}

// fragment takes a fragment of a packet of the given protocol: offset in units of eight
// octets, and whether more follow.
static __always_inline step fragment(struct parser *p, __u8 proto, __u16 offset, bool more)
{
	if (offset != 0) {
		p->ev->proto = proto;
		return STATUS_OK;
	}
	if (more) {
		p->ev->flags |= FLAG_FRAGMENT;
		p->at->partial = true;
	}
	return protocol(p, proto);
}

// ipv4 takes an IPv4 header with its options.
static __always_inline step ipv4(struct parser *p)
{
	BUFFER(b, IPV4_LEN);
	__u32 header, total;
	__u16 frag;

	if (!peek(p, b, IPV4_LEN))
		return missing(p, IPV4_LEN);
	header = (b[0] & 0xf) * 4;
	total = be16(b + 2);
	if (total != 0) // else the card was to cut it up, and knows the length from the frame
		bound(p, total);
	if (b[0] >> 4 != 4 || header < IPV4_LEN || size(p) < (__s32)header)
		return STATUS_MALFORMED;
	set4(&p->ev->src, LOAD32(b + 12));
	set4(&p->ev->dst, LOAD32(b + 16));
	if (is_group4(LOAD32(b + 16)))
		p->ev->flags |= FLAG_GROUP;
	p->at->off += header;
	p->at->v6 = false;
	frag = be16(b + 6) & 0x3fff;
	return fragment(p, b[9], frag & 0x1fff, frag & 0x2000);
}

// ipv6 takes an IPv6 header. A payload length of zero is a jumbogram or left to the card,
// the frame knows then.
static __always_inline step ipv6(struct parser *p)
{
	BUFFER(b, IPV6_LEN);
	struct event *ev = p->ev;

	if (!peek(p, b, IPV6_LEN))
		return missing(p, IPV6_LEN);
	if (b[0] >> 4 != 6)
		return STATUS_MALFORMED;
	if (be16(b + 4) != 0)
		bound(p, IPV6_LEN + be16(b + 4));
	copy(&ev->src, b + 8, 16);
	copy(&ev->dst, b + 24, 16);
	if (is4(b + 8) || is4(b + 24)) // never on the wire
		return STATUS_MALFORMED;
	if (b[24] == 0xff)
		ev->flags |= FLAG_GROUP;
	p->at->off += IPV6_LEN;
	p->at->v6 = true;
	p->at->hops = b[7];
	return protocol(p, b[6]);
}

// extension_len returns the length of an extension header whose second octet is len.
static __always_inline __u32 extension_len(__u8 proto, __u8 len)
{
	if (proto == PROTO_FRAGMENT)
		return 8;
	if (proto == PROTO_AH)
		return (len + 2) * 4;
	return (len + 1) * 8;
}

// extension takes one IPv6 extension header, or the authentication header of either
// version. Addresses are known by now: a cut one still leaves the sender.
static __always_inline step extension(struct parser *p)
{
	__u8 proto = p->ev->proto;
	BUFFER(b, 8);
	__u32 n;

	if (++p->at->exts > MAX_EXTS)
		return STATUS_TOO_DEEP;
	if (!peek(p, b, 8)) { // none is shorter
		if (missing(p, 8) == STATUS_MALFORMED)
			return STATUS_MALFORMED;
		p->ev->flags |= FLAG_CUT;
		return STATUS_OK;
	}
	n = extension_len(proto, b[1]);
	if (size(p) < (__s32)n && !p->at->partial)
		return STATUS_MALFORMED;
	p->at->off += n;
	if (proto == PROTO_FRAGMENT)
		return fragment(p, b[0], be16(b + 2) >> 3, b[3] & 1);
	return protocol(p, b[0]);
}
