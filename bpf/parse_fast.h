// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Nearly all frames: Ethernet, up to two tags, IP, TCP or UDP, all of it in the linear part
// and as it should be. Whatever is odd is left to parse_slow.h, which starts anew.
#pragma once
#include "parse_headers.h"

// What the way through the headers found, for one store into the event at the end.
struct fast {
	const __u8 *l4;   // TCP or UDP header
	__u32 at;         // where it starts in the frame
	__u32 size;       // octets of the packet from there on
	__u16 src_port, dst_port;
	__u8 proto;
	__u8 flags;
};

static __always_inline bool fast_tcp(const struct fast *f, struct event *ev)
{
	__u32 header = (f->l4[12] >> 4) * 4;
	__u32 held = 0;

	if (header < TCP_LEN || f->size < TCP_LEN)
		return false;
	if (f->size > header)
		held = f->size - header;
	ev->kind = KIND_TCP;
	ev->tcp_flags = f->l4[13];
	ev->flags = f->flags;
	ev->seq = bpf_ntohl(LOAD32(f->l4 + 4));
	ev->payload = held;
	ev->held = held;
	ev->data = held ? f->at + header : 0;
	return true;
}

static __always_inline bool fast_udp(const struct fast *f, struct event *ev)
{
	__u8 flags = f->flags;

	if (f->size < UDP_LEN || is_tunnel(f->dst_port))
		return false;
	if ((f->src_port == PORT_NBNS || f->dst_port == PORT_NBNS) &&
	    f->size > UDP_LEN + 2 && f->l4[UDP_LEN + 2] & 0x80)
		flags |= FLAG_REPLY;
	ev->kind = KIND_UDP;
	ev->tcp_flags = 0;
	ev->flags = flags;
	ev->seq = 0;
	ev->payload = f->size - UDP_LEN;
	ev->held = 0;
	ev->data = 0;
	return true;
}

static __always_inline bool fast_ipv4(const __u8 *ip, const __u8 *end, __u32 left,
				      struct fast *f, struct event *ev)
{
	__u32 header, total, dst;

	if (ip + IPV4_LEN > end)
		return false;
	header = (ip[0] & 0xf) * 4;
	total = bpf_ntohs(LOAD16(ip + 2));
	if (ip[0] >> 4 != 4 || header < IPV4_LEN || total < header || total > left ||
	    LOAD16(ip + 6) & bpf_htons(0x3fff)) // a fragment
		return false;
	dst = LOAD32(ip + 16);
	set4(&ev->src, LOAD32(ip + 12));
	set4(&ev->dst, dst);
	if (is_group4(dst))
		f->flags |= FLAG_GROUP;
	f->l4 = ip + header;
	f->at += header;
	f->size = total - header;
	f->proto = ip[9];
	return true;
}

static __always_inline bool fast_ipv6(const __u8 *ip, const __u8 *end, __u32 left,
				      struct fast *f, struct event *ev)
{
	__u32 size;

	if (ip + IPV6_LEN > end)
		return false;
	size = bpf_ntohs(LOAD16(ip + 4));
	if (ip[0] >> 4 != 6 || size == 0 || IPV6_LEN + size > left)
		return false;
	if (is4(ip + 8) || is4(ip + 24))
		return false;
	copy(&ev->src, ip + 8, 32);
	if (ip[24] == 0xff)
		f->flags |= FLAG_GROUP;
	f->l4 = ip + IPV6_LEN;
	f->at += IPV6_LEN;
	f->size = size;
	f->proto = ip[6];
	return true;
}

static __always_inline bool is_tag(__u16 type)
{
	return type == bpf_htons(ETHER_VLAN) || type == bpf_htons(ETHER_QINQ) ||
	       type == bpf_htons(ETHER_QINQ91);
}

// fast_tags takes up to two tags behind the addresses and returns the EtherType behind
// them, in network byte order, 0 if the frame is too short.
static __always_inline __u16 fast_tags(const __u8 **at, const __u8 *end, struct event *ev)
{
	const __u8 *tag = *at + ETHERNET_LEN;
	__u16 type = LOAD16(tag - 2), vlan = 0;

	for (int i = 0; i < 2 && is_tag(type); i++, tag += VLAN_LEN) {
		if (tag + VLAN_LEN > end)
			return 0;
		if (LOAD16(tag) & bpf_htons(0xfff))
			vlan = bpf_ntohs(LOAD16(tag)) & 0xfff;
		type = LOAD16(tag + 2);
	}
	ev->vlan = vlan;
	*at = tag;
	return type;
}

// parse_fast fills in the event, or returns false, and the event holds nothing of use.
static __always_inline bool parse_fast(struct xdp_md *ctx, struct event *ev)
{
	const __u8 *frame = (void *)(long)ctx->data, *ip = frame;
	const __u8 *end = (void *)(long)ctx->data_end;
	struct fast f = {};
	__u16 type;

	if (frame + ETHERNET_LEN > end)
		return false;
	type = fast_tags(&ip, end, ev);
	f.flags = frame[0] & FLAG_GROUP;
	f.at = ip - frame;
	if (type == bpf_htons(ETHER_IPV4)) {
		if (!fast_ipv4(ip, end, (__u32)(end - ip), &f, ev))
			return false;
	} else if (type != bpf_htons(ETHER_IPV6) ||
		   !fast_ipv6(ip, end, (__u32)(end - ip), &f, ev)) {
		return false;
	}
	if (f.l4 + TCP_LEN > end) // even for UDP: the wire has no shorter frames
		return false;
	f.src_port = bpf_ntohs(LOAD16(f.l4));
	f.dst_port = bpf_ntohs(LOAD16(f.l4 + 2));
	ev->src_port = f.src_port;
	ev->dst_port = f.dst_port;
	ev->proto = f.proto;
	ev->time = 0;
	ev->iface = 0;
	ev->pad = 0;
	ev->pad2 = 0;
	ev->tunnel = 0;
	*(__u16 *)ev->src_mac = LOAD16(frame + 6);
	*(__u32 *)(ev->src_mac + 2) = LOAD32(frame + 8);
	if (f.proto == PROTO_TCP)
		return fast_tcp(&f, ev);
	return f.proto == PROTO_UDP && fast_udp(&f, ev);
}
