// Command edit does to a capture what no kernel device here does: it puts the frames into
// an encapsulation, or stretches the time between conversations.
//
//	edit wrap -as KIND IN OUT
//	edit stretch -by FACTOR [-start TIME] [-burst ADDRESS] IN OUT
//
// Captures are classic pcap with Ethernet frames.
package main

import (
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// frame is one frame of a capture.
type frame struct {
	gopacket.CaptureInfo
	data []byte
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "edit:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("say what to do: wrap or stretch")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	as := flags.String("as", "", "wrap: encapsulation, one of vlan, qinq, mpls, gre, erspan")
	by := flags.Float64("by", 1, "stretch: factor for the time between the starts of conversations")
	start := flags.String("start", "", "stretch: time of the first frame (RFC 3339)")
	burst := flags.String("burst", "", "stretch: address whose conversations keep their own pace together")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if flags.NArg() != 2 {
		return fmt.Errorf("%s: name one capture to read and one to write", args[0])
	}
	frames, err := read(flags.Arg(0))
	if err != nil {
		return err
	}
	switch args[0] {
	case "wrap":
		frames, err = wrapAll(frames, *as)
	case "stretch":
		frames, err = stretchFrom(frames, *by, *start, *burst)
	default:
		return fmt.Errorf("%q is unknown: wrap or stretch", args[0])
	}
	if err != nil {
		return err
	}
	return write(flags.Arg(1), frames)
}

// stretchFrom parses the options of stretch.
func stretchFrom(frames []frame, by float64, start, burst string) ([]frame, error) {
	var together netip.Addr
	var first time.Time
	var err error
	if burst != "" {
		if together, err = netip.ParseAddr(burst); err != nil {
			return nil, fmt.Errorf("-burst: %w", err)
		}
	}
	if start != "" {
		if first, err = time.Parse(time.RFC3339, start); err != nil {
			return nil, fmt.Errorf("-start: %w", err)
		}
	}
	return stretch(frames, by, first, together), nil
}

func read(name string) ([]frame, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := pcapgo.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if r.LinkType() != layers.LinkTypeEthernet {
		return nil, fmt.Errorf("%s: link type %v, only Ethernet is edited", name, r.LinkType())
	}
	var frames []frame
	for {
		data, info, err := r.ReadPacketData()
		if err == io.EOF {
			return frames, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		frames = append(frames, frame{info, data})
	}
}

func write(name string, frames []frame) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := pcapgo.NewWriter(f)
	if err := w.WriteFileHeader(65535, layers.LinkTypeEthernet); err != nil {
		return err
	}
	for _, fr := range frames {
		if err := w.WritePacket(fr.CaptureInfo, fr.data); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return f.Close()
}
