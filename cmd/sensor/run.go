package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/publish/lines"
)

type runCommand struct {
	configFlags
	world
	format string
	faces  interfaceFlag
}

func newRun(w world) *cobra.Command {
	r := &runCommand{world: w}
	cmd := &cobra.Command{
		Use:   "run [flags]",
		Short: "Find worms on live interfaces",
		Long: `run listens on the interfaces that -i or capture.interfaces names, and writes a finding
a line to standard output as soon as it is made. All else goes to standard error: a log,
and a summary at the end.

It needs the capabilities CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, or CAP_NET_RAW alone
where AF_PACKET will do; no root. "wormwatch check --load" says what this machine can do.

It ends with SIGTERM or SIGINT and exits with 0; a second one ends it at once, without
summary. It exits with 1 for an error at run time, among them a standard output that is
closed or full if findings go nowhere else, and with 2 for usage or configuration. A file
that cannot be written (publish.lines.path) does not end it, nor does it wait for long for
the reader of a pipe where findings go to Kafka as well: what is missing there is counted
and told of.`,
		Example: `  wormwatch run -i eth1
  wormwatch run -c /etc/wormwatch/wormwatch.yaml
  wormwatch run -i tap0 -i tap1 -s capture.role=span | jq .message`,
		Args: noArguments,
		RunE: r.run,
	}
	r.register(cmd)
	r.faces.register(cmd)
	registerFormat(cmd, &r.format)
	return cmd
}

func (r *runCommand) run(cmd *cobra.Command, _ []string) error {
	if err := checkFormat(r.format); err != nil {
		return err
	}
	r.sets = r.faces.override(r.sets)
	c, err := r.load(cmd, r.world)
	if err != nil {
		return err
	}
	if len(c.Capture.Interfaces) == 0 {
		return errors.New("no interface is named: write -i INTERFACE, or capture.interfaces in the configuration")
	}
	if _, err := liveOutbox(c); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(r.stderr, nil))
	if err := r.watch(cmd.Context(), c, log); err != nil {
		return failure{errors.New(err.Error())} // not as EPIPE: a sensor that nobody hears is broken
	}
	return nil
}

// watch listens until ctx ends.
func (r *runCommand) watch(ctx context.Context, c *config.Config, log *slog.Logger) (err error) {
	desk := newDesk(c, log)
	desk.Tell(started(c))
	stop := ignoreReload(c, desk)
	defer stop()
	boundGarbage(r.env)
	var told func(lines.Change)
	if mayLose(c) {
		told = tellLines(c, desk)
	}
	out, err := openOutput(c.Publish.Lines, r.format, r.stdout, told)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	to, err := r.sender(ctx, c, desk, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.leave(log)) }()
	listening := false
	defer func() {
		if !listening {
			desk.Tell(stopping(err, health.StoppingData{}))
		}
	}()
	seed, err := liveSeed(c.State.Path, desk.Tell)
	if err != nil {
		return err
	}
	m, err := openMemory(c, seed, func(err error) { log.Warn(err.Error()) }, desk.Tell)
	if err != nil {
		return err
	}
	source, err := openLive(c, log)
	if err != nil {
		return err
	}
	defer source.Close()
	m.every = saveEvery
	listening = true
	return r.follow(ctx, c, source, m, seed, exits{out, to}, desk, log)
}

// sender returns the way to Kafka, nil if none is configured.
func (r *runCommand) sender(ctx context.Context, c *config.Config, desk *health.Desk, log *slog.Logger) (*sender, error) {
	dir, err := liveOutbox(c)
	if err != nil || dir == "" {
		return nil, err
	}
	to, err := openSender(context.WithoutCancel(ctx), c, dir, desk, log)
	if err != nil {
		return nil, err
	}
	desk.To(to.Offer, to.Beat)
	to.inspect(ctx, c, desk)
	return to, nil
}

// follow leads what source gives to out.
func (r *runCommand) follow(ctx context.Context, c *config.Config, source liveSource, m *memory, seed uint64, out exits, desk *health.Desk, log *slog.Logger) error {
	found := tally{}
	p := newPipeline(c, source, m, seed, func(f *alert.Finding) error {
		found.add(f)
		out.kafka.offer(f)
		return out.lines.Write(f)
	})
	p.vigil = newVigil(c, p, source, desk, log, out.kafka.state)
	began := time.Now() // of the summary only
	err := p.run(ctx, make([]packet.Event, batch))
	desk.Tell(p.vigil.stopping(err))
	if errors.Is(err, errInterrupted) {
		err = nil
	}
	took := time.Since(began)
	err = errors.Join(err, m.save(), out.kafka.leave(log))
	if e := writeSummary(r.stderr, c, p, found, took, out); err == nil {
		err = e
	}
	log.Info("stopped")
	return err
}

// ignoreReload keeps SIGHUP from ending the sensor, and says so. It returns a function that
// ends that.
func ignoreReload(c *config.Config, desk *health.Desk) (stop func()) {
	const why = "this version does not reload"
	e := health.Event{
		Kind: health.ReloadFailed, Severity: alert.Medium, Message: why + ": the configuration stays as it is",
		Remedy: "restart the sensor to have another configuration",
		Data:   health.ReloadFailedData{Problems: []string{why}, Configuration: configHash(c)},
	}
	hup := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(hup, syscall.SIGHUP)
	go func() {
		for {
			select {
			case <-hup:
				desk.Tell(e)
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(hup); close(done) }
}

// liveSeed returns the seed of the hashes: secret, so that nobody can make addresses that
// collide, and kept in the state directory, since what is there was hashed with it.
func liveSeed(dir string, tell func(health.Event)) (uint64, error) {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return 0, err
	}
	seed := binary.LittleEndian.Uint64(b[:])
	if dir == "" {
		return seed, nil
	}
	return keptSeed(dir, seed, tell)
}
