package quality

import (
	"math/rand/v2"
	"time"
)

// living makes the hours of everybody who is not a scanner.
type living struct {
	w     *world
	q     *hour
	r     *rand.Rand
	put   func(frame)
	sport uint16
}

func newLiving(w *world) *living {
	l := &living{w: w, q: &hour{}, r: newRand(w.p.Seed, "life")}
	l.put = l.q.add
	return l
}

// hour makes all frames of the hour number n since the start.
func (l *living) hour(n int) {
	day, hourOfDay := int32(n/24), int32(n%24)
	if hourOfDay == 0 {
		l.w.newDay(day)
	}
	l.q.begin(time.Duration(n) * time.Hour)
	for i := range l.w.hosts {
		h := &l.w.hosts[i]
		switch h.role {
		case Workstation, Administrator, Helpdesk:
			l.desk(h, day, hourOfDay)
		case FileServer:
			if hourOfDay == 3 {
				l.logon(h, 0)
			}
			l.alive(h)
		case PrintServer, DomainController:
			l.alive(h)
		default:
			l.visits(i, h, day, hourOfDay)
		}
	}
}

// within returns a random moment of this hour.
func (l *living) within() time.Duration {
	return l.q.from + time.Duration(l.r.Int64N(int64(time.Hour)))
}

func (l *living) try(at time.Duration, source *host, dst addr, port uint16) {
	l.sport++
	l.w.try(at, source, dst, port, 49152+l.sport%16384, l.r, l.put)
}

// smb tries the host i under the address that names give.
func (l *living) smb(at time.Duration, source *host, i int32) {
	l.try(at, source, l.w.hosts[i].named, portSMB)
}

// alive lets the sensor see a segment of an established connection.
func (l *living) alive(h *host) {
	at := l.within()
	if l.w.cut(at, h.addr) {
		return
	}
	l.put(frame{at: at, src: h.addr, dst: firstAddr + 1<<8 + 10, sport: 50000, dport: proxy, what: segment})
}

// desk is an hour of a workstation.
func (l *living) desk(h *host, day, hourOfDay int32) {
	from, to := hourOfDay*3600, hourOfDay*3600+3600
	if h.onAt >= to || h.offAt <= from {
		if hourOfDay%6 == 0 && h.on(day, from) {
			l.alive(h)
		}
		return
	}
	if h.onAt >= from {
		at := l.q.from + time.Duration(h.onAt-from)*time.Second + time.Duration(l.r.IntN(1e9))
		if !l.w.cut(at, h.addr) {
			whoHas(at, h.addr, h.addr&^255|gateway, true, l.put)
		}
		l.logon(h, at)
		l.alive(h)
		return
	}
	if hourOfDay%4 == 0 {
		l.alive(h)
	}
	for range poisson(l.r, l.w.p.Reconnects) {
		l.smb(l.within(), h, h.servers[l.r.IntN(len(h.servers))])
	}
	l.seldom(h)
}

// logon tries everything mapped, over a minute; at zero, some time in this hour.
func (l *living) logon(h *host, at time.Duration) {
	if at == 0 {
		at = l.within()
	}
	for _, i := range h.servers {
		l.smb(at, h, i)
		at += time.Duration(l.r.IntN(4000)) * time.Millisecond
	}
	for _, a := range h.stale {
		l.try(at, h, a, portSMB)
		at += time.Duration(l.r.IntN(4000)) * time.Millisecond
	}
	for _, i := range h.servers { // what is down is tried again, twice
		if l.w.trouble.down(i, at) != nil {
			l.smb(at+5*time.Minute, h, i)
			l.smb(at+15*time.Minute, h, i)
		}
	}
}

// workHours is what rates per day are spread over.
const workHours = 8

// seldom is what a workstation does only now and then.
func (l *living) seldom(h *host) {
	p, r := l.w.p, l.r
	helpdesk := 0.0
	if h.role == Helpdesk {
		helpdesk = 8
	}
	x := r.Float64() * workHours
	if x -= h.darkRate; x < 0 {
		l.mistype(h)
	} else if x -= p.NewServers; x < 0 {
		i := l.w.byRole[FileServer][l.w.filePop.draw(r)]
		if len(h.servers) < 24 {
			h.servers = append(h.servers, i)
		}
		l.smb(l.within(), h, i)
	} else if x -= p.PeerRate; x < 0 {
		l.smb(l.within(), h, l.w.workstation(r))
	} else if x < helpdesk {
		for range 1 + poisson(r, max(0, helpdesk-workHours)) {
			l.smb(l.within(), h, l.w.workstation(r))
		}
	}
}

// mistype tries an address that nobody uses, and in one case of five one or two more.
func (l *living) mistype(h *host) {
	at, n := l.within(), 1
	if l.r.IntN(5) == 0 {
		n += 1 + l.r.IntN(2)
	}
	for range n {
		a := l.w.plan.unused(l.r)
		if l.r.IntN(2) == 0 {
			a = l.w.retired[l.w.stalePop.draw(l.r)].addr
		}
		l.try(at, h, a, portSMB)
		at += time.Duration(20+l.r.IntN(100)) * time.Second
	}
}
