package flow

import (
	"encoding/binary"

	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// relaysKept is how many link addresses are remembered.
const relaysKept = 1 << 14

// behindRelay is how many hosts speak through a link address that makes it a router's. A
// host that got another address by DHCP is two.
const behindRelay = 3

// relay is what was seen behind one link address: hashes of the IPv4 senders.
type relay [behindRelay]uint32

// relays tells routers by their link address: several hosts speak through it. A router
// asks for every dead address that anybody behind it sweeps, and is no scanner.
type relays struct {
	table *table.Table[uint64, relay]
}

func newRelays() *relays { return &relays{table: table.New[uint64, relay](relaysKept)} }

func macKey(m *[6]byte) uint64 {
	return uint64(binary.BigEndian.Uint32(m[:4]))<<16 | uint64(binary.BigEndian.Uint16(m[4:]))
}

func lessKnown(a, b *relay) bool { return a.hosts() < b.hosts() }

func (r *relay) hosts() int {
	n := 0
	for _, who := range r {
		if who != 0 {
			n++
		}
	}
	return n
}

// learn notes that the host with hash h spoke through mac. An IPv6 host has several
// addresses, so only IPv4 is asked.
func (r *relays) learn(seed uint64, mac *[6]byte, src packet.Addr, h uint64) {
	if *mac == ([6]byte{}) || !src.Is4() {
		return
	}
	k := macKey(mac)
	who := uint32(h>>32) | 1
	_, v := r.table.Get(macHash(seed, k), k)
	if v == nil {
		_, v, _ = r.table.Claim(macHash(seed, k), k, lessKnown)
		*v = relay{}
	}
	for i := range v {
		if v[i] == who {
			return
		}
		if v[i] == 0 {
			v[i] = who
			return
		}
	}
}

// is reports whether mac is a router's.
func (r *relays) is(seed uint64, mac *[6]byte) bool {
	k := macKey(mac)
	_, v := r.table.Get(macHash(seed, k), k)
	return v != nil && v.hosts() == behindRelay
}

func macHash(seed, k uint64) uint64 {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], k)
	return table.Hash(seed, &b, 0)
}
