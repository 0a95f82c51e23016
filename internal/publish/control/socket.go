package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxPath is how long the path of a socket may be in octets: sun_path has 108, the last
// of which is 0.
const maxPath = 107

// reach returns a path to the socket of dir that fits into an address. One that is too
// long begins at a descriptor of the directory, which release closes.
func reach(dir string) (path string, release func(), err error) {
	path = filepath.Join(dir, Socket)
	if len(path) <= maxPath {
		return path, func() {}, nil
	}
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", nil, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", fd, Socket), func() { _ = unix.Close(fd) }, nil
}

// listen makes the socket of dir. Whoever calls it has the store, so a socket that is
// already there belongs to nobody: a sensor that was killed left it.
func listen(ctx context.Context, dir string) (net.Listener, error) {
	if err := remove(dir); err != nil {
		return nil, err
	}
	path, release, err := reach(dir)
	if err != nil {
		return nil, err
	}
	defer release()
	// The mode is set before the socket has a name: nobody gets in between.
	private := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		if err := c.Control(func(fd uintptr) { failed = unix.Fchmod(int(fd), 0o600) }); err != nil {
			return err
		}
		return failed
	}}
	l, err := private.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // path may mean something else by then
	return l, nil
}

// remove takes the socket of dir away, and nothing else.
func remove(dir string) error {
	path := filepath.Join(dir, Socket)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is not a socket, and in the way of one: move it elsewhere", path)
	}
	return os.Remove(path)
}

// dial connects to the socket of dir.
func dial(ctx context.Context, dir string) (net.Conn, error) {
	path, release, err := reach(dir)
	if err != nil {
		return nil, err
	}
	defer release()
	return new(net.Dialer).DialContext(ctx, "unix", path)
}
