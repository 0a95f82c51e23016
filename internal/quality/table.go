package quality

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// grid is a table to print: the first row is the head.
type grid struct {
	title string
	rows  [][]string
}

func (g *grid) add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = fmt.Sprint(c)
	}
	g.rows = append(g.rows, row)
}

// write prints the table as text for people, or as Markdown.
func (g *grid) write(w io.Writer, markdown bool) {
	widths := make([]int, len(g.rows[0]))
	for _, row := range g.rows {
		for i, c := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	between, edge := "  ", ""
	if markdown {
		between, edge = " | ", "|"
		fmt.Fprintf(w, "\n### %s\n\n", g.title)
	} else {
		fmt.Fprintf(w, "\n%s\n", g.title)
	}
	for n, row := range g.rows {
		var cells []string
		for i, c := range row {
			cells = append(cells, pad(c, widths[i], i > 0 && n > 0 && numeric(c)))
		}
		line := strings.TrimRight(strings.Join(cells, between), " ")
		if markdown {
			line = edge + " " + strings.Join(cells, between) + " " + edge
		}
		fmt.Fprintln(w, line)
		if n == 0 {
			g.rule(w, widths, markdown)
		}
	}
}

func (g *grid) rule(w io.Writer, widths []int, markdown bool) {
	if markdown {
		for _, n := range widths {
			fmt.Fprint(w, "|", strings.Repeat("-", n+2))
		}
		fmt.Fprintln(w, "|")
		return
	}
	total := 0
	for _, n := range widths {
		total += n + 2
	}
	fmt.Fprintln(w, strings.Repeat("-", total-2))
}

func pad(s string, width int, right bool) string {
	gap := strings.Repeat(" ", width-utf8.RuneCountInString(s))
	if right {
		return gap + s
	}
	return s + gap
}

// numeric reports whether s reads as a number, which stands to the right.
func numeric(s string) bool { return s != "" && (s[0] >= '0' && s[0] <= '9' || s == "-") }

// paceText writes an interval as a pace.
func paceText(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d/s", time.Second/d)
	case d == time.Second:
		return "1/s"
	case d == time.Minute:
		return "1/min"
	case d < time.Hour:
		return fmt.Sprintf("1/%d min", d/time.Minute)
	case d == time.Hour:
		return "1/h"
	}
	return fmt.Sprintf("1/%d h", d/time.Hour)
}

// durationText writes a time span with two digits or so.
func durationText(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 72*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return fmt.Sprintf("%.1f d", d.Hours()/24)
}
