package main

import (
	"fmt"
	"os"
	"syscall"
)

// becomeOwner gives up root, if this is root, for the user to whom dir belongs: a file that
// root makes in there would keep the sensor of that user from its outbox, and root would
// follow whatever links that user put there. It cannot be taken back.
func becomeOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	sys := info.Sys().(*syscall.Stat_t) // Linux has no other
	uid, gid := int(sys.Uid), int(sys.Gid)
	if os.Geteuid() != 0 || uid == 0 {
		return nil
	}
	for _, step := range []func() error{
		func() error { return syscall.Setgroups([]int{gid}) },
		func() error { return syscall.Setresgid(gid, gid, gid) },
		func() error { return syscall.Setresuid(uid, uid, uid) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("outbox %s: become its owner, user %d: %w: run this as that user", dir, uid, err)
		}
	}
	return nil
}
