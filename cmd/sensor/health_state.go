package main

import (
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/health"
	"github.com/wormwatch/wormwatch/internal/state"
)

// stateRestored tells what an earlier run left.
func stateRestored(files []health.StateFile) health.Event {
	var names []string
	youngest := files[0].Age
	for _, f := range files {
		names = append(names, filepath.Base(f.Path))
		youngest = min(youngest, f.Age)
	}
	age := (time.Duration(youngest) * time.Millisecond).Round(time.Second)
	return health.Event{
		Kind: health.StateRestored, Severity: alert.Informational,
		Message: "restored " + strings.Join(names, " and ") + ", saved " + age.String() + " ago",
		Data:    health.StateRestoredData{Files: files},
	}
}

// stateLost tells of a memory that could not be used.
func stateLost(aside *state.SetAside) health.Event {
	remedy := "expect to be told again of what was known before, and look after the disk if it happens again"
	if errors.Is(aside.Err, state.ErrNewer) {
		remedy = "run the newer wormwatch again, and give the file its name back"
	}
	return health.Event{
		Kind: health.StateLost, Severity: alert.Medium, Message: aside.Error(), Remedy: remedy,
		Data: health.StateLostData{Path: aside.Path, SetAside: aside.To, Reason: aside.Err.Error()},
	}
}

// stateUnsaved tells what keeps what was learned from dir.
func stateUnsaved(dir string, err error) health.Event {
	return health.Event{
		Kind: health.StateUnsaved, Severity: alert.Medium, Message: "what was learned cannot be saved: " + err.Error(),
		Remedy: "mend what it says: what was learned since the last save is gone if the sensor ends",
		Data:   health.StateUnsavedData{Path: dir, Reason: err.Error()},
	}
}

// tell writes what the sensor says of itself where nobody else hears it: only what somebody
// should look at.
func (w *world) tell(e health.Event) {
	if e.Severity > alert.Informational {
		w.warn(errors.New(e.Message))
	}
}
