package smb

import (
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSuspicious(t *testing.T) {
	for _, c := range []struct {
		knock Knock
		want  []string
	}{
		{Knock{}, nil},
		{Knock{Dialect: DialectNTLM012, Trees: TreeIPC | TreeOther, Granted: TreeOther, Written: TreeOther, Guest: true, Null: true}, nil},
		{Knock{Pipes: PipeSrvsvc | PipeSpoolss, Opened: PipeSrvsvc}, nil},
		{Knock{LogonFailures: 4, Reasons: 1}, nil},
		{Knock{LogonFailures: 5, Reasons: 1 << 12}, nil}, // no logon servers: nobody's password
		{Knock{LogonFailures: 5, Reasons: 1 | 1<<3}, []string{"5 failed logons (STATUS_LOGON_FAILURE, STATUS_ACCOUNT_LOCKED_OUT)"}},
		{
			Knock{
				Trees: TreeAdmin | Drive('C') | Drive('D') | Drive('E'), Granted: TreeAdmin | Drive('C') | Drive('D'),
				Written: TreeAdmin | TreeOther, Refused: Drive('D') | Drive('E'),
				Pipes: PipeSvcctl | PipeAtsvc | PipeLsarpc, Opened: PipeSvcctl | PipeLsarpc, Probes: ProbeImplant,
			},
			[]string{
				"check for DoublePulsar", "opened files for writing on ADMIN$", "opened control pipe svcctl",
				"asked for control pipe atsvc", "connected to C$, D$", "asked in vain for E$",
			},
		},
	} {
		if got := c.knock.Suspicious(); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.knock, got, c.want)
		}
	}
}

// TestGuessed holds that guesses on several connections add up.
func TestGuessed(t *testing.T) {
	clients, talks := recorded(t, filepath.Join("testdata", "guess.pcap"))
	var sum Knock
	for _, c := range clients {
		sum.Merge(hear(t, talks[c]).Knock())
	}
	want := []string{"6 failed logons (STATUS_LOGON_FAILURE, STATUS_ACCOUNT_DISABLED)"}
	if got := sum.Suspicious(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func knocks(t *rapid.T, label string) Knock {
	bit := func(what string) bool { return rapid.Bool().Draw(t, label+what) }
	set := func(what string) uint32 { return rapid.Uint32().Draw(t, label+what) }
	return Knock{
		Trees: Trees(set("trees")), Granted: Trees(set("granted")), Refused: Trees(set("refused")), Written: Trees(set("written")),
		Pipes: Pipes(set("pipes")), Opened: Pipes(set("opened")), Dialect: Dialect(set("dialect")),
		LogonFailures: uint16(set("failures")), Reasons: Reasons(set("reasons")), Probes: Probes(set("probes")),
		LogonOK: bit("logon"), Guest: bit("guest"), Null: bit("null"), Encrypted: bit("encrypted"), Compressed: bit("compressed"),
	}
}

// TestMerge holds that a sum does not depend on the order, loses nothing, and that its
// count of failures stays at its greatest.
func TestMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := knocks(t, "a "), knocks(t, "b "), knocks(t, "c ")
		if with(a, b) != with(b, a) || with(with(a, b), c) != with(a, with(b, c)) || with(a, Knock{}) != a {
			t.Fatal("the order matters")
		}
		sum := with(a, b)
		if got, want := int(sum.LogonFailures), min(int(a.LogonFailures)+int(b.LogonFailures), 65535); got != want {
			t.Fatalf("%d failures, want %d", got, want)
		}
		a.LogonFailures, sum.LogonFailures = 0, 0
		if with(sum, a) != sum {
			t.Fatalf("lost: %+v in %+v", a, sum)
		}
		if all := knocks(t, "all "); all.Guest && !with(Knock{}, all).Guest {
			t.Fatal("a guest is lost")
		}
	})
}
