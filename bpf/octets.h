// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// What the first octets of a segment can begin: the twins of irc.Could, smb.Could and of
// stream's couldTLS. They may say yes where those say no, never the other way round.
#pragma once
#include "maps.h"
#include "parse_headers.h"

// The first octets of a payload: n of them, at most eight, the first one lowest.
struct octets {
	__u64 head;
	__u32 n, at; // at: where they stand in the frame
};

static __always_inline __u8 octet(const struct octets *o, int i)
{
	return o->head >> (8 * i);
}

// copy_octets copies n octets of the frame, at least one and at most most, in a way in which
// the verifier of Linux 6.1 sees both bounds.
static __always_inline long copy_octets(struct xdp_md *ctx, __u32 at, void *to, __u32 n, __u64 most)
{
	__u64 last = (__u64)n - 1;

	barrier_var(last);
	if (last >= most)
		return -1;
	return bpf_xdp_load_bytes(ctx, at, to, last + 1);
}

// octets_at reads those at a place in the frame, behind which there are held.
static __always_inline void octets_at(struct xdp_md *ctx, __u32 at, __u32 held, struct octets *o)
{
	const __u8 *p = (void *)(long)ctx->data;
	__u32 n = held < 8 ? held : 8;

	o->head = 0;
	o->n = n;
	o->at = at;
	p += at & 0x3fff;
	if (at <= 0x3fff && p + 8 <= (const __u8 *)(long)ctx->data_end) {
		o->head = LOAD64(p);
	} else if (at <= 0x3fff && p + 4 <= (const __u8 *)(long)ctx->data_end) {
		o->head = LOAD32(p);
		o->n = n < 4 ? n : 4; // enough for nearly everything
	} else if (copy_octets(ctx, at, &o->head, n, sizeof(o->head))) {
		o->n = 0;
	}
}

// begins_verb reports whether three letters can begin a verb of IRC, in any case.
static __always_inline bool begins_verb(__u8 a, __u8 b, __u8 c)
{
	__u32 bit;

	a = (a | 0x20) - 'a';
	b = (b | 0x20) - 'a';
	c = (c | 0x20) - 'a';
	if (a > 25 || b > 25 || c > 25)
		return false;
	bit = (__u32)a << 10 | (__u32)b << 5 | c;
	barrier_var(bit); // Linux 6.1 cannot follow that this is below 1 << 15
	bit &= (1 << 15) - 1;
	return want.verbs[bit >> 6] >> (bit & 63) & 1;
}

#define LINE 32 // octets that begins_line looks at
#define WELCOME_OR_VERB 4

// begins_word is irc's beginsOpening for n octets.
static __always_inline bool begins_word(const __u8 *b, __u32 n)
{
	if (b[0] == '0')
		return (n < 2 || b[1] == '0') && (n < 3 || (__u8)(b[2] - '1') < 5) && (n < 4 || b[3] == ' ');
	return want.openers[b[0]] == OPENER_LETTER && (n < 3 || begins_verb(b[0], b[1], b[2]));
}

static __always_inline bool is_word(__u8 c)
{
	return (__u8)((c | 0x20) - 'a') < 26 || (__u8)(c - '0') < 10;
}

enum part { BLANKS, TAGS, BEHIND_TAGS, PREFIX, BEHIND_PREFIX };

// How far the first octets of a payload were read.
struct line {
	__u8 b[LINE + WELCOME_OR_VERB];
	__u32 n;
	__u32 part;  // enum part
	__u32 empty; // nothing stands behind the mark yet
	__u32 could;
};

// line_step takes an octet, and returns 1 when line.could is decided.
static long line_step(__u32 i, void *at)
{
	struct line *l = at;
	__u8 c;

	if (i >= LINE || i >= l->n)
		return 1;
	c = l->b[i];
	if (l->part == TAGS || l->part == PREFIX) {
		if (c > ' ' && c != 0x7f) {
			l->empty = false;
			return 0;
		}
		l->could = !l->empty && c == ' ';
		l->part++;
		return !l->could;
	}
	if (c == ' ' || (l->part == BLANKS && (c == '\r' || c == '\n')))
		return 0;
	if (l->part == BEHIND_PREFIX) {
		l->could = is_word(c);
		return 1;
	}
	if (c == ':' || (c == '@' && l->part == BLANKS)) {
		l->part = c == ':' ? PREFIX : TAGS;
		l->empty = true;
		return 0;
	}
	l->could = begins_word(l->b + i, l->n - i);
	return 1;
}

// begins_line is irc's begins for a payload that starts with a blank, a mark or a digit.
__noinline int begins_line(struct xdp_md *ctx, __u32 at, __u32 n)
{
	// Before Linux 6.7 the verifier looks at the callback of a loop as it is called first, and
	// drops what is out of reach then: so nothing may be known of the state.
	struct line l = {.part = want.zero, .empty = want.zero, .could = want.zero + 1};

	if (n > LINE)
		n = LINE;
	if (copy_octets(ctx, at, l.b, n, LINE))
		return false;
	l.n = n;
	bpf_loop(LINE, line_step, &l, 0);
	return l.could;
}

static __always_inline bool could_irc(struct xdp_md *ctx, const struct octets *o, __u32 held)
{
	if (!o->n)
		return false;
	switch (want.openers[o->head & 0xff]) {
	case OPENER_NO:
		return false;
	case OPENER_LETTER:
		return o->n < 3 || begins_verb(octet(o, 0), octet(o, 1), octet(o, 2));
	}
	return begins_line(ctx, o->at, held);
}

// sane_smb reports whether a packet of the NetBIOS session service may be so long.
static __always_inline bool sane_smb(__u8 kind, __u32 len)
{
	switch (kind) {
	case 0x00:
		return len >= 32;
	case 0x81:
		return len >= 2 * 34 && len <= 2 * 255;
	case 0x82:
	case 0x85:
		return len == 0;
	case 0x83:
		return len == 1;
	case 0x84:
		return len == 6;
	}
	return false;
}

static __always_inline bool could_smb(const struct octets *o)
{
	static const __u8 mark[4] = {0xfe, 'S', 'M', 'B'};
	__u8 kind = octet(o, 0);

	if (kind && (kind < 0x81 || kind > 0x85))
		return false;
	if (o->n < 4)
		return true;
	if (!sane_smb(kind, bpf_ntohl((__u32)o->head) & 0xffffff))
		return false;
	if (kind)
		return true;
	for (__u32 i = 4; i < 8 && i < o->n; i++)
		if (i == 4 ? octet(o, i) < 0xfc : octet(o, i) != mark[i - 4])
			return false;
	return true;
}

// could_tls reports whether these can be the first octets of either side of TLS.
static __always_inline bool could_tls(const struct octets *o)
{
	return octet(o, 0) == 22 && (o->n < 2 || octet(o, 1) == 3) &&
	       (o->n < 6 || octet(o, 5) == 1 || octet(o, 5) == 2);
}
