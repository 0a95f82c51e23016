// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Numbers in the headers of frames, by the names that internal/packet has for them; the
// RFCs stand there.
#pragma once

#include <stdbool.h>

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "event.h"

enum ether_type {
	ETHER_IPV4 = 0x0800,
	ETHER_ARP = 0x0806,
	ETHER_ERSPAN3 = 0x22eb,
	ETHER_TEB = 0x6558,
	ETHER_VLAN = 0x8100,
	ETHER_PPP = 0x880b,
	ETHER_IPV6 = 0x86dd,
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_MC = 0x8848,
	ETHER_PPPOE = 0x8864,
	ETHER_QINQ = 0x88a8,
	ETHER_ERSPAN = 0x88be,
	ETHER_VNTAG = 0x8926,
	ETHER_QINQ91 = 0x9100,
};

enum proto {
	PROTO_HOP_BY_HOP = 0,
	PROTO_ICMP = 1,
	PROTO_IPV4 = 4,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_IPV6 = 41,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_GRE = 47,
	PROTO_AH = 51,
	PROTO_ICMPV6 = 58,
	PROTO_DESTINATION = 60,
	PROTO_MOBILITY = 135,
	PROTO_MPLS = 137,
	PROTO_HIP = 139,
	PROTO_SHIM6 = 140,
};

enum udp_port {
	PORT_NBNS = 137,
	PORT_TEREDO = 3544,
	PORT_VXLAN = 4789,
	PORT_VXLAN_GPE = 4790,
	PORT_GENEVE = 6081,
	PORT_VXLAN_OLD = 8472,
};

enum header_len {
	ETHERNET_LEN = 14,
	VLAN_LEN = 4,
	IPV4_LEN = 20,
	IPV6_LEN = 40,
	TCP_LEN = 20,
	UDP_LEN = 8,
	VXLAN_LEN = 8,
	ICMP_LEN = 8,
	ND_LEN = 24,
};

enum bound {
	MAX_LENGTH = 1500, // up to here the type field is an 802.3 length
	MAX_TAGS = 3,
	MAX_TUNNELS = 8,
	MAX_LABELS = 8,
	MAX_EXTS = 8,
	MAX_ROUTES = 8,
};

// Headers stand anywhere in a frame, and fields of several octets in one load or store:
// every machine with BPF takes these at any address, whatever else has been stored there.
typedef __u16 __attribute__((may_alias)) any16;
typedef __u32 __attribute__((may_alias)) any32;
typedef __u64 __attribute__((may_alias)) any64;

#define LOAD8(p) (*(const __u8 *)(p))
#define LOAD16(p) (*(const any16 *)(p))
#define LOAD32(p) (*(const any32 *)(p))
#define LOAD64(p) (*(const any64 *)(p))

#define MAPPED bpf_htonl(0xffff) // third word of an IPv4 address

// set4 makes an IPv4 address of a word in network byte order.
static __always_inline void set4(union addr *a, __u32 word)
{
	a->halves[0] = 0;
	a->halves[1] = (__u64)word << 32 | MAPPED;
}

// is4 tells whether an IPv6 address is an IPv4-mapped one.
static __always_inline bool is4(const void *addr)
{
	return LOAD64(addr) == 0 && LOAD32(addr + 8) == MAPPED;
}

// copy copies n octets, a constant, that may stand anywhere in a frame.
static __always_inline void copy(void *to, const void *from, const __u32 n)
{
	__u32 i = 0;

	for (; i + 8 <= n; i += 8)
		*(any64 *)(to + i) = LOAD64(from + i);
	if (n & 4) {
		*(any32 *)(to + i) = LOAD32(from + i);
		i += 4;
	}
	if (n & 2) {
		*(any16 *)(to + i) = LOAD16(from + i);
		i += 2;
	}
	if (n & 1)
		*(__u8 *)(to + i) = LOAD8(from + i);
}

static __always_inline bool is_group4(__u32 word)
{
	return (word & bpf_htonl(0xf0000000)) == bpf_htonl(0xe0000000) || word == 0xffffffff;
}

static __always_inline bool is_tunnel(__u16 port)
{
	return port == PORT_VXLAN || port == PORT_VXLAN_OLD || port == PORT_GENEVE ||
	       port == PORT_VXLAN_GPE || port == PORT_TEREDO;
}
