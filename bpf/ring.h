// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Sending records to user space, and waking it. A record is an event, and held octets.
#pragma once
#include "clock.h"
#include "octets.h"
#include "parse.h"

static __always_inline struct cpu *this_cpu(void)
{
	return &cpus[bpf_get_smp_processor_id() & (MAX_CPUS - 1)];
}

static __always_inline struct link *this_link(void)
{
	return &links[bpf_get_smp_processor_id() & (MAX_CPUS - 1)][iface & (MAX_IFACES - 1)];
}

static __always_inline void *this_ring(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&rings, &cpu);
}

// waking returns the flags of a record: only who sleeps is woken, since that is dear.
static __always_inline __u64 waking(void)
{
	if (!want.armed)
		return BPF_RB_NO_WAKEUP;
	want.armed = 0;
	return BPF_RB_FORCE_WAKEUP;
}

// send_bare sends ev alone, and returns 0 if there was room.
static __always_inline long send_bare(void *ring, struct event *ev)
{
	struct event *sent = bpf_ringbuf_reserve(ring, sizeof(*ev), 0);

	if (!sent)
		return -1;
	*sent = *ev;
	sent->held = 0;
	sent->data = 0;
	bpf_ringbuf_submit(sent, waking());
	return 0;
}

// send_with sends ev with n octets that stand at a place in the frame, at most SCRATCH.
static __always_inline long send_with(struct xdp_md *ctx, void *ring, struct event *ev, __u32 at, __u32 n, __u64 flags)
{
	__u64 size = n > SCRATCH ? SCRATCH : n;
	__u32 zero = 0;
	struct scratch *s = bpf_map_lookup_elem(&scratch, &zero);

	if (!s)
		return -1;
	ev->held = size;
	s->ev = *ev;
	if (copy_octets(ctx, at, s->octets, size, SCRATCH))
		return -1;
	barrier_var(size); // the verifier has to see the bound once more
	if (size > SCRATCH)
		return -1;
	return bpf_ringbuf_output(ring, s, sizeof(*ev) + size, flags);
}

// send sends ev with n octets of its payload, at most all that there are.
static __always_inline bool send(struct xdp_md *ctx, struct cpu *c, struct event *ev, __u32 n)
{
	void *ring = this_ring();
	long failed = -1;

	parse_late(ctx, ev);
	ev->time = event_time(c);
	ev->iface = iface;
	if (n > SCRATCH)
		c->snapped++;
	if (ring)
		failed = n ? send_with(ctx, ring, ev, ev->data, n, waking()) : send_bare(ring, ev);
	if (failed) {
		c->lost++;
		c->octets_lost += sizeof(*ev) + n;
		return false;
	}
	c->events++;
	return true;
}
