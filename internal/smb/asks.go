package smb

// what is the sort of a request whose answer matters.
type what uint8

const (
	askNothing what = iota
	askTree         // to connect to a share
	askPipe         // to open a pipe
	askWrite        // to open a file for writing
	askNull         // a logon without name and password
	askPeek         // to peek into a pipe that is not open
	askImplant      // whether an implant is there
)

// ask is a request that waits for its answer.
type ask struct {
	id   uint32 // lower half of the SMB 2 message id; SMB 1: process and multiplex id
	what what
	arg  uint8 // number of the share or pipe
}

// mount is a share that the server gave.
type mount struct {
	id   uint32 // by which requests name it
	tree uint8
	used bool
}

// await notes a request. When too many wait, an early one stays without an answer.
func (s *Session) await(id uint32, w what, arg uint8) {
	at := -1
	for i := range s.asks {
		a := &s.asks[i]
		if a.id == id && a.what == w {
			at = i
			break
		}
		if a.what == askNothing && at < 0 {
			at = i
		}
	}
	if at < 0 {
		at = int(s.lately) % len(s.asks)
		s.lately++
	}
	s.asks[at] = ask{id, w, arg}
}

// answered takes the request of an answer off the list.
func (s *Session) answered(id uint32, w what) (arg uint8, ok bool) {
	for i := range s.asks {
		if a := &s.asks[i]; a.id == id && a.what == w {
			arg = a.arg
			*a = ask{}
			return arg, true
		}
	}
	return 0, false
}

// mount notes under which id a share goes from now on.
func (s *Session) mount(id uint32, tree uint8) {
	at := -1
	for i := range s.mounts {
		if m := &s.mounts[i]; !m.used || m.id == id {
			at = i
			break
		}
	}
	if at < 0 {
		at = int(s.mounted) % len(s.mounts)
		s.mounted++
	}
	s.mounts[at] = mount{id, tree, true}
}

// under returns the share that goes under an id, as a set of one; nothing if not known.
func (s *Session) under(id uint32) Trees {
	for i := range s.mounts {
		if m := &s.mounts[i]; m.used && m.id == id {
			return 1 << m.tree
		}
	}
	return 0
}

// connects is a request for a share.
func (s *Session) connects(id uint32, path text) {
	tree := treeOf(path)
	s.knock.Trees |= 1 << tree
	s.await(id, askTree, tree)
}

// connected is the answer to it.
func (s *Session) connected(id, mount uint32, st status) {
	tree, ok := s.answered(id, askTree)
	if r := st.reason() & Secrets; r != 0 { // share-level security: a share has a password
		s.refused(r)
	}
	switch {
	case !ok:
	case st.ok():
		s.knock.Granted |= 1 << tree
		s.mount(mount, tree)
	case st.failed():
		s.knock.Refused |= 1 << tree
	}
}

// opens is a request for a file or a pipe. A share that is not known may be IPC$, so that
// only names of known pipes are taken for pipes there.
func (s *Session) opens(id, mount uint32, name text, writes bool) {
	tree := s.under(mount)
	if tree == 0 || tree == TreeIPC {
		name = name.pipeName()
		pipe := pipeOf(name)
		if name.len() > 0 && (tree == TreeIPC || 1<<pipe != PipeOther) {
			s.pipe(id, pipe)
		}
		return
	}
	if writes {
		s.await(id, askWrite, tree.number())
	}
}

// pipe is a request for a pipe.
func (s *Session) pipe(id uint32, pipe uint8) {
	s.knock.Pipes |= 1 << pipe
	s.await(id, askPipe, pipe)
}

// opened is the answer to it.
func (s *Session) opened(id uint32, st status) {
	pipe, isPipe := s.answered(id, askPipe)
	tree, isFile := s.answered(id, askWrite)
	if !st.ok() {
		return
	}
	if isPipe {
		s.knock.Opened |= 1 << pipe
	}
	if isFile {
		s.knock.Written |= 1 << tree
	}
}

// loggedOn is the answer to a logon. Servers do not always say that a session is null
// (Windows 7 does not), so that what was asked for counts as well.
func (s *Session) loggedOn(id uint32, st status, guest, null bool) {
	_, nameless := s.answered(id, askNull)
	switch {
	case !st.ok():
		if r := st.reason(); r != 0 && !nameless {
			s.refused(r)
		}
	case guest || null || nameless:
		s.knock.Guest = s.knock.Guest || guest
		s.knock.Null = s.knock.Null || null || nameless
	default:
		s.knock.LogonOK = true
	}
}

// refused counts a failed logon.
func (s *Session) refused(r Reasons) { s.knock.Merge(Knock{LogonFailures: 1, Reasons: r}) }
