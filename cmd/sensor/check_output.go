package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/publish/control"
	"github.com/wormwatch/wormwatch/internal/publish/kafka"
	"github.com/wormwatch/wormwatch/internal/publish/lines"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
	"github.com/wormwatch/wormwatch/internal/publish/record"
	"golang.org/x/sys/unix"
)

// outputPatience bounds all of check --output: no broker holds up whoever asks for longer.
const outputPatience = 2 * time.Minute

// writeOutput looks at every place where findings go and prints what it found, a line each;
// the error says that findings would not arrive as configured.
func writeOutput(ctx context.Context, w io.Writer, c *config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, outputPatience)
	defer cancel()
	found := []kafka.Finding{checkLines(c.Publish.Lines)}
	if len(c.Publish.Kafka.Brokers) == 0 {
		found = append(found, kafka.Finding{
			What: "kafka", Err: errors.New("no broker is configured"),
			Remedy: "write publish.kafka.brokers to have findings there", Warning: true,
		})
	} else {
		found = append(found, checkOutbox(ctx, c))
		found = append(found, kafka.Check(ctx, c.Publish.Kafka, c.Sensor.Name, testRecords(c))...)
	}
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	bad := false
	for _, f := range found {
		switch {
		case f.Err == nil:
			fmt.Fprintf(t, "%s\tok\n", f.What)
			continue
		case f.Warning:
			fmt.Fprintf(t, "%s\twarning: %v", f.What, f.Err)
		default:
			bad = true
			fmt.Fprintf(t, "%s\t%v", f.What, f.Err)
		}
		if f.Remedy != "" {
			fmt.Fprintf(t, ": %s", f.Remedy)
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return failure{err}
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return failure{fmt.Errorf("write report: %w", err)}
	}
	if bad {
		return errors.New("findings would not arrive as configured: see above")
	}
	return nil
}

// testRecords are a finding and a health record by which nobody is suspected.
func testRecords(c *config.Config) []record.Record {
	now, version := time.Now(), build().version
	f := alert.TestFinding(c.Sensor.Name, health.NewRun(), now)
	finding := record.FromFinding(&f, version, now)
	desk := health.NewDesk(health.Identity{Sensor: c.Sensor.Name, Version: version, Run: health.NewRun()}, nil)
	sensor := desk.Encode(health.Event{
		Kind: health.Test, Severity: alert.Informational, Message: "Test of the way that health records take: this one arrived",
	})
	sensor.Test = true
	return []record.Record{finding, sensor}
}

// checkLines opens the file that findings are appended to, and writes nothing. One that is
// not there is not made: it would be in the way of a sensor that runs as another user.
func checkLines(c lines.Config) kafka.Finding {
	f := kafka.Finding{What: "lines to " + c.Path}
	if _, err := os.Stat(c.Path); c.Path != "-" && errors.Is(err, os.ErrNotExist) {
		dir := filepath.Dir(c.Path)
		if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
			f.Err, f.Remedy = fmt.Errorf("no file can be made in %s: %w", dir, err), lines.Remedy(err)
		}
		return f
	}
	err := writable(c)
	if err != nil {
		f.Err, f.Remedy = err, lines.Remedy(err)
	}
	return f
}

// writable opens what findings are appended to, but for a pipe, whose reader would be waited
// for.
func writable(c lines.Config) error {
	if info, err := os.Stat(c.Path); err == nil && info.Mode().Type() == fs.ModeNamedPipe {
		if err := unix.Access(c.Path, unix.W_OK); err != nil {
			return &fs.PathError{Op: "open", Path: c.Path, Err: err}
		}
		return nil
	}
	out, err := lines.Open(c, io.Discard, nil)
	if err != nil {
		return err
	}
	return out.Close()
}

// checkOutbox opens the outbox, or asks the sensor that has it.
func checkOutbox(ctx context.Context, c *config.Config) kafka.Finding {
	dir, err := liveOutbox(c)
	f := kafka.Finding{What: "outbox", Err: err}
	if err != nil {
		return f
	}
	f.What += " " + dir
	_, err = control.Dial(ctx, dir)
	switch {
	case err == nil:
		f.What += " (of the sensor that runs)"
		return f
	case !errors.Is(err, control.ErrNobody): // it has one, and says what to do
		f.Err = err
		return f
	}
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		f.What += " (made when the sensor starts)" // as the user that it runs as
		return f
	}
	if f.Err = becomeOwner(dir); f.Err != nil {
		return f
	}
	store, err := outbox.OpenKnown(dir)
	if aside, ok := errors.AsType[*outbox.Aside](err); ok {
		f.Err, f.Warning = aside, true
		err = nil
	}
	if err == nil {
		err = store.Close()
	}
	if err != nil {
		f.Err = err
	}
	return f
}
