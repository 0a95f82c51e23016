package blocklist

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// rows reads the texts that are to be entries, one of each line that has any. A line is
// read by itself: what is wrong with one, a quote that is never closed among them, spoils
// no other.
type rows struct {
	r      *bufio.Reader
	line   int
	column string // empty: a plain list
	index  int    // of the column, -1 until its header row was read
	sep    byte
}

// maxLine bounds a line, in octets.
const maxLine = 1 << 16

func newRows(r io.Reader, column string) *rows {
	return &rows{r: bufio.NewReaderSize(r, maxLine), column: column, index: -1}
}

// errRow is what is wrong with one line.
type errRow string

func (e errRow) Error() string { return string(e) }

// next returns the text of the next entry. An errRow is about its line alone; io.EOF is the
// end of the list, and any other error that of the reading.
func (rs *rows) next() (string, error) {
	for {
		line, err := rs.read()
		if err != nil {
			return "", err
		}
		text := ""
		switch {
		case rs.column == "":
			text = plain(line)
		case rs.index < 0:
			err = rs.header(line)
		case strings.HasPrefix(line, "#"):
		case line != "":
			if text, err = rs.cell(line); err == nil && text == "" {
				err = errRow("the column is empty")
			}
		}
		if text != "" || err != nil {
			return text, err
		}
	}
}

// read returns the next line without blanks around it.
func (rs *rows) read() (string, error) {
	b, err := rs.r.ReadSlice('\n')
	rs.line++
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = rs.r.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return "", errRow(fmt.Sprintf("is longer than %d octets", maxLine))
	case errors.Is(err, io.EOF):
		if len(b) > 0 {
			break
		}
		if rs.column != "" && rs.index < 0 {
			return "", fmt.Errorf("has no header row with a column %q", rs.column)
		}
		return "", err
	case err != nil:
		return "", err
	}
	line := string(b)
	if rs.line == 1 {
		line = strings.TrimPrefix(line, "\ufeff") // as Windows programs begin a text
	}
	return strings.TrimSpace(line), nil
}

// plain returns the entry of a line: its first word, or a range with blanks around its
// dash. Lists have counts and names behind it.
func plain(line string) string {
	if i := strings.IndexAny(line, "#;"); i >= 0 {
		line = line[:i]
	}
	words := strings.Fields(line)
	switch {
	case len(words) >= 3 && words[1] == "-":
		return words[0] + "-" + words[2]
	case len(words) > 0:
		return words[0]
	}
	return ""
}

// header looks for the column in the header row. Some feeds have it in a comment.
func (rs *rows) header(line string) error {
	row := strings.TrimLeft(line, "# ")
	for _, sep := range []byte{',', ';', '\t'} {
		for i, name := range cells(row, sep) {
			if strings.EqualFold(name, rs.column) {
				rs.index, rs.sep = i, sep
				return nil
			}
		}
	}
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	return fmt.Errorf("has no column %q in its header row, line %d: %.200q", rs.column, rs.line, row)
}

// cell returns what a row has in the column.
func (rs *rows) cell(row string) (string, error) {
	for i := range rs.index + 1 {
		cell, rest, more := cut(row, rs.sep)
		if i == rs.index {
			return cell, nil
		}
		if !more {
			return "", errRow(fmt.Sprintf("has %s, the addresses are in column %d", columns(i+1), rs.index+1))
		}
		row = rest
	}
	return "", nil
}

func columns(n int) string {
	if n == 1 {
		return "1 column"
	}
	return fmt.Sprintf("%d columns", n)
}

func cells(row string, sep byte) (out []string) {
	for more := true; more; {
		var cell string
		cell, row, more = cut(row, sep)
		out = append(out, cell)
	}
	return out
}

// cut takes the first cell off a row of CSV (RFC 4180), without its quotes. It takes
// quotes as they come: one inside a cell is a letter, and one that is not closed holds to
// the end of the row.
func cut(row string, sep byte) (cell, rest string, more bool) {
	row = strings.TrimLeft(row, " ")
	if !strings.HasPrefix(row, `"`) {
		cell, rest, more = strings.Cut(row, string(sep))
		return strings.TrimSpace(cell), rest, more
	}
	for i := 1; i < len(row); i++ {
		switch {
		case row[i] != '"':
		case i+1 == len(row):
			return row[1:i], "", false
		case row[i+1] == sep:
			return row[1:i], row[i+2:], true
		case row[i+1] == '"':
			i++
		}
	}
	return row[1:], "", false
}
