package lines

import (
	"errors"
	"io/fs"
	"syscall"
)

// Remedy is what to do against an error of an output; empty where nobody knows.
func Remedy(err error) string {
	is := func(targets ...error) bool {
		for _, t := range targets {
			if errors.Is(err, t) {
				return true
			}
		}
		return false
	}
	switch {
	case is(syscall.ENOSPC, syscall.EDQUOT):
		return "Make room on the disk of publish.lines.path."
	case is(syscall.EROFS):
		return "Mount the disk of publish.lines.path for writing."
	case is(fs.ErrPermission):
		return "Let the user of the sensor write publish.lines.path, and make files in its directory."
	case is(fs.ErrNotExist):
		return "Make the directory of publish.lines.path."
	case is(syscall.EPIPE, syscall.ENXIO, errStalled):
		return "Start again what reads the findings."
	case is(syscall.EFBIG):
		return "Raise the limit of the size of files, or lower publish.lines.max_size."
	case is(syscall.EIO):
		return "Look at the disk of publish.lines.path: it fails."
	}
	return ""
}
