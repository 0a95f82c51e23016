// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Tunnels in UDP: packet/overlay.go. Ports prove nothing, so headers have to be exactly
// right; where what follows then is not, the frame is punted.
#pragma once
#include "parse_link.h"
#include "parse_state.h"

// inside goes n octets behind the UDP header into a tunnel.
static __always_inline step inside(struct parser *p, __u32 n, step next, __u32 id)
{
	p->at->overlay = p->at->off;
	p->at->off += UDP_LEN + n;
	return enter(p, next, id);
}

// vxlan takes a VXLAN header, with or without group policy.
static __always_inline step vxlan(struct parser *p, const __u8 *b)
{
	const __u8 valid = 0x08, policy = 0x80;

	if ((b[0] & ~policy) != valid || (!(b[0] & policy) && be32(b) & 0xffffff) || b[7] != 0)
		return STATUS_OK;
	return inside(p, VXLAN_LEN, STEP_ETHERNET, be32(b + 4) >> 8);
}

// vxlan_gpe takes VXLAN with a protocol field.
static __always_inline step vxlan_gpe(struct parser *p, const __u8 *b)
{
	const __u8 instance = 0x08, protocol = 0x04, flood = 0x02;
	step next = STEP_ETHERNET;

	if ((b[0] & ~(protocol | flood)) != instance || b[1] != 0 || b[2] != 0 || b[7] != 0)
		return STATUS_OK;
	if (b[0] & protocol) {
		switch (b[3]) {
		case 1:
			next = STEP_IPV4;
			break;
		case 2:
			next = STEP_IPV6;
			break;
		case 3:
			break;
		case 5:
			next = STEP_MPLS;
			break;
		default:
			return STATUS_OK;
		}
	}
	return inside(p, VXLAN_LEN, next, be32(b + 4) >> 8);
}

// geneve takes a Geneve header with its options; control messages carry no traffic.
static __always_inline step geneve(struct parser *p, const __u8 *b)
{
	const __u8 control = 0x80, reserved = 0x3f;
	step next;

	if (b[0] >> 6 != 0 || b[1] & (control | reserved) || b[7] != 0)
		return STATUS_OK;
	switch (be16(b + 2)) {
	case ETHER_TEB:
		next = STEP_ETHERNET;
		break;
	case ETHER_IPV4:
		next = STEP_IPV4;
		break;
	case ETHER_IPV6:
		next = STEP_IPV6;
		break;
	case ETHER_ARP:
		next = STEP_ARP;
		break;
	case ETHER_MPLS:
	case ETHER_MPLS_MC:
		next = STEP_MPLS;
		break;
	default:
		return STATUS_OK;
	}
	return inside(p, 8 + (b[0] & 0x3f) * 4, next, be32(b + 4) >> 8);
}

// udp_tunnel tells what a datagram carries, STATUS_OK if it is an ordinary one.
static __always_inline step udp_tunnel(struct parser *p)
{
	BUFFER(b, UDP_LEN + VXLAN_LEN); // the others' are of the same length

	if (!peek(p, b, UDP_LEN + VXLAN_LEN))
		return STATUS_OK;
	switch (be16(b + 2)) {
	case PORT_VXLAN:
	case PORT_VXLAN_OLD:
		return vxlan(p, b + UDP_LEN);
	case PORT_VXLAN_GPE:
		return vxlan_gpe(p, b + UDP_LEN);
	case PORT_GENEVE:
		return geneve(p, b + UDP_LEN);
	case PORT_TEREDO:
		return STATUS_PUNT;
	}
	return STATUS_OK;
}
