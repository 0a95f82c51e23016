package irc

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// cutting says how streams are cut into segments.
type cutting struct {
	t   *rapid.T
	max int // octets of a segment
}

func anyCutting(t *rapid.T) cutting {
	return cutting{t, rapid.SampledFrom([]int{1, 3, 40, 600, 5000}).Draw(t, "longest segment")}
}

// play gives a session both streams: in any segments, in any interleaving.
func (c cutting) play(tb testing.TB, middle bool, streams [2][]byte) summary {
	k := newCaller(tb, middle)
	for len(streams[0])+len(streams[1]) > 0 {
		from := rapid.IntRange(0, 1).Draw(c.t, "side")
		if len(streams[from]) == 0 {
			from = 1 - from
		}
		n := min(rapid.IntRange(1, c.max).Draw(c.t, "octets"), len(streams[from]))
		k.send(from == 1, streams[from][:n])
		streams[from] = streams[from][n:]
	}
	return summarise(&k.session)
}

// TestAnyCutIsTheSame: however a talk is cut and interleaved, it is judged as in one piece.
func TestAnyCutIsTheSame(t *testing.T) {
	for _, talk := range allTalks() {
		t.Run(talk.name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				got := anyCutting(rt).play(t, talk.middle, talk.streams())
				if !reflect.DeepEqual(got, talk.want) {
					rt.Fatalf("\n%+v, want\n%+v", got, talk.want)
				}
			})
		})
	}
}

// TestEveryCutInTwo tries each place for one cut, of each side.
func TestEveryCutInTwo(t *testing.T) {
	for _, talk := range allTalks() {
		streams := talk.streams()
		for from := range streams {
			for i := range min(len(streams[from]), 1000) {
				k := newCaller(t, talk.middle)
				k.send(from == 1, streams[from][:i])
				k.send(from == 1, streams[from][i:])
				k.send(from == 0, streams[1-from])
				if got := summarise(&k.session); !reflect.DeepEqual(got, talk.want) {
					t.Fatalf("%s, side %d cut at %d:\n%+v, want\n%+v", talk.name, from, i, got, talk.want)
				}
			}
		}
	}
}

// lines of all that a session looks for, and of what it does not.
var (
	clientLines = []string{
		"NICK a", "NICK b", "nick :c", "NICK", "NICK x y z", "USER a 0 0 :r", "USER a", "USER a b", "USER", "PASS x", "CAP LS", "PING x", "PONG i.example",
		"QUIT", "JOIN #a", "JOIN #b,&c,+d,!e,#f k", "JOIN 0", "MODE #a +k x", "MODE #Z -k+l", "PRIVMSG #a :hi", "PRIVMSG #g :[SCAN]: Exploiting",
		"NOTICE b :[lsass]: exploiting 192.0.2.1", "GET / HTTP/1.1", "Host: x", "SYST", "STAT", "\x00\x01", "   ", ":x NICK d", "@a=b NICK e", "@a", ":", "NIC", "P",
	}
	serverLines = []string{
		":i.example 001 a :hi", "001 b :hi", ":i.example 433 a b :in use", "433 * c :in use", ":i.example NOTICE AUTH :***", "NOTICE x :***", "ERROR :bye", "PING :x",
		":a!u@h NICK :b", ":b!u@h NICK c", ":a!u@h JOIN :#a", ":b!v@h JOIN #q", ":i.example 332 a #a :.advscan dcom 1", ":i.example 332 a #b :hello",
		"332 a #c :.update http://x.example/a", ":x!y@z PRIVMSG #A :!asc", ":x!y@z TOPIC #k :.dcom135", ":i.example 353 a = #l :x", ":i.example 366 a #m :x",
		":i.example 324 a #b +k x", ":i.example MODE #n +k x", "220 hi", "331 password", "+OK", "-ERR", "HTTP/1.1 200 OK", "SSH-2.0-x", "\xff\x00", "", "@t=1 :i.example 001 z :hi",
	}
)

// soup is a stream of such lines, some of them too long.
func soup(t *rapid.T, lines []string) []byte {
	var b []byte
	for range rapid.IntRange(0, 9).Draw(t, "lines") {
		line := rapid.SampledFrom(lines).Draw(t, "line")
		switch rapid.IntRange(0, 15).Draw(t, "form") {
		case 0:
			line = strings.Repeat(" ", rapid.IntRange(1, 3000).Draw(t, "blanks")) + line
		case 1:
			line += strings.Repeat("x", rapid.IntRange(400, 5000).Draw(t, "more"))
		case 2:
			line = "@" + strings.Repeat("t", rapid.IntRange(1, 9000).Draw(t, "tags")) + " " + line
		case 3:
			line = "@t" + strings.Repeat("\x01", rapid.IntRange(1, 3000).Draw(t, "tags")) + " " + line
		}
		b = append(b, line...)
		b = append(b, rapid.SampledFrom([]string{"\r\n", "\r\n", "\n", "\r", "\n\n", ""}).Draw(t, "end")...)
	}
	return b
}

// TestAnyOrderOfAnyLines: also where the two sides contradict each other, what comes out
// depends on neither segments nor interleaving.
func TestAnyOrderOfAnyLines(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		middle := rapid.Bool().Draw(rt, "middle")
		streams := [2][]byte{soup(rt, clientLines), soup(rt, serverLines)}
		k := newCaller(t, middle)
		k.send(false, streams[0])
		k.send(true, streams[1])
		want := summarise(&k.session)
		for range 8 {
			if got := anyCutting(rt).play(t, middle, streams); !reflect.DeepEqual(got, want) {
				rt.Fatalf("%q\n%q\n%+v, in one piece\n%+v", streams[0], streams[1], got, want)
			}
		}
	})
}
