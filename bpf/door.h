// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// What goes up: all that flow, stream, lineage, edge and outward would do anything with if
// they saw every packet, and, where that is cheaper here, a little more.
#pragma once
#include "frames.h"
#include "sights.h"
#include "sources.h"
#include "streams.h"

#define PORT_TFTP 69 // where worms have their body fetched from: lineage's portTFTP

// What is wanted of a packet.
struct wanted {
	enum thing thing;
	__u32 octets; // of its payload
};

// wanted_payload is for a TCP segment with payload.
static __always_inline void wanted_payload(struct xdp_md *ctx, struct event *ev,
					   bool toward, bool from, struct wanted *w)
{
	if (want.options & OPTION_STREAMS)
		w->octets = stream_octets(ctx, ev);
	// lineage counts what goes to a watched service, edge what crosses the edge.
	if (w->octets || toward || (from && seldom_home(&ev->src) != seldom_home(&ev->dst)))
		w->thing = THING_OCTETS;
}

static __always_inline void wanted_syn(const struct event *ev, bool from, struct wanted *w)
{
	if (want.options & OPTION_STREAMS)
		w->octets = ev->held;
	if (!(ev->tcp_flags & TCP_ACK))
		w->thing = THING_OPENING;
	else
		w->thing = from ? THING_ANSWER : THING_MEETING;
}

static __always_inline void wanted_tcp(struct xdp_md *ctx, struct event *ev, struct wanted *w)
{
	bool toward = watched(want.tcp, ev->dst_port), from = watched(want.tcp, ev->src_port);
	__u8 turns = ev->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST);

	if (ev->flags & FLAG_CUT)
		return;
	if (turns & TCP_SYN) {
		wanted_syn(ev, from, w);
		return;
	}
	if (ev->payload)
		wanted_payload(ctx, ev, toward, from, w);
	if (w->thing)
		return;
	if (turns & TCP_RST && from)
		w->thing = THING_REFUSAL;
	else if (turns && want.options & OPTION_STREAMS && stream_known(ev))
		w->thing = THING_OCTETS;
	else if (toward && !ev->payload && ev->tcp_flags & TCP_ACK && !(turns & TCP_RST))
		w->thing = THING_WENT_ON;
}

static __always_inline void wanted_udp(const struct event *ev, struct wanted *w)
{
	if (ev->flags & FLAG_CUT)
		return;
	if (watched(want.udp, ev->dst_port) && !(ev->flags & FLAG_REPLY))
		w->thing = THING_REQUEST;
	else if (watched(want.udp, ev->src_port) || watched(want.udp, ev->dst_port))
		w->thing = THING_REPLY;
	else if (ev->dst_port == PORT_TFTP)
		w->thing = THING_OCTETS;
}

static __always_inline void wanted_of(struct xdp_md *ctx, struct event *ev, struct wanted *w)
{
	if (likely(ev->kind == KIND_TCP)) {
		wanted_tcp(ctx, ev, w);
		return;
	}
	switch (ev->kind) {
	case KIND_UDP:
		wanted_udp(ev, w);
		break;
	case KIND_UNREACHABLE:
		if ((ev->proto == PROTO_TCP && watched(want.tcp, ev->src_port)) ||
		    (ev->proto == PROTO_UDP && watched(want.udp, ev->src_port)))
			w->thing = THING_REFUSAL;
		break;
	case KIND_ARP_REQUEST:
	case KIND_ARP_REPLY:
		if (want.options & OPTION_ARP)
			w->thing = THING_MEETING;
		break;
	}
}

// deliver sends an event that was admitted, with so many octets of its payload, and reports
// whether there was room for it.
__noinline int deliver(struct xdp_md *ctx, struct event *ev, __u32 octets)
{
	struct cpu *c = this_cpu();

	if (!ev)
		return 0;
	if (ev->kind == KIND_TCP && ev->tcp_flags & TCP_SYN && want.options & OPTION_STREAMS)
		stream_opens(c, ev);
	return send(ctx, c, ev, octets);
}

// pass sends up what is wanted, unless the counts of its source forbid it. It returns
// whether there is more to do with the packet.
static __always_inline bool pass(struct xdp_md *ctx, struct event *ev, const struct wanted *w)
{
	struct cpu *c = this_cpu();

	parse_late(ctx, ev);
	switch (admit(c, ev, w->thing)) {
	case ADMIT_REPEAT:
		c->repeats++;
		return true;
	case ADMIT_HELD:
		c->held++;
		return true;
	case ADMIT_LOST:
		c->lost++;
		return false; // it was worth sending: no sighting either
	case ADMIT_SEND:
		if (deliver(ctx, ev, w->octets))
			sight(ctx, ev);
	}
	return false;
}

// refused counts a frame that is no event, or hands it over.
__noinline int refused(struct xdp_md *ctx, __u32 st)
{
	__u32 n = bpf_xdp_get_buff_len(ctx);
	struct cpu *c = this_cpu();

	this_link()->packets++;
	this_link()->octets += n;
	c->status[st & 7]++;
	if (st == STATUS_PUNT)
		punt(ctx, c, n);
	return 0;
}

// special is for the options that hardly anybody uses. It returns whether all is done.
__noinline int special(struct xdp_md *ctx, struct event *ev)
{
	struct cpu *c = this_cpu();

	if (!ev)
		return 0;
	if (want.options & OPTION_FRAMES)
		evidence(ctx, c, ev, bpf_xdp_get_buff_len(ctx));
	if (want.options & OPTION_ALL)
		send(ctx, c, ev, ev->held);
	return want.options & OPTION_ALL;
}

// frame_octets returns how long the frame is. What went the fast way lies in one piece,
// and a call costs as much as all of that way.
static __always_inline __u32 frame_octets(struct xdp_md *ctx, const struct event *ev)
{
	if (likely(ev->pad))
		return ctx->data_end - ctx->data;
	return bpf_xdp_get_buff_len(ctx);
}

// door sends ev up if a detector wants it. ev is as parse_early made it.
static __always_inline void door(struct xdp_md *ctx, struct event *ev, enum status st)
{
	struct link *l = this_link();
	struct wanted w = {};

	if (unlikely(st != STATUS_OK)) {
		refused(ctx, st);
		return;
	}
	l->packets++;
	l->octets += frame_octets(ctx, ev);
	if (unlikely(want.options & (OPTION_FRAMES | OPTION_ALL)) && special(ctx, ev))
		return;
	wanted_of(ctx, ev, &w);
	if (unlikely(w.thing) && !pass(ctx, ev, &w))
		return;
	if (unlikely(sight(ctx, ev))) {
		this_cpu()->sightings++;
		deliver(ctx, ev, 0);
	}
}
