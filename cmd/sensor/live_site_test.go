package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/lab"
	"github.com/wormwatch/wormwatch/internal/packettest"
)

// site is a network to scan: an office with a scanner, and behind a router the ranges that
// it scans. A switch before the router has a mirror port.
//
//	office 10.77.0.1 -- router 10.77.0.2 | 10.78.0.1 -- targets 10.78.0.2, 10.88.0.0/16
//	                       mirror -- probe                       203.0.113.66
type site struct {
	*lab.Lab
	office, router, targets, probe *lab.Host
	inside, outside                lab.Port // of the router
	span                           lab.Port // of the probe, without an address
}

// Addresses of a site.
const (
	scanner  = "10.77.0.1"
	orders   = "203.0.113.66"  // outside: of an IRC server
	swept16  = "10.88.0.0/16"  // half of it silent, a quarter refuses, a quarter is unreachable
	silent24 = "10.88.3.0/24"  // its first half
	mixed24  = "10.88.64.0/24" // dealt out among the three
)

func newSite(t *testing.T, tools ...string) *site {
	t.Helper()
	s := &site{Lab: lab.New(t, tools...)}
	s.office, s.router, s.targets, s.probe = s.Host("office"), s.Host("router"), s.Host("targets"), s.Host("probe")
	_, s.inside = s.Pair(s.office, "eth0", s.router, "inside")
	_, s.outside = s.Pair(s.targets, "eth0", s.router, "outside")
	var mirror lab.Port
	s.span, mirror = s.Pair(s.probe, "span", s.router, "mirror")
	mirror.Mirror(true, false, s.inside, s.outside)
	s.office.Address("eth0", scanner+"/16")
	s.router.Address("inside", "10.77.0.2/16")
	s.router.Address("outside", "10.78.0.1/16")
	s.targets.Address("eth0", "10.78.0.2/16", orders+"/32")
	s.office.Route("default", "10.77.0.2")
	s.targets.Route("default", "10.78.0.1")
	s.router.Forward()
	for _, net := range []string{"10.88.0.0/16", "203.0.113.0/24"} {
		s.router.Route(net, "10.78.0.2")
	}
	s.targets.Range(lab.Silent, "10.88.0.0/17")
	s.targets.Range(lab.Local, "10.88.128.0/18")
	s.targets.Range(lab.Unreachable, "10.88.192.0/18")
	s.targets.Range(lab.Local, "10.88.64.192/27")
	s.targets.Range(lab.Unreachable, "10.88.64.224/27")
	s.targets.Forward()
	return s
}

// masscan sweeps a range at so many packets a second.
func (s *site) masscan(rate string, args ...string) {
	p := s.office.Start(append([]string{
		"masscan", "--rate", rate, "-e", "eth0", "--router-mac", s.router.MAC("inside"), "--adapter-ip", scanner, "--wait", "0",
	}, args...)...)
	p.Expect("100.00% done", time.Minute)
	p.Signal(syscall.SIGKILL) // where it hears nothing any more it does not end
}

// nmap sweeps without asking first whether anybody is there.
func (s *site) nmap(args ...string) {
	s.office.Run(time.Minute, append([]string{"nmap", "-n", "-Pn", "-sS", "--max-retries", "0"}, args...)...)
}

// ircServer runs an ngircd on 4915 whose channel's topic is an order, on every address of
// a host.
func ircServer(t *testing.T, h *lab.Host) {
	t.Helper()
	conf := write(t, "ngircd.conf", []byte(`[Global]
Name = irc.example.net
Info = a server of the laboratory
AdminInfo1 = nobody in particular
Listen = 0.0.0.0
Ports = 4915
ServerUID = nobody
ServerGID = nogroup
MotdPhrase = Be kind to each other.
[Limits]
MaxNickLength = 30
[Options]
DNS = no
Ident = no
PAM = no
[Channel]
Name = #netapi
Modes = +nstk k3y
Topic = .advscan netapi 100 5 0 -b -r -s
`))
	h.Start("ngircd", "-n", "-f", conf).Expect("Now listening on [0.0.0.0]:4915", startPatience)
}

// bot registers with the server as Rbot did, stays for a while, and does nothing else.
func bot(t *testing.T, h *lab.Host, args ...string) {
	t.Helper()
	actor, err := filepath.Abs(filepath.Join("..", "..", "scripts", "record", "actors", "bot.py"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(actor); err != nil {
		t.Fatal(err)
	}
	h.Run(time.Minute, append([]string{"python3", actor, "--nick", "DEU|XP|483920", "--join", "#netapi k3y"}, args...)...)
}

// sweep is a sweep of n addresses on 445, to be played.
func sweep(source string, n int) (frames []lab.Frame) {
	s := packettest.NewScenario()
	s.Sweep(source, "10.1.0.1", n, 445, 0)
	for _, r := range s.Records {
		frames = append(frames, lab.Frame{Data: r.Frame})
	}
	return frames
}
