package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"runtime"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/health"
	"golang.org/x/sys/unix"
)

// newDesk returns the desk of one run.
func newDesk(c *config.Config, log *slog.Logger) *health.Desk {
	return health.NewDesk(health.Identity{Sensor: c.Sensor.Name, Version: build().version, Run: health.NewRun()}, log)
}

// configHash returns what "wormwatch config | sha256sum" says of a configuration.
func configHash(c *config.Config) string {
	sum := sha256.Sum256(c.YAML())
	return hex.EncodeToString(sum[:])
}

// started tells what runs from now on.
func started(c *config.Config) health.Event {
	info := build()
	return health.Event{
		Kind: health.Started, Severity: alert.Informational, Message: "started",
		Data: health.StartedData{
			Version: info.version, Commit: info.commit, Go: runtime.Version(), Kernel: kernelRelease(),
			Sensor: c.Sensor.Name, Configuration: configHash(c),
			Interfaces: c.Capture.Interfaces, Mode: c.Capture.Mode, Role: c.Capture.Role,
		},
	}
}

func kernelRelease() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}

// stopping tells why a run ends, and what it did.
func (v *vigil) stopping(err error) health.Event {
	s := v.source.Stats()
	d := health.StoppingData{
		Packets: s.Packets, Events: s.Events, Findings: v.pipeline.emitted,
		Uptime: health.MillisOf(v.now.Sub(v.began)),
	}
	if s.Live != nil {
		d.Lost = s.Live.Lost
	}
	return stopping(err, d)
}

// stopping tells why a run ends that did d. An error other than that somebody asked for the
// end leaves the network without a sensor.
func stopping(err error, d health.StoppingData) health.Event {
	e := health.Event{Kind: health.Stopping, Severity: alert.Informational, Message: "stopping, as it was asked to"}
	d.Reason = "asked to"
	if err != nil && !errors.Is(err, errInterrupted) {
		d.Reason = err.Error()
		e.Severity, e.Message = alert.High, "stopping: "+d.Reason
		e.Remedy = "mend what it says and start the sensor again: until then nobody watches"
	}
	e.Data = d
	return e
}
