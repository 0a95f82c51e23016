package flow

import "github.com/wormwatch/wormwatch/internal/packet"

// tcp: a bare SYN to a watched port opens a trial, SYN-ACK answers it, RST refuses it, and
// a client that goes on shows an answer that was not seen.
func (t *Tracker) tcp(ev *packet.Event, out []Contact) []Contact {
	if ev.Flags&packet.FlagCut != 0 {
		return out
	}
	toward, from := t.ports.tcp[ev.DstPort], t.ports.tcp[ev.SrcPort]
	if toward == NoGroup && from == NoGroup {
		return out
	}
	const handshake = packet.SYN | packet.ACK | packet.RST | packet.FIN
	switch ev.TCPFlags & handshake {
	case packet.SYN:
		if toward != NoGroup {
			return t.open(ev, toward, out)
		}
	case packet.SYN | packet.ACK:
		if from != NoGroup {
			return t.answer(ev, from, Answered, out)
		}
	case packet.RST, packet.RST | packet.ACK:
		if from != NoGroup {
			return t.answer(ev, from, Refused, out)
		}
	case packet.ACK, packet.ACK | packet.FIN:
		if toward != NoGroup {
			t.wentOn(ev, toward)
		}
	}
	return out
}

// udp: a unicast request to a watched port opens a trial, anything that comes back
// answers it. Where both ports are watched (137 to 137) the trial on hand decides.
func (t *Tracker) udp(ev *packet.Event, out []Contact) []Contact {
	if ev.Flags&packet.FlagCut != 0 {
		return out
	}
	toward, from := t.ports.udp[ev.DstPort], t.ports.udp[ev.SrcPort]
	if from != NoGroup {
		k := t.key(ev.Dst, ev.Src, ev, from)
		if _, tr := t.trials.table.Get(k.hash(t.seed), k); tr != nil {
			return t.answer(ev, from, Answered, out)
		}
	}
	// On a routed path the broadcast of a subnet is a plain unicast frame.
	directed := ev.Dst.Is4() && ev.Dst[15] == 255
	if toward == NoGroup || directed || ev.Flags&packet.FlagReply != 0 {
		return out
	}
	return t.open(ev, toward, out)
}

// unreachable reads like an answer: Src is the target that was tried.
func (t *Tracker) unreachable(ev *packet.Event, out []Contact) []Contact {
	g := t.ports.Group(ev.Proto, ev.SrcPort)
	if g == NoGroup || ev.Flags&packet.FlagCut != 0 {
		return out
	}
	return t.answer(ev, g, Refused, out)
}

// arp: a who-has opens a trial unless a router asks, an is-at answers it. An
// announcement or a probe for one's own address asks for nobody.
func (t *Tracker) arp(ev *packet.Event, out []Contact) []Contact {
	if t.ports.arp == NoGroup || ev.Src == ev.Dst || ev.Src.IsZero() {
		return out
	}
	if ev.Kind == packet.KindARPReply {
		return t.answer(ev, t.ports.arp, Answered, out)
	}
	if t.relays.is(t.seed, &ev.SrcMAC, hourOf(t.now)) {
		return out
	}
	return t.open(ev, t.ports.arp, out)
}

func (t *Tracker) key(source, target packet.Addr, ev *packet.Event, group uint8) trialKey {
	return trialKey{source: source, target: target, realm: t.nets.Realm(ev), group: group}
}

// open starts a trial, unless it is a repeat of one that is still open.
func (t *Tracker) open(ev *packet.Event, group uint8, out []Contact) []Contact {
	arp := group == t.ports.arp
	if ev.Dst.IsMulticast() || ev.Dst.IsZero() || ev.Src.IsMulticast() || ev.Src == ev.Dst ||
		ev.Flags&packet.FlagGroup != 0 && !arp {
		return out
	}
	k := t.key(ev.Src, ev.Dst, ev, group)
	h := k.hash(t.seed)
	if _, tr := t.trials.table.Get(h, k); tr != nil {
		return out
	}
	if t.trials.full() {
		if slot, ok := t.trials.next(t.now); ok {
			out = t.lose(slot, out)
		}
	}
	slot, tr, evicted := t.trials.table.Claim(h, k, openedEarlier)
	if evicted {
		// The key is overwritten already; what is lost is counted and told, not whose.
		t.stats.TrialsLost++
		out = append(out, Contact{Time: t.now, OpenedAt: tr.opened, Group: group, Outcome: Lost, Facts: tr.facts})
	}
	*tr = trial{
		opened: t.now, srcPort: ev.SrcPort, port: ev.DstPort,
		vlan: ev.VLAN, iface: ev.Iface, mac: ev.SrcMAC,
		facts: t.facts(&k, h), outcome: Opened,
	}
	t.trials.push(t.now, slot)
	if !arp {
		t.relays.learn(t.seed, &ev.SrcMAC, ev.Src, t.hash(&ev.Src, k.realm), tr.facts&SourceHome != 0, hourOf(t.now))
	}
	t.stats.Trials++
	if tr.facts&First != 0 {
		t.stats.First++
	}
	return append(out, t.contact(&k, tr, Opened, t.now, ev.DstPort))
}

// facts gathers what is known of a pair and its target at the start of a trial.
func (t *Tracker) facts(k *trialKey, h uint64) Facts {
	f := t.pairs.meet(h, t.now)
	if t.watched < t.cfg.Memory.Learning {
		f |= Learning
	}
	now := t.hour()
	if t.nets.Home(k.source) {
		f |= SourceHome
		if alive, _ := t.hosts.alive(t.hash(&k.source, k.realm), now); alive {
			f |= SourceAlive
		}
	}
	if t.nets.Dark(k.target) {
		return f | TargetHome | Dark | DarkGiven
	}
	if !t.nets.Home(k.target) {
		return f
	}
	f |= TargetHome
	alive, known := t.hosts.alive(t.hash(&k.target, k.realm), now)
	switch {
	case alive:
		f |= Alive
	case known && f&Learning == 0 && k.target.Is4():
		f |= Dark
		t.prefixes.opened(t.seed, k.target)
	}
	if t.prefixes.proxied(t.seed, k.target) {
		f |= Proxied
	}
	return f
}

// answer decides the trial that ev answers. What nobody asked for is backscatter: it
// decides nothing.
func (t *Tracker) answer(ev *packet.Event, group uint8, outcome Outcome, out []Contact) []Contact {
	k := t.key(ev.Dst, ev.Src, ev, group)
	h := k.hash(t.seed)
	_, tr := t.trials.table.Get(h, k)
	if tr == nil {
		return out
	}
	relayed := ev.Flags&packet.FlagRelayed != 0
	if !relayed {
		t.alive(ev, t.hash(&ev.Src, k.realm))
	}
	if tr.outcome == Answered || tr.outcome == outcome {
		return out
	}
	// What answers or refuses for addresses that nobody uses, one by one, is one device.
	if tr.outcome == Opened && !relayed && tr.facts&(Dark|DarkGiven) == Dark {
		t.prefixes.answered(t.seed, k.target)
	}
	if tr.outcome == Refused {
		tr.facts |= Revised
	}
	if relayed {
		tr.facts |= Relayed
	}
	tr.outcome = outcome
	if outcome == Answered {
		t.pairs.ended(h, true)
	}
	return append(out, t.contact(&k, tr, outcome, t.now, ev.SrcPort))
}

// wentOn notes that the source behaves as if it had been answered.
func (t *Tracker) wentOn(ev *packet.Event, group uint8) {
	k := t.key(ev.Src, ev.Dst, ev, group)
	if _, tr := t.trials.table.Get(k.hash(t.seed), k); tr != nil && tr.outcome == Opened {
		tr.facts |= WentOn
	}
}

// expire ends the trial in a slot: nothing more can come.
func (t *Tracker) expire(slot int, out []Contact) []Contact {
	k, tr := t.trials.table.At(slot)
	switch tr.outcome {
	case Opened:
		t.pairs.ended(k.hash(t.seed), false)
		deadline := tr.opened.Add(t.cfg.Memory.AnswerTimeout)
		out = append(out, t.contact(k, tr, Silent, deadline, tr.port))
	case Refused:
		t.pairs.ended(k.hash(t.seed), false)
	}
	t.trials.table.Free(slot)
	return out
}

// lose ends the oldest trial before its time.
func (t *Tracker) lose(slot int, out []Contact) []Contact {
	k, tr := t.trials.table.At(slot)
	if tr.outcome == Opened {
		t.stats.TrialsLost++
		out = append(out, t.contact(k, tr, Lost, t.now, tr.port))
	}
	t.trials.table.Free(slot)
	return out
}

func (t *Tracker) contact(k *trialKey, tr *trial, o Outcome, at packet.Time, port uint16) Contact {
	return Contact{
		Time: at, OpenedAt: tr.opened,
		Source: k.source, Target: k.target, Realm: k.realm,
		SrcPort: tr.srcPort, Port: port,
		VLAN: tr.vlan, Iface: tr.iface, MAC: tr.mac,
		Group: k.group, Outcome: o, Facts: tr.facts,
	}
}
