package smb

import (
	"math/bits"
	"slices"
	"testing"
)

// script writes a conversation down for the fuzzer: side, length in two octets, octets.
func script(talk talk) (b []byte) {
	for _, turn := range talk {
		for part := range slices.Chunk(turn.data, 0xffff) {
			side := byte(0)
			if turn.server {
				side = 1
			}
			b = append(b, side, byte(len(part)>>8), byte(len(part)))
			b = append(b, part...)
		}
	}
	return b
}

// play reads what script wrote; any octets are a conversation.
func play(b []byte) (talk talk) {
	for len(b) > 3 {
		n := min(int(b[1])<<8|int(b[2]), len(b)-3)
		talk = append(talk, turn{b[0]&1 != 0, b[3 : 3+n]})
		b = b[3+n:]
	}
	return talk
}

// FuzzFeed gives both sides any octets: at once and octet by octet they mean the same.
func FuzzFeed(f *testing.F) {
	for _, talk := range known(f) {
		if b := script(talk); len(b) < 10_000 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		talk := play(b)
		whole := hear(t, talk)
		check(t, whole)
		c, octets := &caller{t: t}, 0
		for _, turn := range talk {
			for i := range turn.data {
				c.feed(turn.server, turn.data[i:i+1])
			}
			octets += len(turn.data)
		}
		if c.s != *whole {
			t.Fatalf("octet by octet %+v, at once %+v", c.s, *whole)
		}
		if c.fed > octets {
			t.Fatalf("%d calls for %d octets", c.fed, octets)
		}
	})
}

// check checks what holds for every session.
func check(t *testing.T, s *Session) {
	t.Helper()
	k := s.Knock()
	for _, rule := range []struct {
		name string
		ok   bool
	}{
		{"granted and refused were asked for", (k.Granted|k.Refused)&^k.Trees == 0},
		{"written were granted", k.Written&^k.Granted == 0},
		{"no files on IPC$", k.Written&TreeIPC == 0},
		{"opened were asked for", k.Opened&^k.Pipes == 0},
		{"one dialect", bits.OnesCount16(uint16(k.Dialect)) <= 1 && k.Dialect <= DialectSMB3},
		{"failures have reasons", (k.LogonFailures > 0) == (k.Reasons != 0)},
		{"answers to probes need probes", k.Probes&ProbeUnpatched == 0 || k.Probes&ProbePeek != 0},
		{"implants need probes", k.Probes&ProbeImplanted == 0 || k.Probes&ProbeImplant != 0},
		{"what is not SMB is no knock", s.Verdict() == SMB || k == Knock{}},
		{"messages", s.client.messages <= maxMessages && s.server.messages <= maxMessages},
	} {
		if !rule.ok {
			t.Errorf("%s: %+v", rule.name, k)
		}
	}
}

// FuzzCould holds that what could be is what is not let go at once.
func FuzzCould(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x85\xffSMBr"))
	f.Add([]byte("\x81\x00\x00\x44 "))
	f.Fuzz(func(t *testing.T, b []byte) {
		first := frameHeader
		if len(b) > 0 && b[0] == sessionMessage {
			first += len(mark{})
		}
		b = b[:min(len(b), first)]
		var s Session
		s.Feed(true, b)
		if len(b) == 0 || len(b) == first {
			if Could(b) != (s.Verdict() != Other) {
				t.Errorf("%q: could be: %t, is: %d", b, Could(b), s.Verdict())
			}
		}
		for n := range b {
			if Could(b) && !Could(b[:n]) {
				t.Errorf("%q could be, %q could not", b, b[:n])
			}
		}
	})
}
