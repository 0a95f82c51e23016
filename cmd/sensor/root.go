package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/wormwatch/wormwatch/internal/config"
)

func newRoot(w world) *cobra.Command {
	root := &cobra.Command{
		Use:   "wormwatch",
		Short: "Find worms while they spread",
		Long: `wormwatch reads packets, keeps account of who met whom and how it ended, reads what is
said by IRC and SMB, and writes a finding for each host that sweeps others as worms do,
fast or over days, takes orders as bots do, speaks SMB across the edge of the network,
or is compromised by what is known of it together.

Findings go to standard output, all else to standard error. Exit codes: 0 with or
without findings, 1 for an error at run time, 2 for usage or configuration.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return fmt.Errorf("no command is named\n\n%s", cmd.UsageString())
		},
	}
	root.SetIn(w.stdin)
	root.SetOut(w.stdout)
	root.SetErr(w.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w: `%s --help` shows how", err, cmd.CommandPath())
	})
	root.AddCommand(newReplay(w), newRun(w), newCheck(w), newConfig(w), newBlocklist(w), newOutbox(w), newVersion())
	root.SetHelpCommand(newHelp(root))
	return root
}

// newHelp is cobra's help, but for a topic that does not exist: that is a usage error.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Help about any command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, _, err := root.Find(args)
			if err != nil {
				return err
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

// configFlags are the flags of commands that read the configuration.
type configFlags struct {
	file string
	sets []string
}

func (f *configFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.file, "config", "c", "", "configuration `FILE` (YAML); without it every key has its default")
	flags.StringArrayVarP(&f.sets, "set", "s", nil, "override one key, as detect.fast.targets=15; may be repeated (`KEY=VALUE`)")
	_ = cmd.MarkFlagFilename("config", "yaml", "yml")
	_ = cmd.RegisterFlagCompletionFunc("set", completeKeys)
}

func (f *configFlags) load(cmd *cobra.Command, w world) (*config.Config, error) {
	if f.file == "" && cmd.Flags().Changed("config") {
		return nil, errors.New("--config: is empty: name a file")
	}
	return config.Load(f.file, f.sets, w.env)
}

// completeKeys offers the keys of the configuration, each with its meaning.
func completeKeys(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var out []cobra.Completion
	for _, k := range config.Leaves() {
		out = append(out, cobra.CompletionWithDesc(k.Path+"=", k.Desc))
	}
	return out, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

// noArguments refuses arguments, and says which.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments: %q", cmd.CommandPath(), args)
	}
	return nil
}
