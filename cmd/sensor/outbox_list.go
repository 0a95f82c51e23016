package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/publish/control"
)

// newOutboxList is the command list, or dead.
func newOutboxList(w world, dead bool) *cobra.Command {
	var (
		flags outboxFlags
		limit uint
	)
	cmd := &cobra.Command{
		Use:   "list [flags]",
		Short: "List what waits for Kafka, the oldest first",
		Long: `list shows the records that wait on disk for Kafka, the oldest first, and why they wait
if the sensor knows. An id may be shortened to its first four characters or more where
no other begins with them.`,
		Example: `  wormwatch outbox list -c wormwatch.yaml
  wormwatch outbox list --path /var/lib/wormwatch/outbox --limit 0 --json | jq -r '.records[].kind' | sort | uniq -c`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return flags.with(cmd, w, func(box *opened, _ *config.Config) ([]byte, error) {
				items, err := itemsOf(box, dead, int(limit))
				if err != nil {
					return nil, err
				}
				if flags.json {
					return jsonText(listJSON(box, items))
				}
				return listText(box, items, dead, time.Now()), nil
			})
		},
	}
	if dead {
		cmd.Use, cmd.Short = "dead [flags]", "List what Kafka refused for good"
		cmd.Long = `dead shows the dead letters, the oldest first, each with the reason for which Kafka will
never take it. Once the reason is gone, retry sends them again.`
		cmd.Example = `  wormwatch outbox dead -c wormwatch.yaml
  wormwatch outbox dead --json | jq -r '.records[] | .uid + " " + .reason'`
	}
	flags.register(cmd)
	cmd.Flags().UintVar(&limit, "limit", 100, "show so many records at most; 0: all (`NUMBER`)")
	return cmd
}

// itemsOf returns the oldest entries of box; limit 0 means all.
func itemsOf(box control.Box, dead bool, limit int) (all []control.Item, err error) {
	var after uint64
	for {
		most := control.MaxPage
		if limit > 0 {
			most = min(most, limit-len(all))
		}
		if most <= 0 {
			return all, nil
		}
		items, err := box.List(dead, after, most)
		if err != nil || len(items) == 0 {
			return all, err
		}
		all = append(all, items...)
		after = items[len(items)-1].ID
	}
}

// listText is a table of entries for people, and how the outbox stands.
func listText(box *opened, items []control.Item, dead bool, now time.Time) []byte {
	var b bytes.Buffer
	if len(items) > 0 {
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprint(t, "id\tage\tkind\tactivity\tseverity\tsource\toctets")
		if dead {
			fmt.Fprint(t, "\treason")
		}
		fmt.Fprintln(t)
		for i := range items {
			writeItem(t, &items[i], dead, now)
		}
		_ = t.Flush() // a buffer takes everything
		fmt.Fprintln(&b)
	}
	writeStanding(&b, box, len(items), dead, now)
	return b.Bytes()
}

func writeItem(t *tabwriter.Writer, e *control.Item, dead bool, now time.Time) {
	activity := "-"
	if e.Activity != 0 {
		activity = e.Activity.String()
	}
	fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s", visible(e.UID), waitText(now.Sub(e.Raised)), visible(e.Kind),
		activity, e.Severity, visible(e.Key), grouped(uint64(e.Octets)))
	if dead {
		fmt.Fprintf(t, "\t%s", visible(e.Reason))
	}
	fmt.Fprintln(t)
}

// writeStanding says how the outbox stands, below a table of so many entries.
func writeStanding(b *bytes.Buffer, box *opened, shown int, dead bool, now time.Time) {
	s := box.Stats()
	total := s.Records
	if dead {
		total = s.Dead
	}
	if shown > 0 && uint64(shown) < total {
		fmt.Fprintf(b, "%s of %s are shown: --limit 0 shows all\n", grouped(uint64(shown)), grouped(total))
	}
	switch s.Records {
	case 0:
		fmt.Fprint(b, "nothing waits")
	case 1:
		fmt.Fprintf(b, "1 record waits (%s), for %s", bytesText(s.Bytes), waitText(now.Sub(s.Oldest)))
	default:
		fmt.Fprintf(b, "%s records wait (%s), the oldest for %s", grouped(s.Records), bytesText(s.Bytes), waitText(now.Sub(s.Oldest)))
	}
	switch {
	case s.Dead == 0:
		fmt.Fprintln(b, "; no dead letters")
	case dead:
		fmt.Fprintf(b, "; %s (%s): retry sends them again, drop removes them\n", alert.Count(s.Dead, "dead letter"), bytesText(s.DeadBytes))
	default:
		fmt.Fprintf(b, "; %s (%s): `wormwatch outbox dead` lists them\n", alert.Count(s.Dead, "dead letter"), bytesText(s.DeadBytes))
	}
	if !box.running {
		fmt.Fprintln(b, "no sensor runs with this outbox: what waits is sent when one starts")
	}
	if box.degraded != "" {
		fmt.Fprintf(b, "degraded: %s\n", visible(box.degraded))
	}
	if len(s.Lost) > 0 {
		fmt.Fprintf(b, "lost since the sensor started: %s\n", lostText(s.Lost))
	}
}

// lostText is how many records were lost, by reason.
func lostText(lost map[string]uint64) string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(lost)) {
		parts = append(parts, fmt.Sprintf("%s %s", grouped(lost[reason]), reason))
	}
	return strings.Join(parts, ", ")
}
