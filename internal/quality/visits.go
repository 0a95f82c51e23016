package quality

import "time"

// visits is an hour of a server that goes to others.
func (l *living) visits(i int, h *host, day, hourOfDay int32) {
	l.alive(h)
	switch h.role {
	case Management:
		l.manage(i, h, day, hourOfDay)
	case Backup:
		l.backup(h, hourOfDay)
	case Monitoring:
		l.poll(h)
	case Terminal:
		l.terminal(h, day, hourOfDay)
	case VulnScanner, Forgotten:
		l.assess(i, h, day)
	}
}

// manage contacts the part of the inventory whose turn it is in this hour of this day;
// the stale entries stand among the others.
func (l *living) manage(i int, h *host, day, hourOfDay int32) {
	turn := func(k uint64) bool {
		return mix(l.w.p.Seed+uint64(i), k, uint64(day))%24 == uint64(hourOfDay)
	}
	for k, j := range h.inventory {
		if turn(uint64(k)) {
			l.smb(l.within(), h, j)
		}
	}
	for k, a := range h.stale {
		if turn(uint64(k) + 1<<32) {
			l.try(l.within(), h, a, portSMB)
		}
	}
}

// backup spreads the list over eight hours of the night.
func (l *living) backup(h *host, hourOfDay int32) {
	const slots = 8
	slot := (int(hourOfDay) + 2) % 24
	if slot == slots {
		for range len(h.inventory) / 10 {
			h.inventory[l.r.IntN(len(h.inventory))] = l.w.neverOff(l.r)
		}
	}
	if slot >= slots {
		return
	}
	for k := slot; k < len(h.inventory); k += slots {
		l.smb(l.within(), h, h.inventory[k])
	}
}

// poll asks everybody every five minutes.
func (l *living) poll(h *host) {
	const every = 5 * time.Minute
	for round := l.q.from; round < l.q.to; round += every {
		for k, j := range h.inventory {
			at := round + every*time.Duration(k)/time.Duration(len(h.inventory))
			l.try(at, h, l.w.hosts[j].named, portWMI)
		}
	}
}

// terminal is an hour of many users at one address: they log on from 7 to 9 and work
// until 17.
func (l *living) terminal(h *host, day, hourOfDay int32) {
	if day%7 >= 5 || hourOfDay < 7 || hourOfDay >= 17 {
		return
	}
	if hourOfDay < 9 {
		l.logon(h, 0)
	}
	for range poisson(l.r, l.w.p.Reconnects*terminalUsers) {
		l.smb(l.within(), h, h.servers[l.r.IntN(len(h.servers))])
	}
	for range poisson(l.r, h.darkRate/workHours) {
		l.mistype(h)
	}
	if l.r.Float64()*workHours < l.w.p.NewServers*terminalUsers {
		l.smb(l.within(), h, l.w.byRole[FileServer][l.w.filePop.draw(l.r)])
	}
}

// assess sweeps every address in order, 50 a second, from 02:00 on Saturdays; each
// scanner begins half an hour after the one before.
func (l *living) assess(i int, h *host, day int32) {
	const every = time.Second / 50
	if day%7 != 5 {
		return
	}
	nth := i - (len(l.w.hosts) - l.w.p.Workstations - l.w.p.Scanners - l.w.p.Forgotten)
	from := time.Duration(day)*24*time.Hour + 2*time.Hour + time.Duration(nth)*30*time.Minute
	size := len(l.w.plan.owner)
	if h.role == Forgotten {
		size = l.w.plan.size
	}
	first := max(0, int((l.q.from-from)/every))
	for k := first; k < size; k++ {
		at := from + time.Duration(k)*every
		if at < l.q.from {
			continue
		}
		if at >= l.q.to {
			return
		}
		l.try(at, h, firstAddr+addr(k), portSMB)
	}
}
