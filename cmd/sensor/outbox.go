package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/wormwatch/wormwatch/internal/config"
)

func newOutbox(w world) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "outbox COMMAND",
		Short: "Look after the records that wait for Kafka",
		Long: `outbox shows what waits on disk for Kafka and what Kafka refused for good (dead
letters), sends dead letters again, and drops what nobody wants any more. It works with
the sensor stopped or running: a running sensor answers on a socket in the directory of
the outbox, which only its user and root can open.

It exits with 0, with 1 if a record is not there or the outbox cannot be used, and with 2
for usage or configuration.`,
		Args: cobra.NoArgs, // says that the command is unknown
		RunE: func(cmd *cobra.Command, _ []string) error {
			return fmt.Errorf("no command is named\n\n%s", cmd.UsageString())
		},
	}
	cmd.AddCommand(newOutboxList(w, false), newOutboxList(w, true), newOutboxShow(w), newOutboxRetry(w), newOutboxDrop(w))
	return cmd
}

// outboxDir is the directory of the outbox of c, empty if c names none.
func outboxDir(c *config.Config) string {
	if c.Publish.Outbox.Path != "" || c.State.Path == "" {
		return c.Publish.Outbox.Path
	}
	return filepath.Join(c.State.Path, "outbox")
}

// outboxFlags are what all commands about the outbox have.
type outboxFlags struct {
	configFlags
	path string
	json bool
}

func (f *outboxFlags) register(cmd *cobra.Command) {
	f.configFlags.register(cmd)
	cmd.Flags().StringVar(&f.path, "path", "", "`DIRECTORY` of the outbox; without it the one of the configuration")
	cmd.Flags().BoolVar(&f.json, "json", false, "write one JSON object")
	_ = cmd.MarkFlagDirname("path")
}

// with opens the outbox for do, and closes it before the text that do returns is written:
// while a pager waits for its reader, no sensor could start.
func (f *outboxFlags) with(cmd *cobra.Command, w world, do func(*opened, *config.Config) ([]byte, error)) error {
	c, err := f.load(cmd, w)
	if err != nil {
		return err
	}
	if f.path == "" && cmd.Flags().Changed("path") {
		return errors.New("--path: is empty: name a directory")
	}
	dir := cmp.Or(f.path, outboxDir(c))
	if dir == "" {
		return errors.New("no outbox is configured: write its directory into publish.outbox.path, or name it with --path; with state.path it is the directory outbox in there")
	}
	box, err := openBox(cmd.Context(), dir, w.stderr)
	if err != nil {
		return outboxFailure(err)
	}
	text, err := do(box, c)
	if err = errors.Join(err, box.close()); err != nil {
		err = outboxFailure(err)
	}
	if _, failed := w.stdout.Write(text); failed != nil {
		return failure{errors.Join(err, fmt.Errorf("write outbox: %w", failed))}
	}
	return err
}

// outboxFailure is err without what it wraps: a sensor that hangs up may look as a reader of
// standard output that went away, which is no failure.
func outboxFailure(err error) error { return failure{errors.New(err.Error())} }
