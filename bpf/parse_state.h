// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// How far a frame was read: packet.parser. It only moves forward; each step takes one
// header and says what follows.
#pragma once
#include "parse_headers.h"

// A step is the header to take next, or, below STEP_ETHERNET, the result: enum status.
typedef __u32 step;

enum steps {
	STEP_ETHERNET = STATUS_PUNT + 1,
	STEP_IP, // IPv4 or IPv6 by the version field
	STEP_IPV4,
	STEP_IPV6,
	STEP_TCP,
	STEP_UDP,
	STEP_ICMP,
	STEP_ICMPV6,
	STEP_ARP,
	STEP_VLAN,
	STEP_EXTENSION, // of IPv6
	STEP_LLC,
	STEP_MPLS,
	STEP_GRE,
	STEP_ROUTE, // of GRE: one entry of its source routes
	STEP_ERSPAN2,
	STEP_ERSPAN3,
};

// All of it lives behind a pointer to a function's argument: the verifier keeps no book of
// what stands there, so that it looks at each step once, whatever came before.
struct state {
	__u32 off;     // where the next header starts; may lie behind len
	__u32 len;     // octets of the frame there are, no farther than the end of the packet at hand
	__u32 end;     // where the packet at hand says that it ends; may lie behind len
	__u32 overlay; // where the last UDP header taken for a tunnel starts; 0: none
	__u32 key;     // of the GRE header whose routes are taken
	__u32 after;   // step behind those routes
	__u8 partial;  // end is that of a first fragment: more of the packet exists
	__u8 v6;       // the packet at hand is IPv6
	__u8 hops;     // hop limit of the IPv6 packet at hand
	__u8 tunnels;  // headers of each sort that were taken so far
	__u8 tags;
	__u8 labels;
	__u8 exts;
	__u8 routes;
};

// What a step works on.
struct parser {
	struct xdp_md *ctx;
	struct event *ev;
	struct state *at;
};

// load_far copies n octets of the frame, a constant, from an offset on, wherever it keeps
// them: a jumbo frame has fragments. What is written here first spares the verifier of
// Linux 6.18 a bug: it looks for what the helper wrote on the stack before that was there.
static __always_inline bool load_far(struct xdp_md *ctx, __u32 off, void *to, const __u32 n)
{
	__builtin_memset(to, 0, n);
	return bpf_xdp_load_bytes(ctx, off, to, n) == 0;
}

// load does the same, at once if they stand in the linear part.
static __always_inline bool load(struct xdp_md *ctx, __u32 off, void *to, const __u32 n)
{
	const __u8 *frame = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (off < 1 << 14) { // the verifier wants a bound
		frame += off;
		if (frame + n <= end) {
			copy(to, frame, n);
			return true;
		}
	}
	return load_far(ctx, off, to, n);
}

// rest returns how many octets there are from the next header on, to the end of its packet.
static __always_inline __u32 rest(const struct parser *p)
{
	return p->at->off < p->at->len ? p->at->len - p->at->off : 0;
}

// peek copies the first n octets of the next header if they are there.
static __always_inline bool peek(const struct parser *p, void *to, const __u32 n)
{
	return rest(p) >= n && load(p->ctx, p->at->off, to, n);
}

// size returns how many octets the packet had from the next header on; less than zero
// where headers reach behind its end.
static __always_inline __s32 size(const struct parser *p)
{
	return (__s32)(p->at->end - p->at->off);
}

// bound says that the packet at hand has n octets from here on. It may claim more than
// what holds it has.
static __always_inline void bound(struct parser *p, __u32 n)
{
	struct state *at = p->at;

	at->end = at->off + n;
	if (at->end < at->len)
		at->len = at->end;
	at->partial = false;
}

// missing returns what it means that n octets of header are not there: that they are cut
// off, or that the packet never had them.
static __always_inline step missing(const struct parser *p, __s32 n)
{
	return size(p) < n && !p->at->partial ? STATUS_MALFORMED : STATUS_CUT;
}

// enter goes into a tunnel with the given id (0: it has none), to the header next.
static __always_inline step enter(struct parser *p, step next, __u32 id)
{
	struct event *ev = p->ev;
	__u16 vlan = ev->vlan;
	__u16 mac0 = LOAD16(ev->src_mac);
	__u32 mac2 = LOAD32(ev->src_mac + 2);

	if (++p->at->tunnels > MAX_TUNNELS)
		return STATUS_TOO_DEEP;
	if (id == 0)
		id = ev->tunnel;
	*ev = (struct event){};
	ev->tunnel = id;
	ev->vlan = vlan;
	copy(ev->src_mac, &mac0, 2);
	copy(ev->src_mac + 2, &mac2, 4);
	ev->flags = FLAG_TUNNELLED;
	p->at->labels = 0;
	p->at->exts = 0;
	return next;
}

static __always_inline __u16 be16(const void *b)
{
	return bpf_ntohs(LOAD16(b));
}

static __always_inline __u32 be32(const void *b)
{
	return bpf_ntohl(LOAD32(b));
}

// Room for n octets of a header.
#define BUFFER(name, n) __u8 name[n] __attribute__((aligned(8)))
