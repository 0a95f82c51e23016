// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Headers below IP: packet/ethernet.go and packet/mpls.go.
#pragma once
#include "parse_state.h"

// ether_type tells what follows by its EtherType.
static __always_inline step ether_type(__u16 t)
{
	switch (t) {
	case ETHER_IPV4:
		return STEP_IPV4;
	case ETHER_IPV6:
		return STEP_IPV6;
	case ETHER_ARP:
		return STEP_ARP;
	case ETHER_VLAN:
	case ETHER_QINQ:
	case ETHER_QINQ91:
		return STEP_VLAN;
	case ETHER_MPLS:
	case ETHER_MPLS_MC:
		return STEP_MPLS;
	case ETHER_VNTAG:
	case ETHER_PPPOE:
		return STATUS_PUNT;
	}
	return STATUS_NOT_IP;
}

// type_or_length tells what follows by the field before it, as Ethernet has it.
static __always_inline step type_or_length(struct parser *p, __u16 t)
{
	if (t > MAX_LENGTH)
		return ether_type(t);
	if (t < size(p)) // else left to the headers behind it
		bound(p, t);
	return STEP_LLC;
}

// ethernet takes a frame's addresses.
static __always_inline step ethernet(struct parser *p)
{
	BUFFER(b, ETHERNET_LEN);

	if (!peek(p, b, ETHERNET_LEN))
		return missing(p, ETHERNET_LEN);
	copy(p->ev->src_mac, b + 6, 2);
	copy(p->ev->src_mac + 2, b + 8, 4);
	if (b[0] & 1)
		p->ev->flags |= FLAG_GROUP;
	p->at->off += ETHERNET_LEN;
	p->at->tags = 0;
	return type_or_length(p, be16(b + 12));
}

// llc takes an 802.2 header: SNAP, or IP by its own access point.
static __always_inline step llc(struct parser *p)
{
	BUFFER(b, 8);

	if (!peek(p, b, 3))
		return missing(p, 3);
	if (b[0] == 0x06 && b[1] == 0x06 && b[2] == 0x03) {
		p->at->off += 3;
		return STEP_IPV4;
	}
	if (b[0] != 0xaa || b[1] != 0xaa || b[2] != 0x03)
		return STATUS_NOT_IP;
	if (!peek(p, b, 8))
		return missing(p, 8);
	// Encapsulated Ethernet, or the same as bridges mark it.
	if (b[3] != 0 || b[4] != 0 || (b[5] != 0 && b[5] != 0xf8))
		return STATUS_NOT_IP;
	p->at->off += 8;
	return ether_type(be16(b + 6));
}

// vlan takes one 802.1Q tag. The innermost id counts; id 0 is a priority, not a VLAN.
static __always_inline step vlan(struct parser *p)
{
	BUFFER(b, VLAN_LEN);
	__u16 id;

	if (!peek(p, b, VLAN_LEN))
		return missing(p, VLAN_LEN);
	if (++p->at->tags > MAX_TAGS)
		return STATUS_TOO_DEEP;
	id = be16(b) & 0xfff;
	if (id != 0)
		p->ev->vlan = id;
	p->at->off += VLAN_LEN;
	return type_or_length(p, be16(b + 2));
}

// arp takes ARP for IPv4 on Ethernet.
static __always_inline step arp(struct parser *p)
{
	enum { FIXED = 8, WHOLE = 28 };
	BUFFER(b, WHOLE);
	__u16 op;

	if (!peek(p, b, FIXED))
		return missing(p, FIXED);
	if (be16(b) != 1 || be16(b + 2) != ETHER_IPV4 || b[4] != 6 || b[5] != 4)
		return STATUS_NOT_IP;
	op = be16(b + 6);
	if (op != 1 && op != 2)
		return STATUS_NOT_IP;
	p->ev->kind = op == 1 ? KIND_ARP_REQUEST : KIND_ARP_REPLY;
	if (!peek(p, b, WHOLE))
		return missing(p, WHOLE);
	set4(&p->ev->src, LOAD16(b + 14) | (__u32)LOAD16(b + 16) << 16);
	set4(&p->ev->dst, LOAD32(b + 24));
	return STATUS_OK;
}

// mpls takes one label. What follows the last one its first nibble tells.
static __always_inline step mpls(struct parser *p)
{
	BUFFER(b, 4);
	__u8 first;
	__u32 label;

	if (!peek(p, b, 4))
		return missing(p, 4);
	if (++p->at->labels > MAX_LABELS)
		return STATUS_TOO_DEEP;
	p->at->off += 4;
	if (!(b[2] & 1)) // not the bottom of the stack
		return STEP_MPLS;
	label = be32(b) >> 12;
	if (!peek(p, &first, 1))
		return missing(p, 1);
	switch (first >> 4) {
	case 4:
		return enter(p, STEP_IPV4, label);
	case 6:
		return enter(p, STEP_IPV6, label);
	case 0: // control word of a pseudowire
		p->at->off += 4;
		break;
	case 1:
		return STATUS_NOT_IP;
	}
	return enter(p, STEP_ETHERNET, label);
}
