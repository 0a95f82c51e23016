// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Seeded hashes; hash.go is their twin. To multiply by a secret odd number and to take the
// high end is a universal hash: whoever does not know the number cannot make two things of
// which the hashes are equal. Known numbers with a secret seed would not do, since the
// difference of two hashes would not depend on the seed.
#pragma once
#include "maps.h"

// fold makes a word of an address; of IPv4 ones no two are the same.
static __always_inline __u64 fold(const union addr *a)
{
	__u64 low = a->halves[1];

	return (low << 32 | low >> 32) + a->halves[0] * want.odd[0];
}

// hash is best at its high end.
static __always_inline __u64 hash(__u64 a, __u64 b)
{
	__u64 x = (a ^ want.seed) * want.odd[0];

	x ^= x >> 32;
	return (x + b) * want.odd[1];
}

// realm_of is what separates the sender of ev from one of equal address elsewhere.
static __always_inline __u64 realm_of(const struct event *ev)
{
	if (!(want.options & OPTION_REALMS))
		return 0;
	return (__u64)ev->vlan << 32 | ev->tunnel;
}
