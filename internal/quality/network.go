package quality

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// firstAddr is 10.1.0.0; the networks follow each other from there.
const firstAddr = 10<<24 | 1<<16

// addr is an IPv4 address in host byte order.
type addr = uint32

func addrText(a addr) string {
	return fmt.Sprintf("%d.%d.%d.%d", a>>24, a>>16&255, a>>8&255, a&255)
}

// sameSubnet: every /24 is a subnet.
func sameSubnet(a, b addr) bool { return a>>8 == b>>8 }

// gateway is the last octet of the router's address in every subnet; it refuses SMB.
const gateway = 1

// plan is who has which address.
type plan struct {
	size  int     // addresses of one network
	nets  int     // number of networks
	swept int     // the first so many of them are filled to the share alive
	owner []int32 // by address: index of the host + 1, 0: nobody
	freed []addr  // addresses that once were somebody's, oldest first
}

// newPlan allots n addresses: to the servers at the start of 10.1, to all others in
// clusters, as Params.Alive describes.
func newPlan(p *Params, servers, n int, r *rand.Rand) (*plan, []addr) {
	full := p.Alive * float64(p.net())
	nets := int(math.Ceil(float64(n) / full))
	pl := &plan{size: p.net(), nets: nets, swept: max(1, int(float64(n)/full)), owner: make([]int32, nets*p.net())}
	addrs := make([]addr, 0, n)
	for i := range servers {
		// Server subnets hold 200 each, from .10 on.
		addrs = append(addrs, firstAddr+addr(1+i/200)<<8+addr(10+i%200))
	}
	for net := range nets {
		want := min(int(full), n-len(addrs))
		if net == 0 {
			want = min(int(full)-servers, n-len(addrs))
		}
		addrs = append(addrs, fill(pl.base(net), pl.size/256, net == 0, servers, want, r)...)
	}
	return pl, addrs
}

// base is the first address of the network number n.
func (pl *plan) base(n int) addr { return firstAddr + addr(n*pl.size) }

// netOf is the first address of the network that a is in.
func (pl *plan) netOf(a addr) addr { return a &^ addr(pl.size-1) }

// fill chooses want addresses of the network of so many /24 at base.
func fill(base addr, subnets int, first bool, servers, want int, r *rand.Rand) []addr {
	weight := make([]float64, subnets)
	sum := 0.0
	for i := range weight {
		if first && i <= 1+servers/200 || i%8 == 7 {
			continue // server subnets and empty ones
		}
		weight[i] = max(0.2, 1+0.33*r.NormFloat64())
		sum += weight[i]
	}
	var out []addr
	for carry, i := 0.0, 0; i < subnets; i++ {
		carry += float64(want) * weight[i] / sum
		n := min(int(carry), 253)
		if weight[i] == 0 {
			continue
		}
		carry -= float64(n)
		for _, k := range r.Perm(253)[:n] {
			out = append(out, base+addr(i)<<8+addr(k+2))
		}
	}
	for len(out) < want { // rounding, or subnets that were full
		k := r.IntN(subnets)
		a := base + addr(k)<<8 + addr(2+r.IntN(253))
		if weight[k] > 0 && !contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

func contains(s []addr, a addr) bool {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == a {
			return true
		}
	}
	return false
}

// inside reports whether a is in one of the networks.
func (pl *plan) inside(a addr) bool { return a-firstAddr < addr(len(pl.owner)) }

// hostAt returns the index of the host that has a, -1: nobody.
func (pl *plan) hostAt(a addr) int {
	if !pl.inside(a) {
		return -1
	}
	return int(pl.owner[a-firstAddr]) - 1
}

func (pl *plan) take(a addr, host int) { pl.owner[a-firstAddr] = int32(host + 1) }

func (pl *plan) release(a addr) {
	pl.owner[a-firstAddr] = 0
	pl.freed = append(pl.freed, a)
}

// fresh returns an unused address in the network of old, which is in use: every second time
// one that was another host's before.
func (pl *plan) fresh(old addr, r *rand.Rand) addr {
	if r.IntN(2) == 0 {
		for i, a := range pl.freed {
			if pl.netOf(a) == pl.netOf(old) && pl.hostAt(a) < 0 {
				pl.freed = append(pl.freed[:i], pl.freed[i+1:]...)
				return a
			}
		}
	}
	for {
		a := pl.netOf(old) + addr(r.IntN(pl.size/256))<<8 + addr(2+r.IntN(253))
		if pl.hostAt(a) < 0 {
			return a
		}
	}
}

// unused returns a random address that nobody has, anywhere in the networks.
func (pl *plan) unused(r *rand.Rand) addr {
	for {
		a := firstAddr + addr(r.IntN(len(pl.owner)))
		if b := a & 255; b > gateway && b != 255 && pl.hostAt(a) < 0 {
			return a
		}
	}
}
