// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// GRE and ERSPAN: packet/gre.go. PPP, and so all of version 1, is punted.
#pragma once
#include "parse_state.h"

enum gre_bits {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_VERSION = 0x0007,
};

// gre_next tells what a version 0 header carries, STATUS_OK if it is not taken apart.
static __always_inline step gre_next(__u16 flags, __u16 proto)
{
	switch (proto) {
	case ETHER_IPV4:
		return STEP_IPV4;
	case ETHER_IPV6:
		return STEP_IPV6;
	case ETHER_TEB:
		return STEP_ETHERNET;
	case ETHER_MPLS:
	case ETHER_MPLS_MC:
		return STEP_MPLS;
	case ETHER_PPP:
		return STATUS_PUNT;
	case ETHER_ERSPAN: // type I has no header of its own
		return flags & GRE_SEQUENCE ? STEP_ERSPAN2 : STEP_ETHERNET;
	case ETHER_ERSPAN3:
		return STEP_ERSPAN3;
	}
	return STATUS_OK;
}

// gre takes a GRE header with all its optional fields.
static __always_inline step gre(struct parser *p)
{
	__u32 n = 4, key_at, key = 0;
	BUFFER(b, 4);
	__u16 flags;
	step next;

	if (!peek(p, b, 4))
		return missing(p, 4);
	flags = be16(b);
	if (flags & GRE_VERSION)
		return (flags & GRE_VERSION) == 1 ? STATUS_PUNT : STATUS_OK;
	next = gre_next(flags, be16(b + 2));
	if (next < STEP_ETHERNET)
		return next;
	if (flags & (GRE_CHECKSUM | GRE_ROUTING))
		n += 4; // checksum and routing offset come together
	key_at = n;
	if (flags & GRE_KEY)
		n += 4;
	if (flags & GRE_SEQUENCE)
		n += 4;
	if (rest(p) < n)
		return missing(p, n);
	if (flags & GRE_KEY && !load(p->ctx, p->at->off + key_at, &key, 4))
		return STATUS_PUNT;
	p->at->off += n;
	if (!(flags & GRE_ROUTING))
		return enter(p, next, bpf_ntohl(key));
	p->at->key = bpf_ntohl(key);
	p->at->after = next;
	p->at->routes = 0;
	return STEP_ROUTE;
}

// gre_route skips one source route; a NULL entry ends them.
static __always_inline step gre_route(struct parser *p)
{
	BUFFER(b, 4);

	if (++p->at->routes > MAX_ROUTES)
		return STATUS_TOO_DEEP;
	if (!peek(p, b, 4))
		return missing(p, 4);
	p->at->off += 4 + b[3];
	if (be16(b) == 0 && b[3] == 0)
		return enter(p, p->at->after, p->at->key);
	return STEP_ROUTE;
}

// erspan takes what both headers start with: the VLAN that the mirrored frame came from,
// which a tag in the frame overrules, and the session.
static __always_inline void erspan(struct parser *p, const __u8 *b)
{
	__u16 vlan = be16(b) & 0xfff, session = be16(b + 2) & 0x3ff;

	if (vlan != 0)
		p->ev->vlan = vlan;
	if (session != 0)
		p->ev->tunnel = session;
}

static __always_inline step erspan2(struct parser *p)
{
	BUFFER(b, 8);

	if (!peek(p, b, 8))
		return missing(p, 8);
	if (b[0] >> 4 != 1)
		return STATUS_UNSUPPORTED;
	p->at->off += 8;
	erspan(p, b);
	return STEP_ETHERNET;
}

static __always_inline step erspan3(struct parser *p)
{
	BUFFER(b, 12);

	if (!peek(p, b, 12))
		return missing(p, 12);
	if (b[0] >> 4 != 2)
		return STATUS_UNSUPPORTED;
	p->at->off += 12;
	if (b[11] & 1) // platform specific sub-header
		p->at->off += 8;
	erspan(p, b);
	switch (b[10] >> 2 & 0x1f) { // frame type
	case 0:
		return STEP_ETHERNET;
	case 2:
		return STEP_IP;
	}
	return STATUS_NOT_IP;
}
