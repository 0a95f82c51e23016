package flow

import (
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/table"
)

// A prefix in which proxiedTrials trials of dark addresses were opened, nine in ten of
// them answered, has something in front that answers for everybody: a SYN proxy or a WAN
// optimiser. Its answers are not credible.
const (
	proxiedTrials  = 20
	prefixesKept   = 1 << 14
	prefixForgets  = 1 << 10 // counts are halved there, so that a proxy taken away is noticed
	proxiedPercent = 90
)

// darkCount is, for a /24 or /64, how many trials went to dark addresses and how many of
// them were answered.
type darkCount struct{ opened, answered uint32 }

type prefixes struct {
	table *table.Table[packet.Addr, darkCount]
}

func newPrefixes() *prefixes {
	return &prefixes{table: table.New[packet.Addr, darkCount](prefixesKept)}
}

// Prefix returns the /24 of an IPv4, the /64 of an IPv6 address.
func Prefix(a packet.Addr) packet.Addr {
	if a.Is4() {
		a[15] = 0
		return a
	}
	clear(a[8:])
	return a
}

func fewer(a, b *darkCount) bool { return a.opened < b.opened }

func (p *prefixes) opened(seed uint64, target packet.Addr) {
	c := p.find(seed, target)
	if c == nil {
		k := Prefix(target)
		_, c, _ = p.table.Claim(table.Hash(seed, (*[16]byte)(&k), 0), k, fewer)
		*c = darkCount{}
	}
	c.opened++
	if c.opened == prefixForgets {
		c.opened, c.answered = c.opened/2, c.answered/2
	}
}

func (p *prefixes) answered(seed uint64, target packet.Addr) {
	if c := p.find(seed, target); c != nil {
		c.answered++
	}
}

func (p *prefixes) proxied(seed uint64, target packet.Addr) bool {
	c := p.find(seed, target)
	return c != nil && c.opened >= proxiedTrials && c.answered*100 >= c.opened*proxiedPercent
}

func (p *prefixes) find(seed uint64, target packet.Addr) *darkCount {
	k := Prefix(target)
	_, c := p.table.Get(table.Hash(seed, (*[16]byte)(&k), 0), k)
	return c
}
