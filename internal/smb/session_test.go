package smb

import "testing"

func asks(messages ...[]byte) turn    { return turn{false, join(messages...)} }
func answers(messages ...[]byte) turn { return turn{true, join(messages...)} }

// sessions are conversations built by the book.
var sessions = []struct {
	name string
	talk talk
	want Knock
}{
	{
		"shares: answers in another order, one asked in vain",
		talk{
			asks(framed(tree2(1, `\\host\ADMIN$`)), framed(tree2(2, `\\host\d$`)), framed(tree2(3, `\\host\print$`))),
			answers(framed(treeAnswer2(3, 7, statusOK)), framed(treeAnswer2(2, 0, 0xc00000cc)), framed(treeAnswer2(1, 5, statusOK))),
		},
		Knock{
			Dialect: DialectSMB2, Trees: TreeAdmin | Drive('D') | TreePrint, Granted: TreeAdmin | TreePrint,
			Refused: Drive('D'),
		},
	},
	{
		"share: pending is no answer, the answer follows",
		talk{
			asks(framed(tree2(1, `\\host\C$`))),
			answers(framed(treeAnswer2(1, 0, statusPending)), framed(treeAnswer2(1, 5, statusAccessDenied))),
		},
		Knock{Dialect: DialectSMB2, Trees: Drive('C'), Refused: Drive('C')},
	},
	{
		"share: an answer to nobody, and one by the wrong side",
		talk{asks(framed(tree2(1, `\\host\C$`)), framed(treeAnswer2(1, 5, statusOK))), answers(framed(treeAnswer2(2, 5, statusOK)))},
		Knock{Dialect: DialectSMB2, Trees: Drive('C')},
	},
	{
		"pipes: on IPC$ any name, elsewhere none",
		talk{
			asks(framed(tree2(1, `\\host\IPC$`)), framed(tree2(2, `\\host\pub`))),
			answers(framed(treeAnswer2(1, 5, statusOK)), framed(treeAnswer2(2, 6, statusOK))),
			asks(framed(compound(
				create2Ask(3, 5, 0x0012019f, "svcctl"), create2Ask(4, 5, 0x0012019f, "random"),
				create2Ask(5, 6, 0x00120089, "browser"), create2Ask(6, 5, 0x0012019f, "")))),
			answers(framed(compound(answer2(create2, 3, statusOK), answer2(create2, 4, statusAccessDenied), answer2(create2, 5, statusOK)))),
		},
		Knock{
			Dialect: DialectSMB2, Trees: TreeIPC | TreeOther, Granted: TreeIPC | TreeOther,
			Pipes: PipeSvcctl | PipeOther, Opened: PipeSvcctl,
		},
	},
	{
		"pipes: on a share that is not known only known names",
		talk{
			asks(framed(create2Ask(3, 5, 3, "lsarpc")), framed(create2Ask(4, 5, 3, "letter.doc"))),
			answers(framed(answer2(create2, 3, statusOK)), framed(answer2(create2, 4, statusOK))),
		},
		Knock{Dialect: DialectSMB2, Pipes: PipeLsarpc, Opened: PipeLsarpc},
	},
	{
		"writing: allowed on C$, refused on ADMIN$, only reading on E$",
		talk{
			asks(framed(tree2(1, `\\host\C$`)), framed(tree2(2, `\\host\ADMIN$`)), framed(tree2(3, `\\host\E$`))),
			answers(framed(treeAnswer2(1, 1, statusOK)), framed(treeAnswer2(2, 2, statusOK)), framed(treeAnswer2(3, 3, statusOK))),
			asks(framed(create2Ask(4, 1, 0x40000000, "a.exe")), framed(create2Ask(5, 2, 0x2, "a.exe")), framed(create2Ask(6, 3, 0x00120089, "a.exe"))),
			answers(framed(answer2(create2, 4, statusOK)), framed(answer2(create2, 5, statusAccessDenied)), framed(answer2(create2, 6, statusOK))),
		},
		Knock{
			Dialect: DialectSMB2, Trees: Drive('C') | TreeAdmin | Drive('E'), Granted: Drive('C') | TreeAdmin | Drive('E'),
			Written: Drive('C'),
		},
	},
	{
		"null session: the server says so",
		talk{asks(framed(session2(1, ntlm("", 0)))), answers(framed(sessionAnswer2(1, statusOK, 2)))},
		Knock{Dialect: DialectSMB2, Null: true},
	},
	{
		"null session: the server does not say so",
		talk{asks(framed(session2(1, ntlm("", 0)))), answers(framed(sessionAnswer2(1, statusOK, 0)))},
		Knock{Dialect: DialectSMB2, Null: true},
	},
	{
		"null session: refused, which is no failed logon",
		talk{asks(framed(session2(1, ntlm("", 0)))), answers(framed(sessionAnswer2(1, statusAccessDenied, 0)))},
		Knock{Dialect: DialectSMB2},
	},
	{
		"a logon over several rounds, then a wrong password twice",
		talk{
			asks(framed(session2(1, []byte("NTLMSSP\x00\x01\x00\x00\x00")))), answers(framed(sessionAnswer2(1, 0xc0000016, 0))),
			asks(framed(session2(2, ntlm("ann", 24)))), answers(framed(sessionAnswer2(2, statusOK, 0))),
			asks(framed(session2(3, ntlm("bob", 24)))), answers(framed(sessionAnswer2(3, statusLogonFailure, 0))),
			asks(framed(session2(4, ntlm("bob", 24)))), answers(framed(sessionAnswer2(4, 0xc0000234, 0))),
			asks(framed(session2(5, ntlm("bob", 24)))), answers(framed(sessionAnswer2(5, 0xc000000d, 0))),
		},
		Knock{Dialect: DialectSMB2, LogonOK: true, LogonFailures: 2, Reasons: 1<<0 | 1<<3},
	},
	{
		"null session: only the server's word",
		talk{asks(framed(session2(1, ntlm("", 0)[:30]))), answers(framed(sessionAnswer2(1, statusOK, 2)))},
		Knock{Dialect: DialectSMB2, Null: true},
	},
	{
		"a token that is cut short is no null session",
		talk{asks(framed(session2(1, ntlm("", 0)[:30]))), answers(framed(sessionAnswer2(1, statusOK, 0)))},
		Knock{Dialect: DialectSMB2, LogonOK: true},
	},
	{
		"share: a warning is neither yes nor no",
		talk{asks(framed(tree2(1, `\\host\C$`))), answers(framed(treeAnswer2(1, 5, 0x80000005)))},
		Knock{Dialect: DialectSMB2, Trees: Drive('C')},
	},
	{
		"share ids used again",
		talk{
			asks(framed(tree2(1, `\\host\IPC$`))), answers(framed(treeAnswer2(1, 5, statusOK))),
			asks(framed(create2Ask(2, 5, 3, ""))), answers(framed(answer2(create2, 2, statusOK))),
			asks(framed(tree2(3, `\\host\C$`))), answers(framed(treeAnswer2(3, 5, statusOK))),
			asks(framed(create2Ask(4, 5, 4, "svcctl"))), answers(framed(answer2(create2, 4, statusOK))),
		},
		Knock{
			Dialect: DialectSMB2, Trees: TreeIPC | Drive('C'), Granted: TreeIPC | Drive('C'), Written: Drive('C'),
		},
	},
	{
		"links of a compound that lead nowhere",
		talk{asks(
			framed(linked(tree2(1, `\\host\C$`), 68), make([]byte, 100)), framed(linked(tree2(2, `\\host\D$`), 88)), framed(linked(tree2(3, `\\host\E$`), 8)),
			framed(linked(tree2(4, `\\host\F$`), 1<<31)), framed(tree2(5, `\\host\G$`)),
		)},
		Knock{Dialect: DialectSMB2, Trees: Drive('C') | Drive('D') | Drive('E') | Drive('F') | Drive('G')},
	},
	{
		"a name farther behind than is looked at, a name before the message, a name that is cut",
		talk{asks(
			framed(renamed(1, 600, 12)), framed(renamed(2, 10, 12)), framed(renamed(3, 500, 0xffff)), framed([]byte("\xfeSMB"), make([]byte, 40)),
		)},
		Knock{Dialect: DialectSMB2},
	},
	{
		"encrypted after what tells less",
		talk{asks(framed(tree2(1, `\\host\C$`)), framed([]byte("\xfdSMB"), make([]byte, 100)))},
		Knock{Dialect: DialectSMB3, Trees: Drive('C'), Encrypted: true},
	},
	{
		"encrypted from the first octet",
		talk{asks(framed([]byte("\xfdSMB"), make([]byte, 100)))},
		Knock{Dialect: DialectSMB3, Encrypted: true},
	},
	{
		"compressed, as it should be",
		talk{asks(framed([]byte("\xfcSMB\x00\x10\x00\x00\x01\x00\x00\x00\x40\x00\x00\x00"), make([]byte, 100)))},
		Knock{Dialect: DialectSMB3, Compressed: true},
	},
	{
		"compressed, chained: the field is a length",
		talk{asks(framed([]byte("\xfcSMB\x00\x10\x00\x00\x01\x00\x01\x00\xff\xff\xff\xff"), make([]byte, 100)))},
		Knock{Dialect: DialectSMB3, Compressed: true},
	},
	{
		"compressed, data behind the end",
		talk{asks(framed([]byte("\xfcSMB\xff\xff\xff\xff\x01\x00\x00\x00\x65\x00\x00\x00"), make([]byte, 100)))},
		Knock{Dialect: DialectSMB3, Compressed: true, Probes: ProbeGhost},
	},
	{
		"compressed, by the server",
		talk{answers(framed([]byte("\xfcSMB\xff\xff\xff\xff\x01\x00\x00\x00\xff\xff\xff\xff"), make([]byte, 100)))},
		Knock{Dialect: DialectSMB3, Compressed: true},
	},
}

func TestSessions(t *testing.T) {
	for _, c := range sessions {
		s := hear(t, c.talk)
		if s.Knock() != c.want || s.Verdict() != SMB {
			t.Errorf("%s: %d\n%+v, want\n%+v", c.name, s.Verdict(), s.Knock(), c.want)
		}
	}
}

func TestDialects(t *testing.T) {
	for revision, want := range map[uint16]Dialect{
		0x0202: Dialect202, 0x0210: Dialect210, 0x0300: Dialect300, 0x0302: Dialect302, 0x0311: Dialect311,
		0x02ff: DialectAny2, 0x0999: 0,
	} {
		if s := hear(t, talk{answers(framed(negotiated2(revision)))}); s.Knock() != (Knock{Dialect: want}) {
			t.Errorf("%#04x: %q", revision, s.Knock().Dialect.Names())
		}
	}
	refused := msg2(head2{command: negotiate2, status: 0xc00000bb, answer: true}, words(65, 1, 0x0311))
	if s := hear(t, talk{answers(framed(negotiated2(0x0302)), framed(refused), framed(negotiated2(0x0999)))}); s.Knock().Dialect != Dialect302 {
		t.Errorf("after a refusal and a revision that is not known: %q", s.Knock().Dialect.Names())
	}
	// The wildcard, and the choice in a second round.
	s := hear(t, talk{
		asks(offer1("NT LM 0.12", "SMB 2.002", "SMB 2.???")), answers(framed(negotiated2(0x02ff))),
		asks(framed(msg2(head2{command: negotiate2}, make([]byte, 36)))), answers(framed(negotiated2(0x0311))),
	})
	if s.Knock().Dialect != Dialect311 {
		t.Errorf("in two rounds: %q", s.Knock().Dialect.Names())
	}
}
