package flow

import (
	"encoding/binary"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// relaysKept is how many link addresses are remembered; relayHours how long one counts as
// a router's.
const (
	relaysKept = 1 << 14
	relayHours = 24
)

// relay is what was seen behind one link address: the latest two senders (hashes),
// and until when that makes it a router's. A host that got another address by DHCP is two
// senders as well, but seldom within the hour.
type relay struct {
	who   [2]uint32
	at    [2]hour
	until hour
}

// relays tells routers by their link address: several hosts speak through it. A router
// asks for every dead address that anybody behind it sweeps, and is no scanner.
type relays struct {
	table *table.Table[uint64, relay]
}

func newRelays() *relays { return &relays{table: table.New[uint64, relay](relaysKept)} }

func macKey(m *[6]byte) uint64 {
	return uint64(binary.BigEndian.Uint32(m[:4]))<<16 | uint64(binary.BigEndian.Uint16(m[4:]))
}

// soonerForgotten keeps routers, then those heard of lately.
func soonerForgotten(a, b *relay) bool {
	if a.until != b.until {
		return a.until < b.until
	}
	return max(a.at[0], a.at[1]) < max(b.at[0], b.at[1])
}

// learn notes that the host with hash h spoke through mac, in ARP or IP. One host from
// outside is enough: it cannot be a neighbour. An IPv6 host has several addresses, so of
// those two prefixes are asked for, link-local ones apart.
func (r *relays) learn(seed uint64, mac *[6]byte, src packet.Addr, h uint64, home bool, now hour) {
	if *mac == ([6]byte{}) {
		return
	}
	if !src.Is4() {
		if src[0] == 0xfe && src[1]&0xc0 == 0x80 {
			return
		}
		p := Prefix(src)
		h = table.Hash(seed, (*[16]byte)(&p), 0)
	}
	k := macKey(mac)
	who := uint32(h>>32) | 1
	_, v := r.table.Get(macHash(seed, k), k)
	if v == nil {
		_, v, _ = r.table.Claim(macHash(seed, k), k, soonerForgotten)
		*v = relay{who: [2]uint32{who}, at: [2]hour{now}}
	}
	i := 0
	if v.who[0] != who && (v.who[1] == who || v.at[1] <= v.at[0]) {
		i = 1
	}
	v.who[i], v.at[i] = who, now
	if !home || v.who[1] != 0 && v.at[1-i]+1 >= now {
		v.until = now + relayHours
	}
}

// is reports whether mac is a router's.
func (r *relays) is(seed uint64, mac *[6]byte, now hour) bool {
	k := macKey(mac)
	_, v := r.table.Get(macHash(seed, k), k)
	return v != nil && v.until > now
}

func macHash(seed, k uint64) uint64 {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], k)
	return table.Hash(seed, &b, 0)
}
