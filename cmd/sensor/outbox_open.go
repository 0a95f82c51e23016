package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/wormwatch/wormwatch/internal/publish/control"
	"github.com/wormwatch/wormwatch/internal/publish/outbox"
)

// opened is an outbox: the store itself, or the sensor that has it.
type opened struct {
	control.Box
	dir      string
	running  bool   // a sensor answers
	degraded string // why records wait, if it says so
	close    func() error
}

// How long to wait for an outbox that is in use by somebody who does not answer (yet): a
// sensor that starts or stops, another command.
const (
	openPatience = 5 * time.Second
	openPause    = 100 * time.Millisecond
)

// outboxFile is what a directory that is used as an outbox has.
const outboxFile = "outbox.db"

// openBox opens the outbox in dir, or asks the sensor that has it open. What was wrong
// with its file and is mended is said on stderr.
func openBox(ctx context.Context, dir string, stderr io.Writer) (*opened, error) {
	late := time.Now().Add(openPatience)
	for {
		client, err := control.Dial(ctx, dir)
		if err == nil {
			return &opened{client, dir, true, client.Degraded(), func() error { return nil }}, nil
		}
		if !errors.Is(err, control.ErrNobody) {
			return nil, err
		}
		box, err := openStore(dir, stderr)
		var locked *outbox.Locked
		if err == nil || !errors.As(err, &locked) {
			return box, err
		}
		if time.Now().After(late) {
			return nil, fmt.Errorf("%w, and nobody answers on %s: try again when it has ended", err, control.Socket)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(openPause):
		}
	}
}

// openStore opens the store in dir, if there is one.
func openStore(dir string, stderr io.Writer) (*opened, error) {
	if _, err := os.Stat(filepath.Join(dir, outboxFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no outbox (%s): no sensor has kept records there, or it is not the directory that it uses", dir, outboxFile)
	}
	if err := becomeOwner(dir); err != nil {
		return nil, err
	}
	store, err := outbox.OpenKnown(dir)
	var aside *outbox.Aside
	if errors.As(err, &aside) && store != nil {
		fmt.Fprintln(stderr, err)
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return &opened{control.Local{Store: store}, dir, false, "", store.Close}, nil
}
