//go:build ignore

// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// What the program is measured against: nothing at all, and a table of flows that is updated
// with every packet; and what makes many flows of one frame, since bpf(2) runs a program on
// one only.
#include "parse_headers.h"

char _license[] SEC("license") = "Dual BSD/GPL";

volatile const __u32 source_bits, target_bits; // how many sources and targets there are

SEC("xdp.frags")
int empty(struct xdp_md *ctx)
{
	return XDP_DROP;
}

struct flow_key {
	__u32 src, dst;
	__u16 src_port, dst_port;
	__u32 proto;
};

struct flow {
	__u64 first, last, packets, octets;
	__u32 flags, pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 20);
	__type(key, struct flow_key);
	__type(value, struct flow);
} flow_map SEC(".maps");

// flows counts the flow that an IPv4 packet belongs to.
SEC("xdp.frags")
int flows(struct xdp_md *ctx)
{
	const __u8 *frame = (void *)(long)ctx->data, *ip = frame + ETHERNET_LEN;
	const __u8 *end = (void *)(long)ctx->data_end, *l4 = ip + IPV4_LEN;
	struct flow_key k = {};
	struct flow *f, new = {};
	__u64 now;

	if (l4 + TCP_LEN > end || LOAD16(frame + 12) != bpf_htons(ETHER_IPV4))
		return XDP_DROP;
	k.src = LOAD32(ip + 12);
	k.dst = LOAD32(ip + 16);
	k.src_port = LOAD16(l4);
	k.dst_port = LOAD16(l4 + 2);
	k.proto = ip[9];
	now = bpf_ktime_get_ns();
	f = bpf_map_lookup_elem(&flow_map, &k);
	if (f) {
		f->last = now;
		__sync_fetch_and_add(&f->packets, 1);
		__sync_fetch_and_add(&f->octets, end - frame);
		f->flags |= l4[13];
		return XDP_DROP;
	}
	new.first = new.last = now;
	new.packets = 1;
	new.octets = end - frame;
	bpf_map_update_elem(&flow_map, &k, &new, BPF_ANY);
	return XDP_DROP;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next SEC(".maps");

__u64 state; // of the generator

// vary gives a frame of IPv4 another source and target, and has the next program take it.
SEC("xdp.frags")
int vary(struct xdp_md *ctx)
{
	__u8 *ip = (void *)(long)ctx->data + ETHERNET_LEN;
	__u64 x = state * 6364136223846793005ULL + 1442695040888963407ULL; // Knuth's MMIX

	state = x;
	if (ip + IPV4_LEN > (__u8 *)(long)ctx->data_end)
		return XDP_DROP;
	x = (x ^ x >> 33) * 0xff51afd7ed558ccdULL;
	*(__u32 *)(ip + 12) = bpf_htonl(0x0a000000 | (x >> 32 & ((1u << source_bits) - 1)));
	*(__u32 *)(ip + 16) = bpf_htonl(0xac100000 | (x >> 16 & ((1u << target_bits) - 1)));
	bpf_tail_call(ctx, &next, 0);
	return XDP_ABORTED;
}
