// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// What one frame comes down to: the same layout, names and values as packet.Event in
// internal/packet/event.go, where each field is described.
#pragma once

#include <linux/types.h>

enum kind {
	KIND_OTHER,
	KIND_TCP,
	KIND_UDP,
	KIND_UNREACHABLE,
	KIND_ICMP,
	KIND_ARP_REQUEST,
	KIND_ARP_REPLY,
	KIND_PUNT = 0xff, // no event: a whole frame follows, for packet.Parse
};

enum flags {
	FLAG_GROUP = 1 << 0,
	FLAG_CUT = 1 << 1,
	FLAG_FRAGMENT = 1 << 2,
	FLAG_REPLY = 1 << 3,
	FLAG_RELAYED = 1 << 4,
	FLAG_TUNNELLED = 1 << 5,
};

enum tcp_flags {
	TCP_FIN = 1 << 0,
	TCP_SYN = 1 << 1,
	TCP_RST = 1 << 2,
	TCP_PSH = 1 << 3,
	TCP_ACK = 1 << 4,
	TCP_URG = 1 << 5,
};

enum status {
	STATUS_OK,
	STATUS_NOT_IP,
	STATUS_CUT,
	STATUS_MALFORMED,
	STATUS_TOO_DEEP,
	STATUS_UNSUPPORTED,
	STATUSES,
	STATUS_PUNT = STATUSES, // not taken apart here: packet.Parse does it
};

// An address in network byte order, an IPv4 one as IPv4-mapped IPv6.
union addr {
	__u8 octets[16];
	__u32 words[4];
	__u64 halves[2];
};

struct event {
	__u64 time; // of the kernel's monotonic clock, ns
	union addr src, dst;
	__u16 src_port, dst_port; // host byte order
	__u32 tunnel;
	__u16 vlan;
	__u16 payload;
	__u16 iface;
	__u8 src_mac[6];
	__u8 kind;
	__u8 tcp_flags;
	__u8 proto;
	__u8 flags;
	__u16 held; // octets that follow the event in the ring: of TCP payload, or of a punted frame
	__u16 pad;
	__u32 seq;
	__u32 data; // where the payload starts in the frame; of a punted frame its length on the wire
	__u32 pad2;
};

_Static_assert(sizeof(struct event) == 80, "packet.Event has 80 octets");
