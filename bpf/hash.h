// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Seeded hashes; hash.go is their twin. The multipliers are odd and of many bits: the high
// half of a product depends on all of what was multiplied.
#pragma once
#include "maps.h"

#define M1 0x9e3779b97f4a7c15ULL // 2^64 by the golden ratio
#define M2 0xa0761d6478bd642fULL

// fold makes a word of an address; of IPv4 ones no two are the same.
static __always_inline __u64 fold(const union addr *a)
{
	__u64 low = a->halves[1];

	return (low << 32 | low >> 32) + a->halves[0] * M1;
}

// hash is best at its high end.
static __always_inline __u64 hash(__u64 a, __u64 b)
{
	__u64 x = (a ^ want.seed) * M1;

	x ^= x >> 32;
	return (x + b) * M2;
}

// realm_of is what separates the sender of ev from one of equal address elsewhere.
static __always_inline __u64 realm_of(const struct event *ev)
{
	if (!(want.options & OPTION_REALMS))
		return 0;
	return (__u64)ev->vlan << 32 | ev->tunnel;
}
