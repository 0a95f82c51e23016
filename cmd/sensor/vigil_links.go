package main

import (
	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// linkVigil watches over one interface.
type linkVigil struct {
	down    spell
	wasUp   bool
	packets uint64
	heard   packet.Time // since when it has been silent, or could not be heard
	silent  bool        // told
}

// interfaces tells which interfaces go, come back, fall silent, and are heard again.
func (v *vigil) interfaces(links []capture.LinkStats) {
	if len(v.links) != len(links) {
		v.links = make([]linkVigil, len(links))
	}
	for i := range links {
		v.look(&v.links[i], &links[i])
	}
}

// look tells what became of one.
func (v *vigil) look(w *linkVigil, l *capture.LinkStats) {
	w.wasUp = w.wasUp || l.Up
	// Some drivers reset the line when the program comes: that is no news.
	if starts := !w.wasUp && l.Mode != "" && v.now.Sub(v.began) < calm; starts {
		return
	}
	switch began, ended := w.down.look(v.now, !l.Up); {
	case began:
		v.desk.Tell(interfaceDown(l))
	case ended:
		v.desk.Tell(health.Event{
			Kind: health.InterfaceUp, Severity: alert.Informational, Message: "interface " + l.Name + " is up again",
			Data: health.InterfaceData{Interface: l.Name, Packets: l.Packets, Took: w.down.took()},
		})
	}
	v.listen(w, l)
}

func interfaceDown(l *capture.LinkStats) health.Event {
	reason, remedy := "down, or without a carrier", "set it up (ip link set dev "+l.Name+" up), and look after its cable and the switch port"
	if l.Mode == "" {
		reason, remedy = "not there", "look whether it has another name (ip link), or its driver failed (dmesg); the log says what the sensor waits for"
	}
	return health.Event{
		Kind: health.InterfaceDown, Severity: alert.High,
		Message: "interface " + l.Name + " is " + reason + ": the sensor is blind there", Remedy: remedy,
		Data: health.InterfaceData{Interface: l.Name, Reason: reason, Packets: l.Packets},
	}
}

// listen tells whether an interface that is up shows packets. One that is down is told of as
// that, and its silence counts from when it is up again.
func (v *vigil) listen(w *linkVigil, l *capture.LinkStats) {
	news := l.Packets != w.packets
	w.packets = l.Packets
	silence := v.now.Sub(w.heard)
	switch {
	case news && w.silent:
		v.desk.Tell(health.Event{
			Kind: health.InterfaceHeard, Severity: alert.Informational, Message: "interface " + l.Name + " shows packets again",
			Data: health.InterfaceData{Interface: l.Name, Packets: l.Packets, Took: health.MillisOf(silence)},
		})
		w.silent, w.heard = false, v.now
	case w.silent:
	case news, w.heard == 0, !l.Up:
		w.heard = v.now
	case silence >= v.cfg.Silence:
		w.silent = true
		v.desk.Tell(health.Event{
			Kind: health.InterfaceSilent, Severity: alert.Medium,
			Message: "interface " + l.Name + " has shown no packet for " + v.cfg.Silence.String(),
			Remedy:  "look whether the switch still mirrors to it; where nights are that quiet, raise health.silence",
			Data:    health.InterfaceData{Interface: l.Name, Packets: l.Packets, Took: health.MillisOf(silence)},
		})
	}
}
