package smb

import (
	"slices"
	"testing"
)

func TestTrees(t *testing.T) {
	for path, want := range map[string]Trees{
		`\\10.0.0.1\ADMIN$`: TreeAdmin, `\\host\admin$`: TreeAdmin, `\\host\IPC$`: TreeIPC, `IPC$`: TreeIPC,
		`\\host\C$`: Drive('C'), `\\host\z$`: Drive('Z'), `\\host\a$\`: Drive('A'), `\\host\print$`: TreePrint,
		`\\host\PRINT$`: TreePrint, `\\dc\SysVol`: TreeSysvol, `\\dc\NETLOGON`: TreeNetlogon,
		`\\host\users`: TreeOther, `\\host\CC$`: TreeOther, `\\host\1$`: TreeOther, `\\host\$`: TreeOther,
		`\\ADMIN$\pub`: TreeOther, `\\host\ADMIN$x`: TreeOther, ``: TreeOther, `\\`: TreeOther,
		"\\\\host\\\u0143$": TreeOther, // its low octet is that of C
	} {
		if got := Trees(1 << treeOf(text{wide(path), true})); got != want {
			t.Errorf("%s in Unicode: %q", path, got.Names())
		}
		if got := Trees(1 << treeOf(text{[]byte(path), false})); got != want {
			t.Errorf("%s: %q", path, got.Names())
		}
	}
}

func TestPipes(t *testing.T) {
	for name, want := range map[string]Pipes{
		"srvsvc": PipeSrvsvc, `\browser`: PipeBrowser, `\PIPE\svcctl`: PipeSvcctl, `\\pipe\lsarpc`: PipeLsarpc,
		"SAMR": PipeSamr, "wkssvc": PipeWkssvc, "NETLOGON": PipeNetlogon, "epmapper": PipeEpmapper, "atsvc": PipeAtsvc,
		"spoolss": PipeSpoolss, "winreg": PipeWinreg, "ntsvcs": PipeNtsvcs, "msgsvc": PipeMsgsvc, "trkwks": PipeTrkwks,
		"PSEXESVC": PipePsexesvc, "psexesvc-HOST-4242-stdin": PipePsexesvc, "RemCom_communicaton": PipeRemCom,
		"srvsvc2": PipeOther, "srvsv": PipeOther, `dir\srvsvc`: PipeOther, "RemCom": PipeOther,
	} {
		for _, n := range []text{{wide(name), true}, {[]byte(name), false}} {
			if got := Pipes(1 << pipeOf(n.pipeName())); got != want {
				t.Errorf("%s: %q", name, got.Names())
			}
		}
	}
}

// TestNames holds that every member of a set has a name, and the right one.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		got  []string
		many int
		want []string
	}{
		{Dialect(1<<14 - 1).Names(), 14, nil},
		{Trees(1<<32 - 1).Names(), 32, nil},
		{Pipes(1<<32 - 1).Names(), 32, nil},
		{Reasons(1<<16 - 1).Names(), 16, nil},
		{Probes(1<<5 - 1).Names(), 5, nil},
		{(DialectNTLM012 | DialectAny2 | Dialect311).Names(), 3, []string{"SMB 1 (NT LM 0.12)", "SMB 2.???", "SMB 3.1.1"}},
		{(DialectSMB3 | Dialect202).Names(), 2, []string{"SMB 2.0.2", "SMB 3"}},
		{(TreeAdmin | TreeOther | Drive('C') | Drive('Z')).Names(), 4, []string{"ADMIN$", "other shares", "C$", "Z$"}},
		{AdminTrees.Names()[:2], 2, []string{"ADMIN$", "A$"}},
		{(PipeOther | PipeSvcctl | PipeDNSServer | PipePsexesvc).Names(), 4, []string{"svcctl", "dnsserver", "PSEXESVC", "other pipes"}},
		{Secrets.Names()[:2], 2, []string{"STATUS_LOGON_FAILURE", "STATUS_WRONG_PASSWORD"}},
		{(ProbeImplanted | ProbeGhost).Names(), 2, []string{"DoublePulsar answered", "malformed compression (CVE-2020-0796)"}},
		{Trees(0).Names(), 0, nil},
	} {
		if len(c.got) != c.many || c.want != nil && !slices.Equal(c.got, c.want) {
			t.Errorf("%q", c.got)
		}
		if sorted := slices.Compact(slices.Sorted(slices.Values(c.got))); len(sorted) != len(c.got) {
			t.Errorf("a name is given twice: %q", c.got)
		}
	}
}

func TestReasons(t *testing.T) {
	for st, want := range map[status]string{
		0xc000006d: "STATUS_LOGON_FAILURE", 0xc000006a: "STATUS_WRONG_PASSWORD", 0xc0000064: "STATUS_NO_SUCH_USER",
		0xc0000234: "STATUS_ACCOUNT_LOCKED_OUT", 0xc0000072: "STATUS_ACCOUNT_DISABLED", 0xc0000193: "STATUS_ACCOUNT_EXPIRED",
		0xc0000071: "STATUS_PASSWORD_EXPIRED", 0xc0000224: "STATUS_PASSWORD_MUST_CHANGE", 0xc000006e: "STATUS_ACCOUNT_RESTRICTION",
		0xc000006f: "STATUS_INVALID_LOGON_HOURS", 0xc0000070: "STATUS_INVALID_WORKSTATION",
		0xc000015b: "STATUS_LOGON_TYPE_NOT_GRANTED", 0xc000005e: "STATUS_NO_LOGON_SERVERS",
		0xc000018d: "STATUS_TRUSTED_RELATIONSHIP_FAILURE", 0xc0000418: "STATUS_NTLM_BLOCKED", 0xc0000022: "STATUS_ACCESS_DENIED",
	} {
		if got := st.reason().Names(); !slices.Equal(got, []string{want}) {
			t.Errorf("%#x: %q", uint32(st), got)
		}
	}
	for _, st := range []status{statusOK, statusPending, 0xc0000016, 0xc000000d, 0xc0000203} {
		if st.reason() != 0 {
			t.Errorf("%#x is a failed logon", uint32(st))
		}
	}
	for _, c := range []struct {
		class uint8
		code  uint16
		logon bool
		want  status
	}{
		{0, 0, true, statusOK},
		{1, 5, true, statusLogonFailure},
		{1, 5, false, statusAccessDenied},
		{2, 4, true, statusAccessDenied},
		{2, 2, true, statusWrongPassword},
		{1, 86, false, statusWrongPassword},
		{2, 2239, true, 0xc0000193},
		{2, 2240, true, 0xc0000070},
		{2, 2241, true, 0xc000006f},
		{2, 2242, true, 0xc0000071},
		{2, 1, true, statusUnsuccessful},
		{1, 2, true, statusUnsuccessful},
		{3, 5, true, statusUnsuccessful},
	} {
		if got := fromDOS(c.class, c.code, c.logon); got != c.want {
			t.Errorf("class %d, code %d: %#x", c.class, c.code, uint32(got))
		}
	}
}
