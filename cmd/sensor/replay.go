package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/capture"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// replaySeed is the seed of a replay: the same captures give the same bytes. A crowd of
// addresses that is made to collide in the tables has to know it, so nothing live uses it.
const replaySeed = 0x9e3779b97f4a7c15

type replayCommand struct {
	configFlags
	world
	format  string
	memory  bool
	publish bool
	timeout time.Duration // of the sending, at the end
}

func newReplay(w world) *cobra.Command {
	r := &replayCommand{world: w}
	cmd := &cobra.Command{
		Use:   "replay [flags] CAPTURE...",
		Short: "Find worms in recorded packets",
		Long: `replay reads captures (pcap, pcapng; plain, gzip, zstd; - is standard input) in the
order given as one stream of time, and writes a finding a line to standard output, a
summary to standard error. The same captures and configuration give the same bytes.

With --publish findings go to Kafka as well, by way of the outbox. What is not sent within
--publish-timeout stays there: a later run with the same outbox sends it.

It exits with 0 with or without findings, with 1 if a capture cannot be read to its end
(what it held up to there is still judged and printed), findings cannot be written or not
all sent, or somebody interrupts it, and with 2 for usage or configuration. If the reader of its
standard output goes away, it stops and exits with 0.`,
		Example: `  wormwatch replay office.pcapng
  wormwatch replay -o text -s detect.fast.targets=15 monday.pcap.gz tuesday.pcap.zst
  tcpdump -w - | wormwatch replay - | jq .message`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no capture is named: write files, or - for standard input")
			}
			return nil
		},
		RunE: r.run,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
	}
	r.register(cmd)
	registerFormat(cmd, &r.format)
	cmd.Flags().BoolVar(&r.publish, "publish", false, "send findings to Kafka as well (publish.kafka), by way of the outbox")
	cmd.Flags().DurationVar(&r.timeout, "publish-timeout", time.Minute, "how long to wait at the end until all is sent")
	cmd.Flags().BoolVar(&r.memory, "memory", false, "print the memory bill to standard error")
	return cmd
}

func (r *replayCommand) run(cmd *cobra.Command, args []string) error {
	if err := checkFormat(r.format); err != nil {
		return err
	}
	c, err := r.load(cmd, r.world)
	if err != nil {
		return err
	}
	if r.timeout < 0 {
		return fmt.Errorf("--publish-timeout: %s is less than nothing: write a duration as 60s", r.timeout)
	}
	if r.publish && len(c.Publish.Kafka.Brokers) == 0 {
		return errors.New("--publish: publish.kafka.brokers names no broker: write HOST:PORT there")
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	var options []capture.Option
	if slices.Contains(args, "-") {
		options = append(options, capture.WithStdin(newInput(ctx, r.stdin)))
	}
	files, err := capture.OpenFiles(args, options...)
	if err != nil {
		return err
	}
	defer files.Close()
	if r.memory {
		if err := writeBill(r.stderr, c); err != nil {
			return failure{err}
		}
	}
	if err := r.replay(ctx, c, files); err != nil {
		return failure{err}
	}
	return nil
}

func (r *replayCommand) replay(ctx context.Context, c *config.Config, files *capture.Files) (err error) {
	boundGarbage(r.env)
	bar := newProgress(r.stderr, files.Progress)
	defer bar.stop()
	out, err := openOutput(c.Publish.Lines, r.format, bar.above(r.stdout), nil)
	if err != nil {
		return err
	}
	m, err := openMemory(c, replaySeed, r.warn, r.tell)
	if err != nil {
		return errors.Join(err, out.Close())
	}
	to, err := r.sender(ctx, c)
	if err != nil {
		return errors.Join(err, out.Close())
	}
	found := tally{}
	p := newPipeline(c, files, m, replaySeed, func(f *alert.Finding) error {
		found.add(f)
		return errors.Join(out.Write(f), to.put(ctx, f)) // put may wait
	})
	began := time.Now() // of the summary only: packet time is the clock
	err = p.run(ctx, make([]packet.Event, batch))
	took := time.Since(began)
	for _, e := range []error{m.save(), out.Close()} {
		if err == nil {
			err = e
		}
	}
	if e := to.finish(ctx); e != nil {
		err = errors.Join(unbroken(err), e)
	}
	bar.stop()
	if errors.Is(err, syscall.EPIPE) {
		return err // nobody reads on, and a summary would be of a part
	}
	if e := writeSummary(r.stderr, c, p, found, took, exits{out, to.through()}); err == nil {
		err = e
	}
	return err
}

// unbroken is err, unless it says that the reader of standard output went away: that is no
// error by itself, and must not hide another.
func unbroken(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

// warn tells of what is wrong and does not keep the run from going on.
func (w *world) warn(err error) { fmt.Fprintln(w.stderr, "warning:", err) }

// registerFormat gives a command the flag of the format of findings.
func registerFormat(cmd *cobra.Command, format *string) {
	cmd.Flags().StringVarP(format, "output", "o", "", "`FORMAT` of findings: ocsf (JSON lines; the default) or text (for people; the default on a terminal)")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]cobra.Completion{
		cobra.CompletionWithDesc(formatOCSF, "OCSF 1.8.0, one JSON object a line"),
		cobra.CompletionWithDesc(formatText, "for people"),
	}, cobra.ShellCompDirectiveNoFileComp))
}

// checkFormat refuses a format that is not written.
func checkFormat(format string) error {
	switch format {
	case "", formatOCSF, formatText:
		return nil
	}
	return fmt.Errorf("--output: %q is no format: write %s or %s", format, formatOCSF, formatText)
}
