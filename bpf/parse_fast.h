// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Nearly all frames: Ethernet, up to two tags, IP without options, TCP or UDP, all of it in
// the linear part and as it should be. Whatever is odd is left to parse_slow.h, which starts
// anew. Ordinary traffic costs this and little else, so each instruction counts: the event
// is stored in whole words, each once.
#pragma once
#include "parse_headers.h"

// The word of eight octets of an event that starts with a field.
#define WORD(field) (*(any64 *)&(field))

_Static_assert(__builtin_offsetof(struct event, src_port) == 40 &&
	       __builtin_offsetof(struct event, tunnel) == 44 &&
	       __builtin_offsetof(struct event, vlan) == 48 &&
	       __builtin_offsetof(struct event, src_mac) == 54 &&
	       __builtin_offsetof(struct event, kind) == 60 &&
	       __builtin_offsetof(struct event, held) == 64 &&
	       __builtin_offsetof(struct event, seq) == 68 &&
	       __builtin_offsetof(struct event, data) == 72, "as the words are put together here");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "as the words are put together here");

// A frame on its way through its headers.
struct fast {
	const __u8 *frame, *end;
	__u64 facts; // kind, TCP flags, protocol and flags where they stand in the event's word
	__u32 vlan;
};

#define FACT_KIND(v) ((__u64)(v) << 32)
#define FACT_TCP_FLAGS(v) ((__u64)(v) << 40)
#define FACT_PROTO(v) ((__u64)(v) << 48)
#define FACT_FLAGS(v) ((__u64)(v) << 56)

// fast_store puts the words together that all events have; the addresses are there. What
// only few events need is left to fast_late, and at says so: where the TCP or UDP header
// starts.
static __always_inline void fast_store(const struct fast *f, struct event *ev, __u32 ports,
				       __u32 at, __u32 payload, __u32 held)
{
	WORD(ev->src_port) = ports;
	WORD(ev->vlan) = payload << 16 | f->vlan;
	WORD(ev->src_mac[2]) = f->facts | FACT_FLAGS(f->frame[0] & FLAG_GROUP);
	WORD(ev->held) = at << 16 | held;
}

// fast_ports returns both ports as they stand in the event.
static __always_inline __u32 fast_ports(const __u8 *l4)
{
	return (__u32)bpf_ntohs(LOAD16(l4 + 2)) << 16 | bpf_ntohs(LOAD16(l4));
}

// fast_tcp takes a segment of size octets, as the IP header has it, that starts at an
// offset of the frame.
static __always_inline bool fast_tcp(struct fast *f, __u32 at, __s32 size, struct event *ev)
{
	const __u8 *tcp = f->frame + at;
	__s32 header = tcp[12] >> 4 << 2, held = size - header;

	if (header < TCP_LEN || size < TCP_LEN)
		return false;
	WORD(ev->data) = held > 0 ? at + header : 0;
	if (held < 0)
		held = 0;
	f->facts |= FACT_KIND(KIND_TCP) | FACT_TCP_FLAGS(tcp[13]) | FACT_PROTO(PROTO_TCP);
	fast_store(f, ev, fast_ports(tcp), at, held, held);
	return true;
}

static __always_inline bool fast_udp(struct fast *f, __u32 at, __s32 size, struct event *ev)
{
	const __u8 *udp = f->frame + at;
	__u32 ports = fast_ports(udp);

	if (size < UDP_LEN || is_tunnel(ports >> 16))
		return false;
	f->facts |= FACT_KIND(KIND_UDP) | FACT_PROTO(PROTO_UDP);
	if ((ports >> 16 == PORT_NBNS || (__u16)ports == PORT_NBNS) && size > UDP_LEN + 2 &&
	    udp[UDP_LEN + 2] & 0x80)
		f->facts |= FACT_FLAGS(FLAG_REPLY);
	WORD(ev->data) = 0;
	fast_store(f, ev, ports, at, size - UDP_LEN, 0);
	return true;
}

static __always_inline bool fast_transport(struct fast *f, __u8 proto, __u32 at, __s32 size,
					   struct event *ev)
{
	if (proto == PROTO_TCP)
		return fast_tcp(f, at, size, ev);
	return proto == PROTO_UDP && fast_udp(f, at, size, ev);
}

static __always_inline bool fast_ipv4(struct fast *f, __u32 at, struct event *ev)
{
	const __u8 *ip = f->frame + at;
	__u32 total, dst;

	// The wire has no frame too short for TCP; a datagram that is may take the slow way.
	if (ip + IPV4_LEN + TCP_LEN > f->end || ip[0] != 0x45)
		return false;
	total = bpf_ntohs(LOAD16(ip + 2));
	if (total > (__u32)(f->end - ip) || LOAD16(ip + 6) & bpf_htons(0x3fff)) // a fragment
		return false;
	dst = LOAD32(ip + 16);
	set4(&ev->src, LOAD32(ip + 12));
	set4(&ev->dst, dst);
	if ((dst & 0xff) >= 0xe0 && is_group4(dst))
		f->facts = FACT_FLAGS(FLAG_GROUP);
	return fast_transport(f, ip[9], at + IPV4_LEN, (__s32)total - IPV4_LEN, ev);
}

static __always_inline bool fast_ipv6(struct fast *f, __u32 at, struct event *ev)
{
	const __u8 *ip = f->frame + at;
	__u32 size;

	if (ip + IPV6_LEN + TCP_LEN > f->end || ip[0] >> 4 != 6)
		return false;
	size = bpf_ntohs(LOAD16(ip + 4)); // too small for what follows where the frame knows it
	if (IPV6_LEN + size > (__u32)(f->end - ip) || is4(ip + 8) || is4(ip + 24))
		return false;
	copy(&ev->src, ip + 8, 32);
	if (ip[24] == 0xff)
		f->facts = FACT_FLAGS(FLAG_GROUP);
	return fast_transport(f, ip[6], at + IPV6_LEN, size, ev);
}

static __always_inline bool is_tag(__u16 type)
{
	return type == bpf_htons(ETHER_VLAN) || type == bpf_htons(ETHER_QINQ) ||
	       type == bpf_htons(ETHER_QINQ91);
}

// fast_network takes IP of either version at an offset that is a constant.
static __always_inline bool fast_network(struct fast *f, __u16 type, __u32 at, struct event *ev)
{
	if (type == bpf_htons(ETHER_IPV4))
		return fast_ipv4(f, at, ev);
	return type == bpf_htons(ETHER_IPV6) && fast_ipv6(f, at, ev);
}

// fast_tag takes a tag at an offset and returns the EtherType behind it.
static __always_inline __u16 fast_tag(struct fast *f, __u32 at)
{
	__u16 id = bpf_ntohs(LOAD16(f->frame + at)) & 0xfff;

	if (id != 0)
		f->vlan = id;
	return LOAD16(f->frame + at + 2);
}

// parse_fast fills in the event but for what fast_late adds, or returns false, and the event
// holds nothing of use.
static __always_inline bool parse_fast(struct xdp_md *ctx, struct event *ev)
{
	struct fast f = {(void *)(long)ctx->data, (void *)(long)ctx->data_end, 0, 0};
	__u32 at = ETHERNET_LEN;
	__u16 type;

	if (f.frame + ETHERNET_LEN + 2 * VLAN_LEN > f.end)
		return false;
	type = LOAD16(f.frame + 12);
	if (__builtin_expect(type == bpf_htons(ETHER_IPV4), 1))
		return fast_ipv4(&f, at, ev);
	if (!is_tag(type))
		return fast_network(&f, type, at, ev);
	type = fast_tag(&f, at);
	at += VLAN_LEN;
	if (!is_tag(type))
		return fast_network(&f, type, at, ev);
	type = fast_tag(&f, at);
	return fast_network(&f, type, at + VLAN_LEN, ev);
}

// fast_late adds the sender's link address and the sequence number to an event of
// parse_fast; of another it has both. Afterwards ev->pad is zero.
static __always_inline void fast_late(struct xdp_md *ctx, struct event *ev)
{
	const __u8 *frame = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const __u8 *l4 = frame + (ev->pad & 0xff);

	asm volatile("" : "+r"(l4)); // checked and used in one register, as the verifier wants it
	if (ev->pad == 0 || frame + ETHERNET_LEN > end || l4 + TCP_LEN > end)
		return;
	copy(ev->src_mac, frame + 6, 2);
	copy(ev->src_mac + 2, frame + 8, 4);
	if (ev->kind == KIND_TCP)
		ev->seq = bpf_ntohl(LOAD32(l4 + 4));
	ev->pad = 0;
}
