package smb

import (
	"bytes"
	"testing"
	"unsafe"
)

func TestLimits(t *testing.T) {
	if n := unsafe.Sizeof(Session{}); n > 200 {
		t.Errorf("a session takes %d octets", n)
	}
	many := make([][]byte, 0, 70)
	for i := range uint32(70) {
		many = append(many, framed(tree2(i, `\\host\`+string(rune('A'+i%26))+`$`)))
	}
	s := hear(t, talk{asks(many[:63]...)})
	if s.Done() {
		t.Error("done after 63 requests")
	}
	used, _ := s.Feed(false, join(many[63:]...))
	if want := len(join(many[63:]...)); used != want || !s.Done() {
		t.Errorf("of %d octets behind the last request %d are used; done: %t", want, used, s.Done())
	}
	if s.Feed(true, framed(answer2(create2, 1, statusOK))); s.Done() {
		t.Error("done although the server has begun to speak")
	}
	if s := hear(t, talk{asks(bytes.Repeat([]byte("\x85\x00\x00\x00"), 64))}); !s.Done() {
		t.Error("keep-alives for ever")
	}
}

// TestForgotten holds what goes when more is asked for than is kept: the oldest of more
// than eight requests, the oldest of more than six shares.
func TestForgotten(t *testing.T) {
	var asked, writes [][]byte
	for i := range uint32(10) {
		asked = append(asked, framed(tree2(i, `\\host\`+string(rune('A'+i))+`$`)))
		writes = append(writes, framed(create2Ask(20+i, 100+i, 2, "a.exe")))
	}
	c := &caller{t: t}
	c.feed(false, join(asked...))
	for i := range uint32(10) {
		c.feed(true, framed(treeAnswer2(i, 100+i, statusOK)))
	}
	if got, want := c.s.Knock().Granted, c.s.Knock().Trees&^(Drive('A')|Drive('B')); got != want {
		t.Errorf("granted %q, want %q", got.Names(), want.Names())
	}
	for i, w := range writes {
		c.feed(false, w)
		c.feed(true, framed(answer2(create2, 20+uint32(i), statusOK)))
	}
	if got, want := c.s.Knock().Written, c.s.Knock().Granted&^(Drive('C')|Drive('D')); got != want {
		t.Errorf("written %q, want %q", got.Names(), want.Names())
	}
}

// TestBulk holds that what does not matter is used up before it comes.
func TestBulk(t *testing.T) {
	write := framed(msg2(head2{command: 9, id: 4}, make([]byte, 60_000)))
	var s Session
	used, _ := s.Feed(false, write[:frameHeader+header2])
	if used != len(write) {
		t.Errorf("of a write of %d octets %d are used", len(write), used)
	}
	for range 20 {
		s.Feed(false, write[:frameHeader+header2])
	}
	if s.Feed(true, framed(negotiated2(0x0302))); s.Done() {
		t.Error("done although the server was hardly heard")
	}
	if !s.client.stopped() {
		t.Error("a megabyte of a client is not enough")
	}
}

func TestNotSMB(t *testing.T) {
	for name, data := range map[string]string{
		"HTTP":            "GET / HTTP/1.0\r\n\r\n",
		"TLS":             "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"RPC":             "\x05\x00\x0b\x03\x10\x00\x00\x00\x48\x00\x00\x00",
		"empty message":   "\x00\x00\x00\x00\xfeSMB",
		"short message":   "\x00\x00\x00\x1f\xfeSMB",
		"wrong mark":      "\x00\x00\x00\x54\xfeSMC",
		"zeros":           "\x00\x00\x00\x00\x00\x00\x00\x00",
		"long request":    "\x81\x00\xff\xff",
		"keep-alive of 1": "\x85\x00\x00\x01",
	} {
		s := hear(t, talk{{false, []byte(data)}})
		if s.Verdict() != Other || !s.Done() || s.Knock() != (Knock{}) {
			t.Errorf("%s: %d, done %t", name, s.Verdict(), s.Done())
		}
		if Could([]byte(data)) {
			t.Errorf("%s could be SMB", name)
		}
		if used, changed := s.Feed(true, make([]byte, 10)); used != 10 || changed {
			t.Errorf("%s: %d used, changed %t", name, used, changed)
		}
	}
	// What becomes unreadable later was SMB all the same.
	s := hear(t, talk{asks(framed(tree2(1, `\\host\C$`)), []byte("GET / HTTP/1.0\r\n"), framed(tree2(2, `\\host\D$`)))})
	if s.Verdict() != SMB || s.Knock().Trees != Drive('C') || !s.Done() {
		t.Errorf("verdict %d, %q, done %t", s.Verdict(), s.Knock().Trees.Names(), s.Done())
	}
}

// TestCould holds that every beginning of a real stream could be one.
func TestCould(t *testing.T) {
	for _, c := range []string{
		"\x81\x00\x00\x44 CKFDENECFDEFFCFGEFFCCACACACACACA\x00", "\x82\x00\x00\x00", "\x83\x00\x00\x01\x82",
		"\x84\x00\x00\x06\x0a\x00\x00\x01\x00\x8b", "\x85\x00\x00\x00", "\x00\x00\x00\x85\xffSMBr", "\x00\x00\x00\xd4\xfeSMB@",
		"\x00\x01\x00\x00\xfdSMB", "\x00\x00\x00\x80\xfcSMB",
	} {
		for n := range len(c) + 1 {
			if !Could([]byte(c[:n])) {
				t.Errorf("%q cannot be", c[:n])
			}
		}
	}
}
