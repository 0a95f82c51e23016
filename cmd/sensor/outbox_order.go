package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/publish/control"
)

func newOutboxRetry(w world) *cobra.Command {
	var (
		flags outboxFlags
		all   bool
	)
	cmd := &cobra.Command{
		Use:   "retry ID...|--all [flags]",
		Short: "Send dead letters again",
		Long: `retry puts dead letters back among the records that wait, behind all others and with
the same alert-id. A running sensor sends them at once.`,
		Example: `  wormwatch outbox retry 3f2a 9c01 -c wormwatch.yaml
  wormwatch outbox retry --all`,
		Args: func(cmd *cobra.Command, args []string) error { return idsOrAll(cmd, args, all) },
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.with(cmd, w, func(box *opened, _ *config.Config) ([]byte, error) {
				r, err := retry(box, args, all)
				if flags.json {
					return withJSON(r, err)
				}
				return fmt.Appendf(nil, "%s\n", r.retryText()), err
			})
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "all dead letters")
	return cmd
}

func newOutboxDrop(w world) *cobra.Command {
	var (
		flags     outboxFlags
		all, dead bool
	)
	cmd := &cobra.Command{
		Use:   "drop ID...|--all [--dead] [flags]",
		Short: "Remove records that nobody wants any more",
		Long: `drop removes the records that are named, whether they wait or are dead letters; with
--all everything that waits, and with --all --dead all dead letters. It does not ask, and
what is removed is gone. A record that is being sent at that moment may arrive all the
same.`,
		Example: `  wormwatch outbox drop 3f2a -c wormwatch.yaml
  wormwatch outbox drop --all --dead`,
		Args: func(cmd *cobra.Command, args []string) error { return idsOrAll(cmd, args, all) },
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.with(cmd, w, func(box *opened, _ *config.Config) ([]byte, error) {
				r, err := drop(box, args, all, dead)
				if flags.json {
					return withJSON(r, err)
				}
				return fmt.Appendf(nil, "%s\n", r.dropText()), err
			})
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "everything that waits; with --dead all dead letters")
	cmd.Flags().BoolVar(&dead, "dead", false, "only dead letters")
	return cmd
}

// idsOrAll holds that an order says what it is about.
func idsOrAll(cmd *cobra.Command, args []string, all bool) error {
	switch {
	case all && len(args) > 0:
		return fmt.Errorf("%s takes ids or --all, and not both", cmd.CommandPath())
	case !all && len(args) == 0, slices.Contains(args, ""):
		return fmt.Errorf("%s needs the ids of records, or --all: `wormwatch outbox list` and `wormwatch outbox dead` show them", cmd.CommandPath())
	}
	return nil
}

// outcome is what an order came to.
type outcome struct {
	Waiting int `json:"waiting"` // records that waited and were dropped
	Dead    int `json:"dead"`    // dead letters that were dropped or retried
	Gone    int `json:"gone"`    // that were found, and gone when their turn came
}

func retry(box control.Box, ids []string, all bool) (r outcome, err error) {
	if all {
		r.Dead, err = box.Retry(nil, true)
		return r, err
	}
	waiting, dead, err := resolve(box, ids)
	for _, uid := range waiting {
		err = errors.Join(err, fmt.Errorf("%s: waits already, and is no dead letter", uid))
	}
	if len(dead) > 0 {
		var failed error
		r.Dead, failed = box.Retry(dead, false)
		r.Gone, err = gone(len(dead)-r.Dead, failed), errors.Join(err, failed)
	}
	return r, err
}

func drop(box control.Box, ids []string, all, onlyDead bool) (r outcome, err error) {
	if all && onlyDead {
		r.Dead, err = box.Drop(nil, true, true)
		return r, err
	}
	if all {
		r.Waiting, err = box.Drop(nil, true, false)
		return r, err
	}
	waiting, dead, err := resolve(box, ids)
	if onlyDead {
		for _, uid := range waiting {
			err = errors.Join(err, fmt.Errorf("%s: waits, and is no dead letter: to drop it leave out --dead", uid))
		}
		waiting = nil
	}
	for _, part := range []struct {
		uids []string
		dead bool
		n    *int
	}{{waiting, false, &r.Waiting}, {dead, true, &r.Dead}} {
		if len(part.uids) == 0 {
			continue
		}
		var failed error
		*part.n, failed = box.Drop(part.uids, false, part.dead)
		r.Gone += gone(len(part.uids)-*part.n, failed)
		err = errors.Join(err, failed)
	}
	return r, err
}

// gone is how many were missing; of an order that failed nobody knows.
func gone(missing int, err error) int {
	if err != nil {
		return 0
	}
	return max(0, missing)
}

// resolve returns the whole uids that ids mean, each once; the error tells of those that
// mean none.
func resolve(box control.Box, ids []string) (waiting, dead []string, err error) {
	for _, id := range ids {
		e, isDead, wrong := box.Find(id)
		list := &waiting
		if isDead {
			list = &dead
		}
		switch {
		case wrong != nil:
			err = errors.Join(err, fmt.Errorf("%s: %w", visible(id), wrong))
		case !slices.Contains(*list, e.UID):
			*list = append(*list, e.UID)
		}
	}
	return waiting, dead, err
}

func (r outcome) retryText() string {
	text := "no dead letter waits again"
	if r.Dead > 0 {
		text = alert.Count(r.Dead, "dead letter") + " put back, to be sent again"
	}
	return text + r.goneText()
}

func (r outcome) dropText() string {
	var parts []string
	if r.Waiting > 0 {
		parts = append(parts, alert.Count(r.Waiting, "record")+" that waited")
	}
	if r.Dead > 0 {
		parts = append(parts, alert.Count(r.Dead, "dead letter"))
	}
	if parts == nil {
		parts = []string{"nothing"}
	}
	return "dropped " + strings.Join(parts, " and ") + r.goneText()
}

func (r outcome) goneText() string {
	if r.Gone == 0 {
		return ""
	}
	return fmt.Sprintf("; %s gone before: sent, or dropped by somebody else", grouped(uint64(r.Gone)))
}
