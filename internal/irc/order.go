package irc

import "bytes"

const (
	ordersKept = 8
	orderSize  = 23
	textSize   = 512 // octets of a text that are looked at
)

// orders are the distinct command verbs that reached the client, the first ones.
type orders struct {
	verbs [ordersKept]struct {
		n uint8
		b [orderSize]byte
	}
	n uint8
}

// add keeps a verb, in lower case.
func (o *orders) add(verb []byte) (news bool) {
	verb = verb[:min(len(verb), orderSize)]
	for i := range o.verbs[:o.n] {
		if v := &o.verbs[i]; bytes.Equal(v.b[:v.n], verb) {
			return false
		}
	}
	if o.n == ordersKept {
		return false
	}
	v := &o.verbs[o.n]
	v.n = uint8(copy(v.b[:], verb))
	o.n++
	return true
}

// Orders returns up to eight distinct command verbs of bots that reached the client in a
// topic, PRIVMSG or NOTICE, in lower case and without their prefix character.
func (s *Session) Orders() (verbs []string) {
	for i := range s.server.orders.verbs[:s.server.orders.n] {
		v := &s.server.orders.verbs[i]
		verbs = append(verbs, string(v.b[:v.n]))
	}
	return verbs
}

// order looks for commands at the start of text and behind each bar: some bots take
// several in one topic.
func (s *Session) order(in *input, text []byte) {
	var buf [textSize]byte
	rest := plain(&buf, text)
	fold(rest)
	for first := true; len(rest) > 0; first = false {
		var one []byte
		one, rest = cutAt(rest, '|')
		if verb := command(skipBlanks(one), first); verb != nil {
			s.changed = s.server.orders.add(verb) || s.changed
			s.note(Ordered)
			s.keep(in, keptOrder)
		}
	}
}

// command returns the verb that a bot would obey at the start of text, nil if there is
// none: behind a prefix character or two, or, where bare is true, a verb that people do
// not begin a sentence with. What people do write, as commands to bots of their own or in
// sentences, has to be followed by what looks like the arguments of a bot's command.
func command(text []byte, bare bool) []byte {
	marks := 0
	for marks < len(text) && isMark(text[marks]) {
		marks++
	}
	word, args := cutWord(text[marks:])
	switch {
	case marks > 2 || marks == 0 && !bare:
		return nil
	case marks > 0 && text[0] == '!':
		if verb := called(text, args); verb != nil {
			return verb
		}
	}
	if c := classOf(word); c != classNone && obeyed(c, marks > 0, args) {
		return word
	}
	return nil
}

// called returns the verb of a command that names whom it is for: "!* sh wget ..." as
// Kaiten takes it, "!bot @udpflood ..." as the Perl bots do.
func called(text, args []byte) []byte {
	who, _ := cutWord(text)
	word, args := cutWord(args)
	switch {
	case len(word) > 1 && word[0] == '@':
		if c := classOf(word[1:]); c != classNone && obeyed(c, true, args) {
			return word[1:]
		}
	case bytes.IndexByte(who, '*') > 0 && isKaiten(word):
		return word
	}
	return nil
}

// obeyed reports whether what stands behind a verb makes it a command; marked: it stands
// behind a prefix character.
func obeyed(c class, marked bool, args []byte) bool {
	first, rest := cutWord(args)
	if (c == classFlood || c == classScan) && isAttack(first) {
		first, rest = cutWord(rest) // ".ddos syn 192.0.2.1 80 60"
	}
	second, rest := cutWord(rest)
	third, _ := cutWord(rest)
	x, y := clueOf(first), clueOf(second)
	z := clueOf(third)
	target, armed := x&(clueAddress|clueHost|clueURL) != 0, x&(clueNumber|clueExploit) != 0
	switch c {
	case classScanner:
		return len(first) == 0 || x|y != 0 || marked && isSwitch(first)
	case classWeapon:
		return marked && (len(first) == 0 || x != 0 || isSwitch(first)) || x != 0 && y != 0
	case classHole:
		return armed && (marked || y&(clueNumber|clueFlag) != 0)
	case classFlood:
		return target && (y|z)&clueNumber != 0 && (marked || x == clueAddress)
	case classShot:
		return marked && target && y&z == clueNumber
	case classScan:
		return marked && (target && y&z == clueNumber || x == clueExploit)
	case classFetch:
		return marked && (isFetch(first, y) || x != 0 && isFetch(second, z))
	case classRun:
		return marked && (x == clueFile || isFetch(first, y) || x == clueNumber && (y == clueFile || isFetch(second, z)))
	case classSwitch:
		return marked && isSwitch(first)
	}
	return false
}

// isFetch reports whether word is the URL of a program, or any before what says how to
// take it: a file, a number.
func isFetch(word []byte, next clue) bool {
	if clueOf(word) != clueURL {
		return false
	}
	if i := bytes.Index(word, []byte("://")); i >= 0 {
		word = word[i+3:]
	}
	_, path := cutAt(word, '/')
	return next&(clueNumber|clueFile|clueFlag) != 0 || len(path) > 0 && isProgram(path)
}

// plain copies text to buf without what only colours it (mIRC's formatting) and without
// the marks of CTCP.
func plain(buf *[textSize]byte, text []byte) []byte {
	out := buf[:0]
	for i := 0; i < len(text) && len(out) < len(buf); i++ {
		switch c := text[i]; c {
		case 0x01, 0x02, 0x0f, 0x11, 0x16, 0x1d, 0x1e, 0x1f:
		case 0x03:
			i += colour(text[i+1:])
		default:
			out = append(out, c)
		}
	}
	return out
}

// colour returns the length of a colour's number: N, NN, and with a comma a second one.
func colour(b []byte) int {
	n := digits(b)
	if n > 0 && n < len(b) && b[n] == ',' {
		if m := digits(b[n+1:]); m > 0 {
			n += 1 + m
		}
	}
	return n
}

// digits returns how many of the first two octets are digits.
func digits(b []byte) (n int) {
	for n < len(b) && n < 2 && isDigit(b[n]) {
		n++
	}
	return n
}

// isMark reports whether a character is one that bots want before a command.
func isMark(b byte) bool { return bytes.IndexByte([]byte(".!$@~,-%&*`"), b) >= 0 }

func cutAt(b []byte, sep byte) (one, rest []byte) {
	if i := bytes.IndexByte(b, sep); i >= 0 {
		return b[:i], b[i+1:]
	}
	return b, nil
}
