package main

import (
	"bytes"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/config"
)

func newCheck(w world) *cobra.Command {
	var flags configFlags
	cmd := &cobra.Command{
		Use:   "check [flags]",
		Short: "Validate the configuration and print its memory bill",
		Long: `check reads the configuration as replay does, and says everything that is wrong with
it. It exits with 0 if nothing is, with 2 otherwise.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
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
			return nil
		},
	}
	flags.register(cmd)
	return cmd
}

// writeBill prints the memory that the tables take, all of it from the start.
func writeBill(w io.Writer, c *config.Config) error {
	parts := c.Parts()
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "table\tentries\tmemory\t")
	var total int64
	for _, e := range append(parts.Bill(), blocklist.Bill(c.Blocklists)...) {
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
