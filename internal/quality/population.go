package quality

import "math/rand/v2"

// Role is what a host is.
type Role uint8

// The roles.
const (
	Workstation Role = iota
	Administrator
	Helpdesk
	FileServer
	PrintServer
	DomainController
	Management
	Backup
	Monitoring
	Terminal
	VulnScanner // allowed in the configuration
	Forgotten   // a vulnerability scanner that is not
	roles
)

var roleNames = [roles]string{
	"workstation", "administrator's workstation", "helpdesk workstation", "file server",
	"print server", "domain controller", "management server", "backup server",
	"monitoring server", "terminal server", "vulnerability scanner (allowed)",
	"vulnerability scanner (not allowed)",
}

func (r Role) String() string { return roleNames[r] }

// server reports whether r is neither a workstation nor an expected scanner.
func (r Role) server() bool { return r >= FileServer && r <= Terminal }

// client reports whether r lives as people at a desk do.
func (r Role) client() bool { return r <= Helpdesk }

// manages reports whether host firewalls let r in.
func (r Role) manages() bool { return r >= Helpdesk && r != FileServer && r != PrintServer }

// stance is what a workstation does with a SYN to 445.
type stance uint8

const (
	answers stance = iota
	refuses
	drops
)

// host is one machine. Targets are named by index, and found through their address of
// the day, or through an older one where the name lags behind.
type host struct {
	addr      addr
	named     addr  // what the name service says
	namedDue  int32 // day on which it will say addr
	role      Role
	stance    stance
	nightOff  bool
	recruited bool // will scan
	infected  bool // has begun to: never switched off, and keeps its address, from then on
	leaveFrom int32
	leaveTo   int32 // first day back
	onAt      int32 // seconds of the day; onAt == offAt: off all day
	offAt     int32
	darkRate  float64 // contacts a day
	servers   []int32 // hosts mapped
	stale     []addr
	inventory []int32 // hosts that a server visits
}

// retired is a decommissioned server.
type retired struct {
	addr addr
	day  int32 // off from then on; -1: before the capture
}

// world is everybody and how they stand.
type world struct {
	p        *Params
	plan     *plan
	hosts    []host
	retired  []retired
	byRole   [roles][]int32
	filePop  zipf
	stalePop zipf
	gone     map[addr]int32 // day from which a decommissioned server is off
	trouble  trouble
	links    []link
}

func newWorld(p *Params) *world {
	w := &world{p: p, gone: map[addr]int32{}}
	r := newRand(p.Seed, "population")
	var kinds []Role
	for _, s := range []struct {
		role Role
		n    int
	}{
		{FileServer, p.FileServers},
		{PrintServer, p.PrintServers},
		{DomainController, p.DomainControllers},
		{Management, p.Management},
		{Backup, p.Backup},
		{Monitoring, p.Monitoring},
		{Terminal, p.Terminal},
		{VulnScanner, p.Scanners},
		{Forgotten, p.Forgotten},
	} {
		for range s.n {
			kinds = append(kinds, s.role)
		}
	}
	pl, addrs := newPlan(p, len(kinds), len(kinds)+p.Workstations, r)
	w.plan = pl
	w.hosts = make([]host, len(addrs))
	w.filePop, w.stalePop = newZipf(p.FileServers), newZipf(p.StaleTargets)
	for i := range w.hosts {
		h := &w.hosts[i]
		*h = host{addr: addrs[i], named: addrs[i], leaveFrom: -1, leaveTo: -1}
		pl.take(h.addr, i)
		if i < len(kinds) {
			h.role = kinds[i]
		} else {
			w.makeWorkstation(h, r)
		}
		w.byRole[h.role] = append(w.byRole[h.role], int32(i))
	}
	w.retire(r)
	for i := range w.hosts {
		w.furnish(i, r)
	}
	w.plotTrouble()
	return w
}

// makeWorkstation draws what one desk is like.
func (w *world) makeWorkstation(h *host, r *rand.Rand) {
	p := w.p
	x := r.Float64()
	switch {
	case x < p.Helpdesk:
		h.role = Helpdesk
	case x < p.Helpdesk+administrators:
		h.role = Administrator
	default:
		h.role = Workstation
	}
	switch x := r.Float64(); {
	case x < p.Answering:
		h.stance = answers
	case x < p.Answering+(1-p.Answering)/2:
		h.stance = refuses
	default:
		h.stance = drops
	}
	h.nightOff = r.Float64() < p.NightOff
	if r.Float64() < p.Leave {
		h.leaveFrom = int32(r.IntN(p.Days+20) - 20)
		h.leaveTo = h.leaveFrom + 10 + int32(r.IntN(16))
	}
	// The square of a normal variable has mean 1, half of its mass below 0.45.
	x = r.NormFloat64()
	h.darkRate = p.DarkRate * x * x
	if h.role == Administrator {
		h.darkRate = p.DarkRate * 10
	}
}

// administrators is the share of workstations whose users administer something.
const administrators = 0.005

// retire names the decommissioned servers, in the server subnets' neighbourhood.
func (w *world) retire(r *rand.Rand) {
	for range w.p.StaleTargets {
		t := retired{addr: w.plan.unused(r), day: -1}
		if r.IntN(4) == 0 {
			t.day = int32(r.IntN(w.p.Days))
		}
		w.retired = append(w.retired, t)
		w.gone[t.addr] = t.day
	}
}

// furnish gives the host its servers, its stale mappings and its inventory.
func (w *world) furnish(i int, r *rand.Rand) {
	h := &w.hosts[i]
	switch h.role {
	case Workstation, Administrator, Helpdesk, Terminal:
		users := 1
		if h.role == Terminal {
			users = terminalUsers
			h.darkRate = w.p.DarkRate * terminalUsers
		}
		dc := w.byRole[DomainController]
		h.servers = append(h.servers, dc[r.IntN(len(dc))])
		h.servers = append(h.servers, w.byRole[PrintServer][r.IntN(w.p.PrintServers)])
		for range 1 + poisson(r, w.p.Mapped-1)*min(users, 4) {
			h.servers = append(h.servers, w.byRole[FileServer][w.filePop.draw(r)])
		}
		for range poisson(r, w.p.Stale*float64(users)) {
			h.stale = append(h.stale, w.retired[w.stalePop.draw(r)].addr)
		}
	case FileServer: // replication
		for range 4 {
			h.servers = append(h.servers, w.byRole[FileServer][r.IntN(w.p.FileServers)])
		}
	case Management:
		w.furnishManagement(i, h, r)
	case Backup:
		for range 60 {
			h.inventory = append(h.inventory, w.byRole[FileServer][r.IntN(w.p.FileServers)])
		}
		for range 90 {
			h.inventory = append(h.inventory, w.neverOff(r))
		}
	case Monitoring:
		for role := FileServer; role <= DomainController; role++ {
			h.inventory = append(h.inventory, w.byRole[role]...)
		}
		for range 100 {
			h.inventory = append(h.inventory, w.neverOff(r))
		}
	}
}

// terminalUsers share a terminal server.
const terminalUsers = 40

// furnishManagement deals the workstations out among the management servers and adds
// the inventory entries that no longer exist.
func (w *world) furnishManagement(i int, h *host, r *rand.Rand) {
	m := w.byRole[Management]
	first := len(w.hosts) - w.p.Workstations
	for j := first + i - int(m[0]); j < len(w.hosts); j += len(m) {
		h.inventory = append(h.inventory, int32(j))
	}
	for range int(float64(len(h.inventory)) * w.p.Inventory) {
		h.stale = append(h.stale, w.plan.unused(r))
	}
}

// workstation returns a random workstation.
func (w *world) workstation(r *rand.Rand) int32 {
	return int32(len(w.hosts) - w.p.Workstations + r.IntN(w.p.Workstations))
}

// neverOff returns a random workstation that stays on at night.
func (w *world) neverOff(r *rand.Rand) int32 {
	for {
		if j := w.workstation(r); !w.hosts[j].nightOff || w.p.NightOff >= 1 {
			return j
		}
	}
}
