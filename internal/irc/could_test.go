package irc

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func TestCould(t *testing.T) {
	for _, start := range []string{
		"N", "n", "ni", "NICK", "NICK ", "NICK a\r\n", " ", "   ", "\r\n", "  NICK", "PASS x", "USER a", "CAP", "CAP ", "QUIT\r\n",
		":", ":x", ":x ", ":x 0", ":x 00", ":x 001", ":x 001 a", ":a!u@h PRIVMSG #c :x", ":a@h P", ":\xff\xfe 433", "@", "@a=b;c", "@a :x", "@a :x NOTICE",
		"0", "00", "001", "002 a", "NOTICE AUTH", "NOTICE * :", "ERROR :x", "PING :x", "JOIN", "JOIN ", "JOIN :", "JOIN #", "JOIN  :&a", "MODE #x +k",
		"PRIVMSG x", "WHO #", "PRI", "POn",
	} {
		if !Could([]byte(start)) {
			t.Errorf("%q could be", start)
		}
	}
	for _, start := range []string{
		"", "G", "GET / HTTP/1.1", "HEAD", "POST", "PUT", "PATCH", "PRI *", "PROPFIND", "OPTIONS", "CONNECT", "DELETE", "HTTP/1.1 200", "TRACE",
		"\x16\x03\x01", "\x00", "\x00\x00\x00\x85\xffSMB", "\x81\x00", "SSH-2.0", "220 ", "2", "230-", "+OK", "+", "-ERR", "EHLO", "HELO", "MAIL", "RCPT", "DATA",
		"* OK", "a1 LOGIN", "AUTH ", "CAPA", "STAT", "LIST", "RETR", "MODE READER", "JOIN x", "JOIN\t", "INVITE sip:", "NOTIFY", "0032git", "003x", "006", "001\r",
		": x", "@ x", ":\x00", ":a\x01 PING", "@a\r\n", ":x 12 ", ":x 1234", ":x GET/", ":x y9", "$MyNick", "<html", "{", "\xff", "SEARCH", "*1\r\n", "\x13BitTorrent",
	} {
		if Could([]byte(start)) {
			t.Errorf("%q could not be", start)
		}
	}
}

// anyTelling is a line that may make a session take a stream for IRC: one of those of the
// talks, or of the soups, with a part of it changed.
func anyTelling(t *rapid.T) []byte {
	line := []byte(rapid.SampledFrom(append(clientLines, serverLines...)).Draw(t, "line"))
	before := rapid.SampledFrom([]string{"", "", " ", "    ", "@t=1 ", ":p ", "@t :p!u@h ", ":\xff\x80! ", "@t\x01 ", "\r\n"}).Draw(t, "before")
	line = append([]byte(before), line...)
	if rapid.Bool().Draw(t, "change") && len(line) > 0 {
		line[rapid.IntRange(0, len(line)-1).Draw(t, "at")] = rapid.SampledFrom([]byte(" :@#&+!.0123aAzZ\x00\xff\r\t")).Draw(t, "octet")
	}
	return append(line, '\n')
}

// TestCouldEveryStart: whatever a session takes for a start, or for a telling line of a
// middle, Could lets in: from its first octet on.
func TestCouldEveryStart(t *testing.T) {
	taken := 0
	rapid.Check(t, func(rt *rapid.T) {
		for range 20 {
			line := anyTelling(rt)
			if bytes.ContainsAny(bytes.TrimLeft(line[:len(line)-1], " \r\n"), "\r\n") {
				continue // two lines
			}
			for _, server := range []bool{false, true} {
				start, middle := newCaller(t, false), newCaller(t, true)
				start.send(server, line)
				middle.send(server, line)
				if m := &middle.session; m.client.telling+m.server.telling == 0 &&
					(server || start.session.Verdict() == Other) {
					continue
				}
				taken++
				for i := 1; i <= len(line); i++ {
					if !Could(line[:i]) {
						rt.Fatalf("%q of %q could be", line[:i], line)
					}
				}
			}
		}
	})
	if taken < 100 {
		t.Errorf("only %d lines were taken", taken)
	}
}

func BenchmarkCould(b *testing.B) {
	for _, c := range []struct{ name, data string }{
		{"HTTP", "GET /index.html HTTP/1.1\r\nHost: example.net\r\n"},
		{"POST", "POST /index.html HTTP/1.1\r\nHost: example.net\r\n"},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"},
		{"SMB", "\x00\x00\x00\x85\xffSMB"},
		{"NICK", "NICK anna\r\nUSER anna 0 * :Anna\r\n"},
		{"prefix", ":anna!~anna@host.example.net PRIVMSG #garden :hello\r\n"},
	} {
		data := []byte(c.data)
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				Could(data)
			}
		})
	}
}
