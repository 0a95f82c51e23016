package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/health/healthtest"
	"github.com/wormwatch/wormwatch/internal/packettest"
	"github.com/wormwatch/wormwatch/internal/state"
)

// valid fails the test unless an event makes a record that passes the schema.
func valid(t *testing.T, e health.Event) {
	t.Helper()
	c := config.Default()
	c.Sensor.Name = "core-1"
	healthtest.Validate(t, newDesk(&c, slog.New(slog.DiscardHandler)).Encode(e).Body)
}

// What is told at the start names the build, the machine and the configuration, by a hash
// that anybody can make.
func TestStarted(t *testing.T) {
	c := configWith(t, "capture: {interfaces: [eth1]}")
	e := started(c)
	valid(t, e)
	d := e.Data.(health.StartedData)
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil || d.Kernel != strings.TrimSpace(string(release)) || d.Version == "" || !slices.Equal(d.Interfaces, []string{"eth1"}) {
		t.Errorf("%+v, %v", d, err)
	}
	printed := command(t, nil, "config", "-s", "capture.interfaces=eth1")
	if sum := sha256.Sum256([]byte(printed.stdout)); d.Configuration != hex.EncodeToString(sum[:]) {
		t.Errorf("the hash %s is not that of\n%s", d.Configuration, printed.stdout)
	}
}

// state.path: what was restored is told once, with its age; what is lost is told by file, and
// nothing is told where there was nothing.
func TestStateIsToldOf(t *testing.T) {
	dir := t.TempDir()
	c := configWith(t, "state: {path: "+dir+"}")
	var told []health.Event
	open := func() *memory {
		t.Helper()
		told = nil
		m, err := openMemory(c, replaySeed, func(err error) { t.Error(err) }, func(e health.Event) { told = append(told, e) })
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range told {
			valid(t, e)
		}
		return m
	}
	m := open()
	if len(told) != 0 {
		t.Errorf("of nothing it tells %+v", told)
	}
	m.turn(packettest.Start)
	if err := m.save(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, noveltyFile)
	old := time.Now().Add(-3 * time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	open()
	if len(told) != 1 || told[0].Kind != health.StateRestored {
		t.Fatalf("%+v", told)
	}
	files := told[0].Data.(health.StateRestoredData).Files
	if len(files) != 2 || files[0].Path != path || files[0].Bytes == 0 || files[0].Saved != health.StampOf(old) || files[0].Age < 3*3600*1000 {
		t.Errorf("%+v", files)
	}

	if err := os.WriteFile(path, []byte("not what was written there"), 0o600); err != nil {
		t.Fatal(err)
	}
	open()
	if len(told) != 2 || told[0].Kind != health.StateLost || told[0].Remedy == "" || told[1].Kind != health.StateRestored {
		t.Fatalf("%+v", told)
	}
	lost := told[0].Data.(health.StateLostData)
	if _, err := os.Stat(lost.SetAside); err != nil || lost.Path != path {
		t.Errorf("%+v, %v", lost, err)
	}
	if n := len(told[1].Data.(health.StateRestoredData).Files); n != 1 {
		t.Errorf("%d files are restored, one was damaged", n)
	}

	err := state.Save(path, "novelty", 1<<15, func(w io.Writer) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	open()
	if len(told) != 2 || told[0].Kind != health.StateLost || !strings.Contains(told[0].Remedy, "newer wormwatch") {
		t.Errorf("%+v", told)
	}
}

// TestStateUnsaved: a directory that takes nothing is told of at each try, and ends nothing.
func TestStateUnsaved(t *testing.T) {
	c := configWith(t, "state: {path: "+t.TempDir()+"}")
	var told []health.Event
	m, err := openMemory(c, replaySeed, func(err error) { t.Error(err) }, func(e health.Event) { told = append(told, e) })
	if err != nil {
		t.Fatal(err)
	}
	m.every = saveEvery
	now := packettest.Start
	m.turn(now)
	// A directory in the place of the file: root too is kept from writing it.
	if err := os.Mkdir(filepath.Join(c.State.Path, noveltyFile), 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		now = now.Add(saveEvery)
		m.turn(now)
	}
	if len(told) != 2 || told[0].Kind != health.StateUnsaved || told[0].Data.(health.StateUnsavedData).Path != c.State.Path {
		t.Errorf("%+v", told)
	}
}
