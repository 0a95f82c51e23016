package smb

import "testing"

const (
	nt      = ntStatus1
	unicode = ntStatus1 | unicode1
)

// setup1 is SESSION_SETUP_ANDX as of NT LM 0.12, with an ANSI password and an account.
func setup1(password int, account string) part1 {
	w := join(alone, words(0xffff, 2, 1, 0, 0, uint16(password), 0, 0, 0, 0x50, 0))
	return part1{sessionAndX1, w, join(make([]byte, password), []byte(account+"\x00GROUP\x00Unix\x00"))}
}

// setupX1 is the same with extended security.
func setupX1(token []byte) part1 {
	return part1{sessionAndX1, join(alone, words(0xffff, 2, 1, 0, 0, uint16(len(token)), 0, 0, 0, 0x8000)), token}
}

func setupAnswer1(action uint16) part1 { return part1{sessionAndX1, join(alone, words(action)), nil} }

func one(h head1, p ...part1) []byte { return framed(msg1(h, p...)) }

var sessions1 = []struct {
	name string
	talk talk
	want Knock
}{
	{
		"logon and share in one chain, ASCII",
		talk{
			asks(one(head1{flags2: nt, mid: 1}, setup1(24, "bob"), treeX1(1, []byte("\\\\HOST\\admin$\x00")))),
			answers(one(head1{flags2: nt, mid: 1, tree: 9, answer: true}, setupAnswer1(0), part1{treeAndX1, alone, nil})),
		},
		Knock{Dialect: DialectSMB1, LogonOK: true, Trees: TreeAdmin, Granted: TreeAdmin},
	},
	{
		"chain: the share is refused, the logon was not",
		talk{
			asks(one(head1{flags2: nt, mid: 1}, setup1(24, "bob"), treeX1(1, []byte("\\\\HOST\\C$\x00")))),
			answers(one(head1{flags2: nt, mid: 1, status: statusAccessDenied, answer: true}, setupAnswer1(1), part1{treeAndX1, nil, nil})),
		},
		Knock{Dialect: DialectSMB1, Guest: true, Trees: Drive('C'), Refused: Drive('C')},
	},
	{
		"chain: the logon is refused, of the share nothing is known",
		talk{
			asks(one(head1{flags2: nt, mid: 1}, setup1(24, "bob"), treeX1(1, []byte("\\\\HOST\\C$\x00")))),
			answers(one(head1{flags2: nt, mid: 1, status: statusLogonFailure, answer: true}, part1{sessionAndX1, nil, nil})),
		},
		Knock{Dialect: DialectSMB1, LogonFailures: 1, Reasons: 1 << 0, Trees: Drive('C')},
	},
	{
		"Unicode at even places, multiplex ids used again",
		talk{
			asks(one(head1{flags2: unicode, mid: 64}, treeX1(1, wide("\\\\HOST\\IPC$\x00")))),
			answers(one(head1{flags2: unicode, mid: 64, tree: 2, answer: true}, part1{treeAndX1, alone, nil})),
			asks(one(head1{flags2: unicode, mid: 64, tree: 2}, ntCreate1(0x2019f, join([]byte{0}, wide("\\srvsvc\x00"))))),
			answers(one(head1{flags2: unicode, mid: 64, tree: 2, answer: true}, part1{ntCreateAndX1, make([]byte, 68), nil})),
			asks(one(head1{flags2: unicode, mid: 64, tree: 2}, ntCreate1(0x2019f, join([]byte{0}, wide("\\samr\x00"))))),
			answers(one(head1{flags2: unicode, mid: 64, tree: 2, status: 0xc0000034, answer: true}, part1{ntCreateAndX1, nil, nil})),
		},
		Knock{
			Dialect: DialectSMB1, Trees: TreeIPC, Granted: TreeIPC, Pipes: PipeSrvsvc | PipeSamr, Opened: PipeSrvsvc,
		},
	},
	{
		"share passwords of Windows 9x, DOS error codes, then a file written",
		talk{
			asks(one(head1{mid: 1}, part1{treeConnect1, nil, []byte("\x04\\\\HOST\\C$\x00\x04A\x00\x04A:\x00")})),
			answers(one(head1{mid: 1, status: 0x00020002, answer: true}, part1{treeConnect1, nil, nil})),
			asks(one(head1{mid: 2}, part1{treeConnect1, nil, []byte("\x04\\\\HOST\\C$\x00\x04B\x00\x04A:\x00")})),
			answers(one(head1{mid: 2, answer: true}, part1{treeConnect1, words(2920, 3), nil})),
			asks(
				one(head1{mid: 3, tree: 3}, part1{open1, words(0, 0), []byte("\x04\\WIN.INI\x00")}),
				one(head1{mid: 4, tree: 3}, part1{openAndX1, join(alone, words(0, 0x41), make([]byte, 22)), []byte("\\SCRSVR.EXE\x00")}),
			),
			answers(
				one(head1{mid: 3, answer: true}, part1{open1, words(1, 0, 0, 0, 0, 0, 0), nil}),
				one(head1{mid: 4, answer: true}, part1{openAndX1, join(alone, make([]byte, 26)), nil}),
			),
		},
		Knock{
			Dialect: DialectSMB1, Trees: Drive('C'), Refused: Drive('C'), Granted: Drive('C'), Written: Drive('C'),
			LogonFailures: 1, Reasons: 1 << 1,
		},
	},
	{
		"old ways to create and to open a pipe",
		talk{
			asks(
				one(head1{mid: 1}, treeX1(1, []byte("\\\\HOST\\D$\x00"))), one(head1{mid: 2}, treeX1(1, []byte("IPC$\x00"))),
			),
			answers(
				one(head1{mid: 1, tree: 3, answer: true}, part1{treeAndX1, alone, nil}), one(head1{mid: 2, tree: 4, answer: true}, part1{treeAndX1, alone, nil}),
			),
			asks(
				one(head1{mid: 3, tree: 3}, part1{createNew1, words(0, 0, 0), []byte("\x04\\A.EXE\x00")}),
				one(head1{mid: 4, tree: 4}, part1{open1, words(2, 0), []byte("\x04\\PIPE\\atsvc\x00")}),
			),
			answers(
				one(head1{mid: 3, answer: true}, part1{createNew1, words(1), nil}), one(head1{mid: 4, answer: true}, part1{open1, words(1, 0, 0, 0, 0, 0, 0), nil}),
			),
		},
		Knock{
			Dialect: DialectSMB1, Trees: Drive('D') | TreeIPC, Granted: Drive('D') | TreeIPC, Written: Drive('D'),
			Pipes: PipeAtsvc, Opened: PipeAtsvc,
		},
	},
	{
		"null sessions: three forms",
		talk{
			asks(
				one(head1{flags2: nt, mid: 1}, setup1(1, "")),
				one(head1{flags2: nt, mid: 2}, setupX1(ntlm("", 0))),
				one(head1{flags2: nt, mid: 3}, part1{sessionAndX1, join(alone, words(0, 0, 0, 0, 0, 0, 0, 0)), []byte("\x00\x00")}),
			),
			answers(one(head1{flags2: nt, mid: 3, answer: true}, setupAnswer1(0))),
		},
		Knock{Dialect: DialectSMB1, Null: true},
	},
	{
		"no null sessions: a password, an account, a form that is not known",
		talk{
			asks(
				one(head1{flags2: nt, mid: 1}, setup1(24, "")),
				one(head1{flags2: nt, mid: 2}, setupX1(ntlm("", 24))),
				one(head1{flags2: nt, mid: 3}, part1{sessionAndX1, alone, []byte("\x00\x00")}),
			),
			answers(
				one(head1{flags2: nt, mid: 1, status: 0xc0000072, answer: true}, part1{sessionAndX1, nil, nil}),
				one(head1{flags2: nt, mid: 2, status: statusLogonFailure, answer: true}, part1{sessionAndX1, nil, nil}),
				one(head1{flags2: nt, mid: 3, answer: true}, setupAnswer1(0)),
			),
		},
		Knock{Dialect: DialectSMB1, LogonOK: true, LogonFailures: 2, Reasons: 1<<0 | 1<<4},
	},
	{
		"no null session: the password is in Unicode",
		talk{
			asks(one(head1{flags2: nt, mid: 1}, part1{sessionAndX1, join(alone, words(0, 0, 0, 0, 0, 1, 24, 0, 0, 0, 0)), make([]byte, 30)})),
			answers(one(head1{flags2: nt, mid: 1, answer: true}, setupAnswer1(0))),
		},
		Knock{Dialect: DialectSMB1, LogonOK: true},
	},
	{
		"a share behind a long token, and an answer whose chain leads back",
		talk{
			asks(one(head1{flags2: nt, mid: 1}, setupX1(make([]byte, 1500)), treeX1(0, []byte("\\\\HOST\\C$\x00")))),
			answers(one(head1{flags2: nt, mid: 1, status: statusLogonFailure, answer: true}, part1{sessionAndX1, words(treeAndX1, 0, 0), nil})),
		},
		Knock{Dialect: DialectSMB1, Trees: Drive('C'), LogonFailures: 1, Reasons: 1 << 0},
	},
	{
		"one multiplex id of two processes, and of one that asks anew",
		talk{
			asks(
				one(head1{flags2: nt, pid: 1, mid: 1}, treeX1(0, []byte("A$\x00"))), one(head1{flags2: nt, pid: 1, mid: 1}, treeX1(0, []byte("C$\x00"))),
				one(head1{flags2: nt, pid: 2, mid: 1}, treeX1(0, []byte("B$\x00"))),
			),
			answers(one(head1{flags2: nt, pid: 1, mid: 1, answer: true}, part1{treeAndX1, alone, nil})),
		},
		Knock{Dialect: DialectSMB1, Trees: Drive('A') | Drive('B') | Drive('C'), Granted: Drive('C')},
	},
	{
		"bulk is not followed, nor what is cut short",
		talk{asks(
			one(head1{}, part1{writeAndX1, join(alone, make([]byte, 20)), make([]byte, 100)}, treeX1(0, []byte("C$\x00"))),
			framed(msg1(head1{}, treeX1(0, []byte("C$\x00")))[:36]), framed([]byte("\xffSMB\x75"), make([]byte, 28)),
			one(head1{}, part1{treeAndX1, join(alone, words(0, 500)), []byte("C$\x00")}),
		)},
		Knock{Dialect: DialectSMB1},
	},
	{
		"MS17-010 is missing",
		talk{
			asks(one(head1{flags2: nt, mid: 1}, transact1(transaction1, []byte("\\PIPE\\\x00"), 0x23, 0))),
			answers(one(head1{flags2: nt, mid: 1, status: statusNoResources, answer: true}, part1{transaction1, nil, nil})),
		},
		Knock{Dialect: DialectSMB1, Probes: ProbePeek | ProbeUnpatched},
	},
	{
		"a peek into a pipe that is open",
		talk{
			asks(one(head1{flags2: nt, mid: 1}, transact1(transaction1, []byte("\\PIPE\\\x00"), 0x23, 0x4000))),
			answers(one(head1{flags2: nt, mid: 1, status: statusNoResources, answer: true}, part1{transaction1, nil, nil})),
		},
		Knock{Dialect: DialectSMB1},
	},
	{
		"DoublePulsar answers",
		talk{
			asks(one(head1{flags2: nt, mid: 65}, transact1(transaction21, make([]byte, 13), 0x0e))),
			answers(one(head1{flags2: nt, mid: 81, status: statusNotImplemented, answer: true}, part1{transaction21, nil, nil})),
		},
		Knock{Dialect: DialectSMB1, Probes: ProbeImplant | ProbeImplanted},
	},
	{
		"DoublePulsar does not answer so",
		talk{
			asks(one(head1{flags2: nt, mid: 65}, transact1(transaction21, make([]byte, 13), 0x0e))),
			answers(one(head1{flags2: nt, mid: 81, status: statusAccessDenied, answer: true}, part1{transaction21, nil, nil})),
		},
		Knock{Dialect: DialectSMB1, Probes: ProbeImplant},
	},
	{
		"DoublePulsar does not answer",
		talk{
			asks(one(head1{flags2: nt, mid: 65}, transact1(transaction21, make([]byte, 13), 0x0e))),
			answers(
				one(head1{flags2: nt, mid: 65, status: statusNotImplemented, answer: true}, part1{transaction21, nil, nil}),
				one(head1{flags2: nt, mid: 81, status: statusNotImplemented, answer: true}, part1{transaction21, nil, nil}),
			),
		},
		Knock{Dialect: DialectSMB1, Probes: ProbeImplant},
	},
	{
		"a pipe called without opening it, and a mailslot",
		talk{
			asks(
				one(head1{flags2: unicode, mid: 1}, transact1(transaction1, join([]byte{0}, wide("\\PIPE\\LANMAN\x00")))),
				one(head1{flags2: nt, mid: 2}, transact1(transaction1, []byte("\\MAILSLOT\\BROWSE\x00"), 1, 1, 2)),
			),
		},
		Knock{Dialect: DialectSMB1, Pipes: PipeLANMAN},
	},
	{
		"an oplock break by the server, and an answer by the client",
		talk{
			asks(one(head1{flags2: nt, mid: 1}, treeX1(1, []byte("\\\\HOST\\C$\x00")))),
			answers(one(head1{flags2: nt, mid: 1}, treeX1(1, []byte("\\\\HOST\\D$\x00")))),
			asks(one(head1{flags2: nt, mid: 1, answer: true}, part1{treeAndX1, alone, nil})),
		},
		Knock{Dialect: DialectSMB1, Trees: Drive('C')},
	},
}

func TestSessions1(t *testing.T) {
	for _, c := range sessions1 {
		s := hear(t, c.talk)
		if s.Knock() != c.want || s.Verdict() != SMB {
			t.Errorf("%s: %d\n%+v, want\n%+v", c.name, s.Verdict(), s.Knock(), c.want)
		}
	}
}

func TestDialects1(t *testing.T) {
	offer := offer1("PC NETWORK PROGRAM 1.0", "LANMAN1.0", "Windows for Workgroups 3.1a", "LM1.2X002", "LANMAN2.1", "NT LM 0.12")
	for _, c := range []struct {
		offered bool
		words   []byte
		want    Dialect
	}{
		{true, words(0), DialectCore},
		{true, join(words(1), make([]byte, 24)), DialectLANMAN10},
		{true, join(words(2), make([]byte, 24)), DialectSMB1}, // by a name that is not known
		{true, join(words(3), make([]byte, 24)), DialectLANMAN12},
		{true, join(words(4), make([]byte, 24)), DialectLANMAN21},
		{true, join(words(5), make([]byte, 32)), DialectNTLM012},
		{true, words(0xffff), 0},
		{true, nil, 0},
		{false, join(words(5), make([]byte, 32)), DialectNTLM012},
		{false, join(words(4), make([]byte, 24)), DialectSMB1},
		{false, join(words(99), make([]byte, 32)), DialectNTLM012},
	} {
		talk := talk{answers(one(head1{answer: true}, part1{negotiate1, c.words, nil}))}
		if c.offered {
			talk = append(talk[:0:0], asks(offer), talk[0])
		}
		if s := hear(t, talk); s.Knock() != (Knock{Dialect: c.want}) {
			t.Errorf("%x after an offer (%t): %q, want %q", c.words, c.offered, s.Knock().Dialect.Names(), c.want.Names())
		}
	}
}

func TestNotNegotiated1(t *testing.T) {
	refused := one(head1{flags2: nt, status: statusUnsuccessful, answer: true}, part1{negotiate1, words(0), nil})
	if s := hear(t, talk{asks(offer1("NT LM 0.12")), answers(refused)}); s.Knock() != (Knock{}) || s.Verdict() != SMB {
		t.Errorf("%d, %+v", s.Verdict(), s.Knock())
	}
}

// TestChain holds that no chain is followed in a circle or for long.
func TestChain(t *testing.T) {
	chain := make([]part1, 0, 12)
	for i := range byte(12) {
		chain = append(chain, treeX1(0, []byte{'\\', 'A' + i, '$', 0}))
	}
	s := hear(t, talk{asks(one(head1{}, chain...))})
	if got := len(s.Knock().Trees.Names()); got != maxChain {
		t.Errorf("%d commands of a chain are read, want %d", got, maxChain)
	}
	circle := msg1(head1{}, chain[0], chain[1])
	le.PutUint16(circle[header1+3:], header1)
	if s := hear(t, talk{asks(framed(circle))}); s.Knock().Trees != Drive('A') {
		t.Errorf("circle: %q", s.Knock().Trees.Names())
	}
}
