package alert_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/wormwatch/wormwatch/internal/alert"
)

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 hosts", 1: "1 host", 2: "2 hosts"} {
		if got := alert.Count(n, "host"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

// One of a thing is not said to be several.
func TestTextOfOne(t *testing.T) {
	edge := egress()
	edge.Edge.Contacts, edge.Edge.Peers, edge.Edge.Answered, edge.Edge.Bytes, edge.Edge.LowerBound = 1, 1, 1, 1, false
	edge.Edge.Knock = &alert.Knock{Hosts: 1, Dialects: []string{"SMB 3.1.1"}, LogonFailures: 1, Encrypted: 1}
	got := write(t, &edge)
	for _, want := range []string{"; 1 contact\n", " 1 peer, 1 answered, 1 octet of payload", " 1 host: SMB 3.1.1;", "; 1 refused logon;"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// What is not known yet is not denied, and learning is not of addresses only.
func TestTextOfAnAttempt(t *testing.T) {
	f := ircBot()
	f.IRC.Answered, f.IRC.Visibility = false, alert.VisibilityLearning
	got := write(t, &f)
	for _, want := range []string{", in clear, no answer so far,", "still learning what is usual here"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// Only who was heard to give orders is said to.
func TestTreeOfABotWithoutOrders(t *testing.T) {
	f := ircBot()
	for orders, want := range map[string]string{"": "a bot on 203.0.113.9:4915", "advscan": "orders from 203.0.113.9:4915"} {
		f.IRC.Orders = strings.Fields(orders)
		tree := alert.NewTree(1)
		tree.Add(&f)
		var out bytes.Buffer
		if err := tree.Write(&out); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%v, no %q in\n%s", err, want, out.String())
		}
	}
}

func write(t *testing.T, f *alert.Finding) string {
	t.Helper()
	var out bytes.Buffer
	if err := alert.NewText(&out, false).Write(f); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
