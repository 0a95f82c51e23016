package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/capture/afpacket"
	"github.com/wormwatch/wormwatch/internal/capture/live"
	"github.com/wormwatch/wormwatch/internal/config"
)

func newCheck(w world) *cobra.Command {
	var (
		flags configFlags
		faces interfaceFlag
		load  bool
		sends bool
	)
	cmd := &cobra.Command{
		Use:   "check [flags]",
		Short: "Validate the configuration and print its memory bill",
		Long: `check reads the configuration as replay does, and says everything that is wrong with
it. With --load it also loads the BPF program, and says what this kernel, the drivers of
the interfaces and this user can do, which mode would run, and which capability is missing.
Nothing is attached: no packet is touched. With --output it looks at every place where
findings go: it connects to the brokers, looks at the topics, and writes a marked test
record to each, and says in a line a problem what to do. It exits with 0 if nothing is wrong, with 2
otherwise.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			flags.sets = faces.override(flags.sets)
			c, err := flags.load(cmd, w)
			if err != nil {
				return err
			}
			name := flags.file
			if name == "" {
				name = "configuration"
			}
			if _, err := fmt.Fprintf(w.stdout, "%s: ok\n", name); err != nil {
				return failure{err}
			}
			if err := writeBill(w.stdout, c); err != nil {
				return failure{err}
			}
			if load {
				err = writeLoad(w.stdout, c)
			}
			if sends {
				err = errors.Join(err, writeOutput(cmd.Context(), w.stdout, c))
			}
			return err
		},
	}
	flags.register(cmd)
	faces.register(cmd)
	cmd.Flags().BoolVar(&load, "load", false, "load the BPF program, and say what live capture can do here")
	cmd.Flags().BoolVar(&sends, "output", false, "look at every place where findings go, and write a test record to Kafka")
	return cmd
}

// writeLoad prints what live capture can do here; the error says that it cannot do what is
// configured.
func writeLoad(w io.Writer, c *config.Config) error {
	report := live.Check(c.Capture, c.Wants())
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, l := range report.Lines() {
		fmt.Fprintf(t, "%s\t%s\n", l[0], l[1])
	}
	if err := t.Flush(); err != nil {
		return failure{err}
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return failure{fmt.Errorf("write report: %w", err)}
	}
	if !report.Ready() {
		return errors.New("live capture cannot run as configured: see above")
	}
	return nil
}

// writeBill prints the memory that the tables take, all of it from the start, and AF_PACKET's
// rings. What XDP takes depends on the machine: writeLoad tells.
func writeBill(w io.Writer, c *config.Config) error {
	parts := c.Parts()
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "table\tentries\tmemory\t")
	var total int64
	bill := append(parts.Bill(), blocklist.Bill(c.Blocklists)...)
	if c.Capture.Mode == capture.ModeAFPacket {
		bill = append(bill, afpacket.Bill(&c.Capture)...)
	}
	for _, e := range bill {
		fmt.Fprintf(t, "%s\t%s\t%s\t\n", e.Name, grouped(uint64(e.Entries)), bytesText(uint64(e.Bytes)))
		total += e.Bytes
	}
	fmt.Fprintf(t, "total\t\t%s\t\n", bytesText(uint64(total)))
	if err := t.Flush(); err != nil {
		return err
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write memory bill: %w", err)
	}
	return nil
}
