package main

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/capture/afpacket"
	"github.com/wormwatch/wormwatch/internal/capture/live"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// liveSource is a source that the detectors can steer.
type liveSource interface {
	capture.Source
	Follow(client, server packet.Addr, clientPort, serverPort uint16, on bool)
}

// interfaceFlag names interfaces on the command line.
type interfaceFlag []string

func (f *interfaceFlag) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP((*[]string)(f), "interface", "i", nil, "`INTERFACE` to listen on, in place of capture.interfaces; may be repeated")
}

// override adds to sets what the flag says.
func (f *interfaceFlag) override(sets []string) []string {
	if len(*f) == 0 {
		return sets
	}
	return append(sets, "capture.interfaces="+strings.Join(*f, ","))
}

// openLive opens the interfaces by XDP, or by AF_PACKET where BPF is not to be had.
func openLive(c *config.Config, log *slog.Logger) (liveSource, error) {
	if c.Capture.Mode == capture.ModeAFPacket {
		return afpacket.Open(c.Capture, c.Wants(), log)
	}
	source, err := live.Open(c.Capture, c.Wants(), log)
	if err == nil {
		return source, nil
	}
	if c.Capture.Mode != capture.ModeAuto || !errors.Is(err, capture.ErrNoBPF) {
		return nil, err
	}
	log.Warn("XDP is not to be had, AF_PACKET takes its place", "reason", err)
	fallback, e := afpacket.Open(c.Capture, c.Wants(), log)
	if e != nil {
		return nil, errors.Join(err, e)
	}
	return fallback, nil
}

// counter returns what tells how much of a source's packets was counted, nil where nobody
// counts.
func counter(source capture.Source) func(packet.Addr) *alert.Counted {
	s, ok := source.(*live.Source)
	if !ok {
		return nil
	}
	return func(a packet.Addr) *alert.Counted {
		n := s.Counts(a)
		if n == (capture.SourceCounts{}) {
			return nil
		}
		return (*alert.Counted)(&n)
	}
}

// follower returns what is told of the connections that are followed, nil for recordings.
func follower(source capture.Source) func(client, server packet.Addr, clientPort, serverPort uint16, on bool) {
	if s, ok := source.(liveSource); ok {
		return s.Follow
	}
	return nil
}
