// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Which TCP connections stream.Follower has to see: the starts of those that could matter,
// and the whole of those that it follows. A connection is here from its SYN to its first
// octets, unless they begin as one that is followed.
#pragma once
#include "hash.h"
#include "home.h"
#include "octets.h"
#include "ring.h"

#define STREAM_SHIFT 52 // leaves a set's number of a hash
_Static_assert(STREAM_SETS == 1 << (64 - STREAM_SHIFT), "sets by the high bits of a hash");

#define STREAM_WINDOW 2048   // octets that the follower holds: stream's windowSize
#define STREAM_BEGINNING 65536 // octets that go up until user space has decided
#define STREAM_FIRST 16      // octets that show that a connection is none of the protocols

// Windows, some eight seconds, after which who was asked for octets will hardly send any.
#define STREAM_PATIENCE 64

// The ends of a connection, and which of them sent. Realms do not count: connections of the
// same ends in two VLANs share an entry, as the two are one where a router between VLANs is
// seen on both sides. Where they are not, what is decided upon one goes for the other too:
// it is only sent up by the lines in it that look like IRC, or sent up for nothing.
struct ends {
	__u64 hash;
	__u32 side;
};

static __always_inline struct ends ends_of(const struct event *ev)
{
	__u64 src = fold(&ev->src) ^ (__u64)ev->src_port << 32;
	__u64 dst = fold(&ev->dst) ^ (__u64)ev->dst_port << 32;
	struct ends e;

	e.side = src > dst;
	e.hash = e.side ? hash(dst, src) : hash(src, dst);
	return e;
}

static __always_inline __u32 stream_tag(const struct ends *e)
{
	return e->hash >> 16 | 1;
}

static __always_inline struct stream *stream_find(const struct ends *e)
{
	struct stream_set *s = &streams[e->hash >> STREAM_SHIFT];
	__u32 tag = stream_tag(e);

	for (int i = 0; i < STREAM_WAYS; i++)
		if (s->ways[i].tag == tag)
			return &s->ways[i];
	return 0;
}

// stream_rank tells what would be lost with an entry: a free one, one that was begun and
// decided upon by now, one of which nothing was heard, one that user space follows.
static __always_inline __u32 stream_rank(const struct stream *s, __u16 window)
{
	__u16 age = window - s->window;

	if (!s->tag)
		return 0;
	if (s->whole)
		return 1 << 17;
	if (s->facts & STREAM_START && age > 8)
		return 1;
	// Both sides of a handshake were seen: no flood of forged sources does that.
	if ((s->facts & (STREAM_KNOWN | STREAM_KNOWN << 1)) == (STREAM_KNOWN | STREAM_KNOWN << 1))
		return 1 + (1 << 17) - 1 - age;
	return 1 + 0xffff - age;
}

static __always_inline struct stream *stream_claim(struct cpu *c, const struct ends *e)
{
	struct stream_set *s = &streams[e->hash >> STREAM_SHIFT];
	__u16 window = window_now();
	struct stream *v = &s->ways[0];
	__u32 least = stream_rank(v, window);

	for (int i = 1; i < STREAM_WAYS; i++) {
		__u32 rank = stream_rank(&s->ways[i], window);

		if (rank < least) {
			least = rank;
			v = &s->ways[i];
		}
	}
	if (least >= 1 << 17) {
		c->streams_lost++;
		return 0;
	}
	if (v->tag && !(v->facts & STREAM_START) && (__u16)(window - v->window) < STREAM_PATIENCE)
		c->streams_lost++;
	c->streams++;
	v->facts = 0;
	v->whole = 0; // of one that was let go
	v->tag = stream_tag(e);
	v->window = window;
	return v;
}

// stream_matters is Follower.matters: the client is ours, or, where SMB is spoken, the
// server.
static __always_inline bool stream_matters(const struct event *ev)
{
	bool answers = ev->tcp_flags & TCP_ACK;
	const union addr *client = answers ? &ev->dst : &ev->src;
	const union addr *server = answers ? &ev->src : &ev->dst;
	__u16 port = answers ? ev->src_port : ev->dst_port;

	return is_home(client) || (want.ports[port] & PORT_SMB && is_home(server));
}

// stream_opens takes a SYN or a SYN-ACK. The other side of a connection is open as well:
// whatever it says first counts as its first octets until its own SYN is seen.
static __always_inline void stream_opens(struct cpu *c, const struct event *ev)
{
	struct ends e = ends_of(ev);
	__u32 own = e.side & 1, first = ev->seq + 1;
	struct stream *s;

	if (!stream_matters(ev))
		return;
	s = stream_find(&e);
	if (s && s->facts & STREAM_KNOWN << own && s->first[own] == first)
		return;
	if (!s)
		s = stream_claim(c, &e);
	if (!s)
		return;
	s->first[own] = first;
	if (s->facts & (STREAM_OPEN << own) && !(s->facts & STREAM_KNOWN << own) && ev->tcp_flags & TCP_ACK)
		s->facts |= STREAM_KNOWN << own; // the answer
	else
		s->facts = STREAM_KNOWN << own | STREAM_OPEN | STREAM_OPEN << 1;
}

// stream_protocol reports whether a connection that begins so may be one that is followed.
static __always_inline bool stream_protocol(struct xdp_md *ctx, const struct event *ev,
					    const struct octets *o, __u32 held)
{
	__u8 ports = want.ports[ev->src_port] | want.ports[ev->dst_port];

	return could_irc(ctx, o, held) || (ports & PORT_SMB && could_smb(o)) ||
	       (ports & PORT_IRC_TLS && could_tls(o));
}

// stream_first takes the first octets of a side, or what comes before them, or a little
// behind; it returns how many go up.
static __always_inline __u32 stream_first(struct xdp_md *ctx, const struct event *ev, struct stream *s, __u32 own)
{
	__s32 off = 0;
	__u32 held = ev->held, before = 0;
	struct octets o;

	own &= 1;
	if (s->facts & STREAM_KNOWN << own)
		off = ev->seq - s->first[own];
	if (off >= STREAM_WINDOW || off <= -(__s32)held)
		return 0;
	if (off > 0) {
		s->facts |= STREAM_START; // out of order: the first ones are still to come
		return held;
	}
	before = -off;
	octets_at(ctx, ev->data + before, held - before, &o);
	if (!stream_protocol(ctx, ev, &o, held - before)) {
		if (s->whole)
			s->facts &= ~(STREAM_OPEN << own);
		else
			s->tag = 0; // what the other side says makes no difference
		return held < before + STREAM_FIRST ? held : before + STREAM_FIRST;
	}
	s->facts &= ~(STREAM_OPEN << own);
	s->facts |= STREAM_START;
	return held;
}

// stream_begun reports whether a segment is among the first octets of its side.
static __always_inline bool stream_begun(struct stream *s, const struct event *ev, __u32 own)
{
	if (!(s->facts & STREAM_KNOWN << own)) {
		s->first[own] = ev->seq;
		s->facts |= STREAM_KNOWN << own;
	}
	return ev->seq - s->first[own] + STREAM_WINDOW < STREAM_BEGINNING + STREAM_WINDOW;
}

// stream_segment is stream_octets for a connection that is looked at.
__noinline int stream_segment(struct xdp_md *ctx, struct event *ev)
{
	struct stream *s;
	struct ends e;
	__u32 own, n = 0;
	__u8 facts;

	if (!ev)
		return 0;
	e = ends_of(ev);
	s = stream_find(&e);
	if (!s)
		return 0;
	own = e.side & 1;
	facts = s->facts;
	parse_late(ctx, ev);
	if (facts & STREAM_OPEN << own)
		n = stream_first(ctx, ev, s, own);
	if (s->whole || (facts & STREAM_START && stream_begun(s, ev, own)))
		n = ev->held;
	return n;
}

// stream_octets returns how many octets of payload the follower has to see of a segment
// that has some.
static __always_inline __u32 stream_octets(struct xdp_md *ctx, struct event *ev)
{
	struct ends e = ends_of(ev);
	struct octets o;

	if (stream_find(&e)) {
		__u32 n = stream_segment(ctx, ev);

		if (n)
			return n;
	}
	octets_at(ctx, ev->data, ev->held, &o);
	return could_irc(ctx, &o, ev->held) ? ev->held : 0; // met half-way
}

// stream_known reports whether ev is a segment of a connection that is looked at.
static __always_inline bool stream_known(const struct event *ev)
{
	struct ends e = ends_of(ev);

	return stream_find(&e);
}
