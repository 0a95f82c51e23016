package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/novelty"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/state"
)

// The files in the state directory.
const (
	seedFile      = "seed.state"
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
	tell    func(health.Event)
	checked packet.Time   // when the lists were last looked at
	every   time.Duration // how often to save, in packet time; 0: only at the end
	saved   packet.Time
}

// saveEvery is how much of what is learned a live sensor that is killed may forget.
const saveEvery = 15 * time.Minute

// openMemory reads what an earlier run left, and the blocklists. What is wrong with either
// and does not keep the sensor from working goes to warn; that there was a memory, or that it
// is lost, to tell.
func openMemory(c *config.Config, seed uint64, warn func(error), tell func(health.Event)) (*memory, error) {
	f := c.Flow()
	m := &memory{
		dir: c.State.Path, warn: warn, tell: tell,
		seen:  novelty.New(c.Detect.Novelty, f.Groups(), seed),
		lists: blocklist.New(c.Blocklists),
	}
	if err := m.restore(); err != nil {
		return nil, err
	}
	m.refresh()
	for _, old := range m.lists.Old(time.Now()) {
		warn(old)
	}
	return m, nil
}

// restore reads what an earlier run left, and tells of what there was.
func (m *memory) restore() error {
	var found []health.StateFile
	for _, f := range []struct {
		name, format string
		version      uint16
		read         func(io.Reader, uint16) error
	}{
		{noveltyFile, novelty.Format, novelty.Version, m.seen.Load},
		{blocklistFile, blocklist.Format, blocklist.Version, m.lists.Load},
	} {
		file, err := m.load(f.name, f.format, f.version, f.read)
		if err != nil {
			return err
		}
		if file != nil {
			found = append(found, *file)
		}
	}
	if len(found) > 0 {
		m.tell(stateRestored(found))
	}
	return nil
}

// load reads one file, and says which; nil if there is none that can be used. One that was
// set aside is told of: the run starts without it.
func (m *memory) load(name, format string, version uint16, read func(io.Reader, uint16) error) (*health.StateFile, error) {
	if m.dir == "" {
		return nil, nil
	}
	path := filepath.Join(m.dir, name)
	info, _ := os.Stat(path) // what is wrong with it, Load says
	err := state.Load(path, format, version, read)
	if aside, ok := errors.AsType[*state.SetAside](err); ok {
		m.tell(stateLost(aside))
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("state.path: %w", err)
	}
	if info == nil {
		return nil, nil
	}
	return &health.StateFile{
		Path: path, Bytes: info.Size(), Saved: health.StampOf(info.ModTime()), Age: health.MillisOf(time.Since(info.ModTime())),
	}, nil
}

// recheck is how often the lists are looked at, in packet time.
const recheck = time.Minute

// turn looks at the lists now and then, and saves what was learned. That it cannot be saved
// does not end a run: it is said each time.
func (m *memory) turn(now packet.Time) {
	if now.Sub(m.checked) < recheck {
		return
	}
	if m.checked != 0 {
		m.refresh()
	} else {
		m.saved = now
	}
	m.checked = now
	if m.every == 0 || now.Sub(m.saved) < m.every {
		return
	}
	m.saved = now
	if err := m.save(); err != nil {
		m.tell(stateUnsaved(m.dir, err))
	}
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

// Format of the file of the seed.
const (
	seedFormat  = "seed"
	seedVersion = 1
)

// keptSeed returns the seed that an earlier live run left in dir, or fresh, which it leaves
// there. One that is damaged was set aside, which goes to tell.
func keptSeed(dir string, fresh uint64, tell func(health.Event)) (uint64, error) {
	path, seed := filepath.Join(dir, seedFile), fresh
	found := false
	err := state.Load(path, seedFormat, seedVersion, func(r io.Reader, _ uint16) error {
		found = true
		return binary.Read(r, binary.LittleEndian, &seed)
	})
	if err == nil && found {
		return seed, nil
	}
	if aside, ok := errors.AsType[*state.SetAside](err); ok {
		tell(stateLost(aside))
		err = nil
	}
	if err == nil {
		err = state.Save(path, seedFormat, seedVersion, func(w io.Writer) error {
			return binary.Write(w, binary.LittleEndian, fresh)
		})
	}
	if err != nil {
		return 0, fmt.Errorf("state.path: %w", err)
	}
	return fresh, nil
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
