package bpf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"

	"github.com/cilium/ebpf"

	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// Bits of settings.options (enum option).
const (
	optionAll = 1 << iota
	optionARP
	optionStreams
	optionRealms
	optionFrames
)

// What is on a TCP port (enum port).
const (
	portSMB = 1 << iota
	portIRCTLS
)

// Want says what is wanted. It may be called again while programs run: they see some of
// the new settings before others, each of them whole.
func (k *Kernel) Want(w *capture.Wants) error {
	if err := k.wantHome(w.Home); err != nil {
		return err
	}
	s := k.mem.want
	setBits(&s.Tcp, w.TCP)
	setBits(&s.Udp, w.UDP)
	ports := make([]uint8, len(s.Ports))
	for _, p := range w.SMB {
		ports[p] |= portSMB
	}
	for _, p := range w.IRCTLS {
		ports[p] |= portIRCTLS
	}
	copy(s.Ports[:], ports)
	if w.Streams && w.Could == nil {
		return errors.New("streams are wanted, and nothing says how they may begin")
	}
	if w.Streams {
		k.wantVerbs(w.Could)
	}
	options := atomic.LoadUint32(&s.Options) & (optionAll | optionFrames)
	for bit, on := range map[uint32]bool{optionARP: w.ARP, optionStreams: w.Streams, optionRealms: w.Realms} {
		if on {
			options |= bit
		}
	}
	atomic.StoreUint32(&s.Options, options)
	return nil
}

// WantAll has every packet go up that can be taken apart, with its TCP payload.
func (k *Kernel) WantAll(on bool) { k.option(optionAll, on) }

func (k *Kernel) option(bit uint32, on bool) {
	p := &k.mem.want.Options
	if on {
		atomic.StoreUint32(p, atomic.LoadUint32(p)|bit)
	} else {
		atomic.StoreUint32(p, atomic.LoadUint32(p)&^bit)
	}
}

func setBits(dst *[1024]uint64, ports []uint16) {
	var bits [1024]uint64
	for _, p := range ports {
		bits[p>>6] |= 1 << (p & 63)
	}
	for i := range bits {
		atomic.StoreUint64(&dst[i], bits[i])
	}
}

// What the first octet of a payload says (enum opener).
const (
	openerNo = iota
	openerYes
	openerLetter
)

// wantVerbs asks could about each octet and each three letters that a payload may begin
// with.
func (k *Kernel) wantVerbs(could func([]byte) bool) {
	s := k.mem.want
	isLetter := func(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }
	var verbs [512]uint64
	for a := range byte(26) {
		for b := range byte(26) {
			for c := range byte(26) {
				if could([]byte{'a' + a, 'a' + b, 'a' + c}) {
					bit := uint(a)<<10 | uint(b)<<5 | uint(c)
					verbs[bit>>6] |= 1 << (bit & 63)
				}
			}
		}
	}
	for i := range verbs {
		atomic.StoreUint64(&s.Verbs[i], verbs[i])
	}
	for b := range s.Openers {
		switch {
		case !could([]byte{byte(b)}):
			s.Openers[b] = openerNo
		case isLetter(byte(b)):
			s.Openers[b] = openerLetter
		default:
			s.Openers[b] = openerYes
		}
	}
}

// maxMarked is how many sources may be marked at one time.
const maxMarked = 1024

// Mark says whose frames go up whole, of these addresses alone.
func (k *Kernel) Mark(addrs []packet.Addr) error {
	if len(addrs) > maxMarked {
		return fmt.Errorf("mark %d sources: at most %d", len(addrs), maxMarked)
	}
	s, m, hashes := k.mem.want, k.maps[wormwatchMapMarked], k.secrets()
	var marks [64]uint64
	wanted := make(map[packet.Addr]bool, len(addrs))
	for i := range addrs {
		wanted[addrs[i]] = true
		bit := hashes.hash(hashes.fold(&addrs[i]), 0) >> 52 // MARK_SHIFT
		marks[bit>>6] |= 1 << (bit & 63)
	}
	var a packet.Addr
	var one uint32
	var gone []packet.Addr
	for all := m.Iterate(); all.Next(&a, &one); {
		if !wanted[a] {
			gone = append(gone, a)
		}
	}
	for _, a := range gone {
		if err := m.Delete(a); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
			return fmt.Errorf("unmark %v: %w", a, err)
		}
	}
	for a := range wanted {
		if err := m.Put(a, uint32(1)); err != nil {
			return fmt.Errorf("mark %v: %w", a, err)
		}
	}
	for i := range marks {
		atomic.StoreUint64(&s.Marks[i], marks[i])
	}
	k.option(optionFrames, len(addrs) > 0)
	return nil
}

// homeKey is struct home_key.
type homeKey struct {
	Bits uint32
	Addr packet.Addr
}

const (
	homeNone = iota
	homeAll
	homeSome
)

// wantHome writes the home prefixes: a byte for each /16 of IPv4, a list for IPv6, and the
// map for what these cannot tell.
func (k *Kernel) wantHome(prefixes []netip.Prefix) error {
	s := k.mem.want
	home4 := make([]uint8, len(s.Home4))
	var six []wormwatchPrefix6
	keys := map[homeKey]bool{}
	for _, p := range prefixes {
		p = p.Masked()
		a, n := packet.AddrFrom(p.Addr()), p.Bits()
		if p.Addr().Is4() {
			keys[homeKey{uint32(96 + n), a}] = true
			mark16(home4, a, n)
			continue
		}
		keys[homeKey{uint32(n), a}] = true
		six = append(six, prefix6(a, n))
	}
	// In the map before it is asked, and asked no more before it is out of it.
	for key := range keys {
		if err := k.maps[wormwatchMapHome].Put(key, uint32(1)); err != nil {
			return fmt.Errorf("home prefix %v: %w", key, err)
		}
	}
	copy(s.Home4[:], home4)
	n := copy(s.Home6[:], six)
	if n < len(six) {
		n = len(s.Home6) + 1
	}
	atomic.StoreUint32(&s.N_home6, uint32(n))
	for key := range k.homes {
		if !keys[key] {
			if err := k.maps[wormwatchMapHome].Delete(key); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
				return fmt.Errorf("former home prefix %v: %w", key, err)
			}
		}
	}
	k.homes = keys
	return nil
}

// mark16 marks what a prefix of n bits has of each /16.
func mark16(home4 []uint8, a packet.Addr, n int) {
	at := int(a[12]) | int(a[13])<<8
	if n > 16 {
		if home4[at] != homeAll {
			home4[at] = homeSome
		}
		return
	}
	first := int(a[12])<<8 | int(a[13])
	for i := first; i < first+1<<(16-n); i++ {
		home4[i>>8|i&0xff<<8] = homeAll
	}
}

func prefix6(a packet.Addr, n int) (p wormwatchPrefix6) {
	var mask packet.Addr
	for i := range n {
		mask[i/8] |= 0x80 >> (i % 8)
	}
	for i := range 2 {
		p.Net[i] = binary.LittleEndian.Uint64(a[i*8:])
		p.Mask[i] = binary.LittleEndian.Uint64(mask[i*8:])
	}
	return p
}
