package irc

import (
	"reflect"
	"slices"
	"testing"
	"unsafe"
)

// allTalks are the talks of all kinds.
func allTalks() []talk { return slices.Concat(people, bots, others) }

func TestTalks(t *testing.T) {
	for _, talk := range allTalks() {
		if got := summarise(talk.run(t)); !reflect.DeepEqual(got, talk.want) {
			t.Errorf("%s:\n%+v, want\n%+v", talk.name, got, talk.want)
		}
	}
}

func TestOtherIsFoundEarly(t *testing.T) {
	for _, start := range []string{
		"G", "\x16", "\x00\x00\x00\x54\xffSMB", "SSH-", "EHLO", "HE", "OPTIONS", "CAPA", "AUTH ", "POST", "PUT",
		"MODE", "JOIN", "PRIVMSG", "* OK", ":a GET", "@a=b GET", "  GET", "NICK\tx", "NIC\r\n", "P\n", "USERS\n", "NICK:a\n",
	} {
		k := newCaller(t, false)
		k.send(false, []byte(start))
		if got := k.session.Verdict(); got != Other {
			t.Errorf("%q is %v", start, got)
		}
	}
	for _, start := range []string{"N", "nick", "NICK", "NICK ", "U", "  us", "@a=b", "@a=b :", ":x", ":x ", ":x P", "ca", "WEBIRC x y z a"} {
		k := newCaller(t, false)
		k.send(false, []byte(start))
		if got := k.session.Verdict(); got != Undecided {
			t.Errorf("%q is %v", start, got)
		}
	}
}

func TestNothingIsKeptOfOthers(t *testing.T) {
	k := newCaller(t, false)
	k.send(true, []byte("220 hi\r\n"))
	k.send(false, []byte("USER anna\r\nPASS secret\r\nSYST\r\n"))
	if want := (Session{verdict: Other, changed: true}); k.session != want {
		t.Errorf("%+v", k.session)
	}
	if used, changed := k.session.Feed(1, true, []byte("more")); used != 4 || changed {
		t.Errorf("%d used, changed %v", used, changed)
	}
}

func TestStartForgets(t *testing.T) {
	s := bots[0].run(t)
	if s.Start(false); *s != (Session{}) {
		t.Errorf("%+v", s)
	}
	if s.Start(true); *s != (Session{facts: Middle}) {
		t.Errorf("%+v", s)
	}
}

func TestChangedOnlyByNews(t *testing.T) {
	s := bots[0].run(t)
	for _, line := range []string{
		":x!y@z PRIVMSG #lobby :good morning\r\n", "PING :c2.example\r\n", ":c2.example 372 a :- motd\r\n",
		":c2.example 332 USA|0262937047 #sl0w :.advscan dcom135 200 3 0 -r -s\r\n",
	} {
		if used, changed := s.Feed(9, true, []byte(line)); changed || used != len(line) {
			t.Errorf("%q: changed %v, %d used", line, changed, used)
		}
	}
	line := []byte(":x!y@z PRIVMSG #lobby :.asc netapi 100 5 0\r\n")
	if _, changed := s.Feed(9, true, line); !changed {
		t.Error("an order changes nothing")
	}
}

func TestSessionIsSmallAndWithoutPointers(t *testing.T) {
	if size := unsafe.Sizeof(Session{}); size > 2816 {
		t.Errorf("%d octets", size)
	}
	if p := pointer(reflect.TypeFor[Session]()); p != "" {
		t.Errorf("a pointer: %s", p)
	}
}

// pointer returns the first type within typ that holds a pointer.
func pointer(typ reflect.Type) string {
	switch typ.Kind() {
	case reflect.Struct:
		for i := range typ.NumField() {
			if p := pointer(typ.Field(i).Type); p != "" {
				return p
			}
		}
	case reflect.Array:
		return pointer(typ.Elem())
	case reflect.Pointer, reflect.Slice, reflect.String, reflect.Map, reflect.Func, reflect.Interface, reflect.Chan, reflect.UnsafePointer:
		return typ.String()
	}
	return ""
}

func TestNames(t *testing.T) {
	if got := (Registered | Middle | Refused).Names(); !slices.Equal(got, []string{"registered", "middle", "refused"}) {
		t.Errorf("%q", got)
	}
	if len(factNames) != 11 || Refused != 1<<10 {
		t.Error("a fact without a name")
	}
	for v, want := range map[Verdict]string{Undecided: "undecided", IRC: "irc", Other: "other"} {
		if got := v.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	var texts [][2]any
	for _, talk := range bots {
		for _, turn := range talk.turns {
			texts = append(texts, [2]any{turn.server, []byte(turn.text)})
		}
	}
	var s Session
	if n := testing.AllocsPerRun(100, func() {
		s.Start(false)
		for i := range texts {
			s.Feed(1, texts[i][0].(bool), texts[i][1].([]byte))
		}
	}); n != 0 {
		t.Errorf("Feed allocates %v times", n)
	}
	line := []byte("@a=b :n!u@h PRIVMSG #c :some text")
	if n := testing.AllocsPerRun(100, func() {
		if _, ok := Parse(line); !ok || !Could(line) {
			t.Error("not IRC")
		}
	}); n != 0 {
		t.Errorf("Parse and Could allocate %v times", n)
	}
}
