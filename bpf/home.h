// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
// Which addresses are ours.
#pragma once
#include "maps.h"

#define MAPPED_WORD 0xffff0000u // third word of an IPv4 address, as this machine reads it

static __always_inline bool is_v4(const union addr *a)
{
	return a->words[2] == MAPPED_WORD && !a->halves[0];
}

__noinline int home_by_map(const union addr *a)
{
	struct home_key k = {.bits = 128};

	if (!a)
		return 0;
	k.addr = *a;
	return bpf_map_lookup_elem(&home, &k) != 0;
}

static __always_inline bool home6(const union addr *a)
{
	__u32 n = want.n_home6;

	if (n > MAX_HOME6)
		return home_by_map(a);
	for (__u32 i = 0; i < MAX_HOME6 && i < n; i++) {
		const struct prefix6 *p = &want.home6[i];

		if ((a->halves[0] & p->mask[0]) == p->net[0] && (a->halves[1] & p->mask[1]) == p->net[1])
			return true;
	}
	return false;
}

// is_home reports whether an address is in one of the home prefixes.
static __always_inline bool is_home(const union addr *a)
{
	__u8 h;

	if (!is_v4(a))
		return home6(a);
	h = want.home4[a->words[3] & 0xffff];
	return h == HOME_ALL || (h == HOME_SOME && home_by_map(a));
}

// seldom_home is is_home where few packets come: a global function, whose loop the verifier
// looks at once, and dearer for that.
__noinline int seldom_home(const union addr *a)
{
	return a && is_home(a);
}
