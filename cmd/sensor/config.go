package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newConfig(w world) *cobra.Command {
	var flags configFlags
	cmd := &cobra.Command{
		Use:   "config [flags]",
		Short: "Print the configuration in force, every key",
		Long: `config prints the configuration that the file, the environment and the flags make, as
a YAML file that can be read again. Secrets are masked.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := flags.load(cmd, w)
			if err != nil {
				return err
			}
			if _, err := w.stdout.Write(c.YAML()); err != nil {
				return failure{fmt.Errorf("write configuration: %w", err)}
			}
			return nil
		},
	}
	flags.register(cmd)
	return cmd
}
