package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
)

func newOutboxShow(w world) *cobra.Command {
	var flags outboxFlags
	cmd := &cobra.Command{
		Use:   "show ID [flags]",
		Short: "Show one record: where it goes, its headers and its body",
		Long: `show prints one record that waits, or a dead letter and why it is one: topic, key and
headers as Kafka gets them, and the body. ID is the alert-id, or the first four
characters of it or more where no other begins with them.`,
		Example: `  wormwatch outbox show 3f2a -c wormwatch.yaml
  wormwatch outbox show 3f2a --json | jq .body.message`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return fmt.Errorf("%s needs the id of one record: `wormwatch outbox list` and `wormwatch outbox dead` show them", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.with(cmd, w, func(box *opened, c *config.Config) ([]byte, error) {
				e, dead, err := box.Find(args[0])
				if err != nil {
					return nil, fmt.Errorf("%s: %w", visible(args[0]), err)
				}
				topic := topicOf(c, &e.Record)
				if flags.json {
					return jsonText(showJSON(&e, dead, topic))
				}
				return showText(&e, dead, topic), nil
			})
		},
	}
	flags.register(cmd)
	return cmd
}

func topicOf(c *config.Config, r *record.Record) string {
	if r.Stream == record.Health {
		return c.Publish.Kafka.HealthTopic
	}
	return c.Publish.Kafka.Topic
}

func showText(e *outbox.Entry, dead bool, topic string) []byte {
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(name, value string) { fmt.Fprintf(t, "%s\t%s\n", name, visible(value)) }
	if dead {
		line("state", "dead letter since "+e.Died.UTC().Format(stampLayout))
		line("reason", e.Reason)
	} else {
		line("state", "waits")
	}
	line("raised", e.Raised.UTC().Format(stampLayout))
	line("topic", topic)
	line("key", e.Key)
	for _, h := range e.Headers() {
		line(h.Name, h.Value)
	}
	_ = t.Flush() // a buffer takes everything
	fmt.Fprintln(&b)
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, e.Body, "", "  "); err != nil {
		pretty.Reset()
		fmt.Fprintf(&pretty, "the body is not JSON: %q", e.Body)
	}
	for l := range bytes.Lines(append(pretty.Bytes(), '\n')) {
		b.WriteString(visible(string(bytes.TrimSuffix(l, []byte{'\n'}))))
		b.WriteByte('\n')
	}
	return b.Bytes()
}
