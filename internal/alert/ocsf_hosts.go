package alert

import (
	"fmt"
	"net/netip"
)

// The roles of hosts (OCSF resource_details.role_id).
var (
	roleTarget   = level{1, "Target"}
	roleActor    = level{2, "Actor"}
	roleAffected = level{3, "Affected"}
)

// hosts gathers resources, each once.
type hosts struct {
	list  []resource
	known map[resource]bool
}

func (h *hosts) add(ip netip.Addr, hostname string, role level) {
	r := resource{addrText(ip), addrText(ip), clean(hostname), "host", role.id, role.name}
	if r.Hostname != "" {
		r.Name = r.Hostname
	}
	if h.known[r] {
		return
	}
	if h.known == nil {
		h.known = map[resource]bool{}
	}
	h.known[r] = true
	h.list = append(h.list, r)
}

// resourcesOf names the hosts that somebody has to look at: the source if it is ours,
// every target that answered, every host that was infected.
func resourcesOf(f *Finding) []resource {
	var out hosts
	if f.Source.Home {
		out.add(f.Source.IP, f.Source.Hostname, roleActor)
	}
	switch {
	case f.Scan != nil:
		out.targets(f.Scan.Answers)
	case f.Edge != nil && !f.Source.Home: // what answers a home host at the edge is not ours
		out.targets(f.Edge.Answers)
	case f.Incident != nil:
		for i := range f.Incident.Infected {
			out.add(f.Incident.Infected[i].Host, "", roleAffected)
		}
	}
	return out.list
}

func (h *hosts) targets(answers []Sample) {
	for _, s := range answers[:min(len(answers), MaxSamples)] {
		h.add(s.IP, "", roleTarget)
	}
}

// The sorts of observables (OCSF observable.type_id).
var (
	observedHostname = level{1, "Hostname"}
	observedIP       = level{2, "IP Address"}
	observedMAC      = level{3, "MAC Address"}
	observedUser     = level{4, "User Name"}
	observedPort     = level{11, "Port"}
)

// sightings gathers observables, each value once: where it stands first.
type sightings struct {
	list  []observable
	known map[string]bool
}

func (s *sightings) add(path string, sort level, value string) {
	key := sort.name + "\x00" + value
	if value == "" || s.known[key] {
		return
	}
	s.known[key] = true
	s.list = append(s.list, observable{path, sort.id, sort.name, value})
}

// observablesOf lists what other records can be searched for.
func observablesOf(e *evidence, hosts []resource) []observable {
	out := sightings{known: map[string]bool{}}
	const src, dst, data = "evidences[0].src_endpoint.", "evidences[0].dst_endpoint.", "evidences[0].data."
	out.add(src+"ip", observedIP, e.SrcEndpoint.IP)
	out.add(src+"mac", observedMAC, e.SrcEndpoint.MAC)
	out.add(src+"hostname", observedHostname, e.SrcEndpoint.Hostname)
	if e.DstEndpoint != nil {
		out.add(dst+"ip", observedIP, e.DstEndpoint.IP)
		out.add(dst+"port", observedPort, fmt.Sprint(e.DstEndpoint.Port))
	}
	for i := range hosts {
		if hosts[i].RoleID != roleActor.id {
			out.add(fmt.Sprintf("resources[%d].ip", i), observedIP, hosts[i].IP)
		}
	}
	switch d := e.Data.(type) {
	case *ircData:
		out.add(data+"nick", observedUser, d.Nick)
	case *edgeData:
		for i := range d.AnsweredSamples {
			out.add(fmt.Sprintf(data+"answered_samples[%d].ip", i), observedIP, d.AnsweredSamples[i].IP)
		}
	case *incidentData:
		if d.InfectedBy != nil {
			out.add(data+"infected_by.ip", observedIP, d.InfectedBy.IP)
		}
	case *noveltyData:
		for i := range d.Items {
			out.add(fmt.Sprintf(data+"items[%d].ip", i), observedIP, d.Items[i].IP)
		}
	}
	return out.list
}
