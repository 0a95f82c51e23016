package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/state"
)

func newBlocklist(w world) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "blocklist COMMAND",
		Short: "Look after the blocklists",
		Args:  cobra.NoArgs, // says that the command is unknown
		RunE: func(cmd *cobra.Command, _ []string) error {
			return fmt.Errorf("no command is named\n\n%s", cmd.UsageString())
		},
	}
	cmd.AddCommand(newBlocklistStats(w))
	return cmd
}

func newBlocklistStats(w world) *cobra.Command {
	var flags configFlags
	var look blocklistLook
	cmd := &cobra.Command{
		Use:   "stats [flags]",
		Short: "Say which entries of the blocklists ever matched, and when",
		Long: `stats reads the blocklists of the configuration, and what sensors with the same state
directory (state.path) left there: when each list was loaded, and which of its entries
ever matched. Contacts are attempts of home hosts to reach an entry, knocks are its
attempts to reach home hosts. What never matches for months may go.

It exits with 0, with 1 if a list or the state cannot be read (the others are shown), and
with 2 for usage or configuration.`,
		Example: `  wormwatch blocklist stats -c wormwatch.yaml
  wormwatch blocklist stats --all --json | jq '.lists[].entries[] | select(.last == null)'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := flags.load(cmd, w)
			if err != nil {
				return err
			}
			look.lists, look.state, look.now = c.Blocklists, c.State.Path, time.Now()
			return look.run(w)
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&look.all, "all", false, "show the entries that never matched too")
	cmd.Flags().BoolVar(&look.json, "json", false, "write one JSON object")
	return cmd
}

// blocklistLook is a look at lists, and at what a state directory knows of them.
type blocklistLook struct {
	lists     []blocklist.Config
	state     string // directory, "" if none is configured
	now       time.Time
	all, json bool
}

func (l *blocklistLook) run(w world) error {
	set := blocklist.New(l.lists)
	set.Refresh(time.Time{})
	var wrong []error
	known := false
	if l.state != "" {
		// Read, not Load: what a sensor uses is not moved by somebody who looks.
		err := state.Read(filepath.Join(l.state, blocklistFile), blocklist.Format, blocklist.Version, func(r io.Reader, version uint16) error {
			known = true
			return set.Load(r, version)
		})
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	report := l.report(set)
	write := func() error { return l.text(w.stdout, &report, known) }
	if l.json {
		write = func() error { return writeJSON(w.stdout, &report) }
	}
	if err := write(); err != nil {
		return failure{fmt.Errorf("write statistics: %w", err)}
	}
	for _, i := range set.Lists() {
		for _, p := range slices.Concat(i.Problems, []error{i.Old(l.now)}) {
			if p != nil {
				fmt.Fprintln(w.stderr, p)
			}
		}
		if i.Err != nil {
			wrong = append(wrong, i.Err)
		}
	}
	if len(wrong) > 0 {
		return failure{errors.Join(wrong...)}
	}
	return nil
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// blocklistReport is what there is to tell.
type blocklistReport struct {
	State string       `json:"state"` // directory, empty if none is configured
	Lists []listReport `json:"lists"`
}

type listReport struct {
	Name     string        `json:"name"`
	Path     string        `json:"path"`
	Size     int           `json:"size"` // entries
	Matched  int           `json:"matched"`
	Never    int           `json:"never_matched"`
	Garbage  int           `json:"garbage_lines"`
	Doubles  int           `json:"duplicates"`
	Modified *time.Time    `json:"modified"` // the file; null if it cannot be read
	Age      int64         `json:"age_s"`
	MaxAge   int64         `json:"max_age_s"`
	Old      bool          `json:"old"`
	Loaded   *time.Time    `json:"loaded"` // by a sensor; null if none did
	From     *time.Time    `json:"from"`   // matches were counted from then, in packet time
	Until    *time.Time    `json:"until"`
	Error    string        `json:"error,omitempty"`
	Entries  []entryReport `json:"entries"`
}

type entryReport struct {
	Entry    string     `json:"entry"`
	Line     int        `json:"line"`
	Contacts uint32     `json:"contacts"`
	Knocks   uint32     `json:"knocks"`
	First    *time.Time `json:"first"` // match; null if nothing ever did
	Last     *time.Time `json:"last"`
}

func (l *blocklistLook) report(set *blocklist.Set) blocklistReport {
	r := blocklistReport{State: l.state, Lists: []listReport{}}
	for _, i := range set.Lists() {
		matched := i.Matched()
		list := listReport{
			Name: i.Name, Path: i.Path, Size: i.Size, Matched: matched, Never: i.Size - matched,
			Garbage: i.Garbage, Doubles: i.Doubles, Modified: timeOrNil(i.Modified), MaxAge: int64(i.MaxAge / time.Second),
			Old: i.Old(l.now) != nil, Loaded: timeOrNil(i.Loaded), From: packetTimeOrNil(i.From), Until: packetTimeOrNil(i.Until),
			Entries: []entryReport{},
		}
		if list.Modified != nil {
			list.Age = int64(l.now.Sub(i.Modified) / time.Second)
		}
		if i.Err != nil {
			list.Error = i.Err.Error()
		}
		entries := slices.Collect(i.Entries(l.all))
		slices.SortStableFunc(entries, func(a, b blocklist.Entry) int { return cmp.Compare(b.Last, a.Last) })
		for _, e := range entries {
			list.Entries = append(list.Entries, entryReport{
				e.Text, e.Line, e.Contacts, e.Knocks, packetTimeOrNil(e.First), packetTimeOrNil(e.Last),
			})
		}
		r.Lists = append(r.Lists, list)
	}
	return r
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func packetTimeOrNil(t packet.Time) *time.Time {
	if t == 0 {
		return nil
	}
	return timeOrNil(t.UTC())
}

// text writes a report for people.
func (l *blocklistLook) text(w io.Writer, r *blocklistReport, known bool) error {
	var b bytes.Buffer
	if len(r.Lists) == 0 {
		fmt.Fprintln(&b, "no blocklists are configured: name their files under blocklists")
	} else {
		writeLists(&b, r.Lists)
		writeEntries(&b, r.Lists)
		for n, note := range l.notes(r, known) {
			if n == 0 {
				fmt.Fprintln(&b)
			}
			fmt.Fprintln(&b, note)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// writeLists writes a line a list. A list of which nothing was ever counted has no entries
// that never matched.
func writeLists(b *bytes.Buffer, lists []listReport) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "list\tentries\tmatched\tnever\tgarbage\tfile of\tage\tloaded\tcounted from\tto")
	for _, i := range lists {
		matched, never, age := "-", "-", "-"
		if i.From != nil {
			matched, never = grouped(uint64(i.Matched)), grouped(uint64(i.Never))
		}
		if i.Modified != nil {
			age = ageText(time.Duration(i.Age) * time.Second)
		}
		if i.Old {
			age += " (old)"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", i.Name, grouped(uint64(i.Size)), matched, never,
			grouped(uint64(i.Garbage)), minuteText(i.Modified), age, minuteText(i.Loaded), minuteText(i.From), minuteText(i.Until))
	}
	_ = t.Flush() // a buffer takes everything
}

// writeEntries writes a line an entry, the latest matched first.
func writeEntries(b *bytes.Buffer, lists []listReport) {
	if !slices.ContainsFunc(lists, func(l listReport) bool { return len(l.Entries) > 0 }) {
		return
	}
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nlist\tentry\tline\tcontacts\tknocks\tfirst match\tlast match")
	for _, i := range lists {
		for _, e := range i.Entries {
			fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\t%s\n", i.Name, e.Entry, e.Line,
				grouped(uint64(e.Contacts)), grouped(uint64(e.Knocks)), minuteText(e.First), minuteText(e.Last))
		}
	}
	_ = t.Flush() // a buffer takes everything
}

// notes says what the tables leave open.
func (l *blocklistLook) notes(r *blocklistReport, known bool) (notes []string) {
	say := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	switch {
	case r.State == "":
		say("no state directory is configured (state.path): which entries match is not kept, so nothing is known of it")
	case !known:
		say("%s: no sensor with blocklists has kept anything there yet", r.State)
	}
	for _, i := range r.Lists {
		if i.From != nil && i.Never > 0 && !l.all {
			say("%s: %s of %s entries never matched; --all shows them", i.Name, grouped(uint64(i.Never)), grouped(uint64(i.Size)))
		}
	}
	return notes
}

func minuteText(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Format("2006-01-02 15:04 UTC")
}

// ageText rounds a duration to what matters of it.
func ageText(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
	return fmt.Sprintf("%d minutes", max(0, d/time.Minute))
}
