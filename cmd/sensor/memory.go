package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/novelty"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/state"
)

// The files in the state directory.
const (
	noveltyFile   = "novelty.state"
	blocklistFile = "blocklists.state"
)

// memory is what survives a run, where state.path names a directory, and the blocklists,
// whose matches are a part of it.
type memory struct {
	dir     string // empty: nothing is kept
	seen    *novelty.Store
	lists   *blocklist.Set
	warn    func(error)
	checked packet.Time // when the lists were last looked at
}

// openMemory reads what an earlier run left, and the blocklists. What is wrong with either
// and does not keep the sensor from working goes to warn.
func openMemory(c *config.Config, seed uint64, warn func(error)) (*memory, error) {
	f := c.Flow()
	m := &memory{
		dir: c.State.Path, warn: warn,
		seen:  novelty.New(c.Detect.Novelty, f.Groups(), seed),
		lists: blocklist.New(c.Blocklists),
	}
	if err := m.load(noveltyFile, novelty.Format, novelty.Version, m.seen.Load); err != nil {
		return nil, err
	}
	if err := m.load(blocklistFile, blocklist.Format, blocklist.Version, m.lists.Load); err != nil {
		return nil, err
	}
	m.refresh()
	for _, old := range m.lists.Old(time.Now()) {
		warn(old)
	}
	return m, nil
}

// load reads one file. One that was set aside is a warning: the run starts without it.
func (m *memory) load(name, format string, version uint16, read func(io.Reader, uint16) error) error {
	if m.dir == "" {
		return nil
	}
	err := state.Load(filepath.Join(m.dir, name), format, version, read)
	if _, aside := errors.AsType[*state.SetAside](err); aside {
		m.warn(err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("state.path: %w", err)
	}
	return nil
}

// recheck is how often the lists are looked at, in packet time.
const recheck = time.Minute

// turn looks at the lists now and then.
func (m *memory) turn(now packet.Time) {
	if now.Sub(m.checked) < recheck {
		return
	}
	if m.checked != 0 {
		m.refresh()
	}
	m.checked = now
}

// refresh reads the lists that changed. Their files are the only thing here that has the
// system's time.
func (m *memory) refresh() {
	for _, l := range m.lists.Refresh(time.Now()) {
		if l.Err != nil {
			m.warn(l.Err)
			continue
		}
		for _, p := range l.Problems {
			m.warn(p)
		}
	}
}

// save writes what was learned.
func (m *memory) save() error {
	if m.dir == "" {
		return nil
	}
	err := state.Save(filepath.Join(m.dir, noveltyFile), novelty.Format, novelty.Version, m.seen.Save)
	if e := state.Save(filepath.Join(m.dir, blocklistFile), blocklist.Format, blocklist.Version, m.lists.Save); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("state.path: %w", err)
	}
	return nil
}
