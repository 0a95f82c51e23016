package irc

// verb is a command that this package knows by name.
type verb uint8

const (
	verbNone verb = iota
	verbAuthenticate
	verbCap
	verbError
	verbJoin
	verbKick
	verbMode
	verbNames
	verbNick
	verbNotice
	verbPart
	verbPass
	verbPing
	verbPong
	verbPrivmsg
	verbQuit
	verbStartTLS
	verbTopic
	verbUser
	verbWebIRC
	verbWho
)

// opening is a command with which a stream that is IRC may begin for us.
type opening struct {
	word      string
	registers bool // a client may send it before it has registered
	channel   bool // telling only where a channel is its first parameter
}

// openings are the commands by verb.
var openings = [...]opening{
	verbAuthenticate: {word: "authenticate", registers: true},
	verbCap:          {word: "cap", registers: true},
	verbError:        {word: "error", registers: true},
	verbJoin:         {word: "join", channel: true},
	verbKick:         {word: "kick", channel: true},
	verbMode:         {word: "mode", channel: true},
	verbNames:        {word: "names", channel: true},
	verbNick:         {word: "nick", registers: true},
	verbNotice:       {word: "notice"},
	verbPart:         {word: "part", channel: true},
	verbPass:         {word: "pass", registers: true},
	verbPing:         {word: "ping", registers: true},
	verbPong:         {word: "pong", registers: true},
	verbPrivmsg:      {word: "privmsg"},
	verbQuit:         {word: "quit", registers: true},
	verbStartTLS:     {word: "starttls", registers: true},
	verbTopic:        {word: "topic", channel: true},
	verbUser:         {word: "user", registers: true},
	verbWebIRC:       {word: "webirc", registers: true},
	verbWho:          {word: "who", channel: true},
}

// byLetter says for a first letter where its verbs stand in openings: from, behind the
// last.
var byLetter = func() (ranges [26][2]verb) {
	for v := verbNone + 1; int(v) < len(openings); v++ {
		r := &ranges[openings[v].word[0]-'a']
		if r[0] == verbNone {
			r[0] = v
		}
		r[1] = v + 1
	}
	return ranges
}()

// verbOf returns the verb that word is, in any case.
func verbOf(word []byte) verb {
	if len(word) == 0 || !isLetter(word[0]) {
		return verbNone
	}
	r := byLetter[word[0]|0x20-'a']
	for v := r[0]; v < r[1]; v++ {
		if w := openings[v].word; len(w) == len(word) && isPrefix(word, w) {
			return v
		}
	}
	return verbNone
}

// isPrefix reports whether the letters of word, in any case, are the first of whole, which
// is in lower case.
func isPrefix(word []byte, whole string) bool {
	if len(word) > len(whole) {
		return false
	}
	for i, b := range word {
		if b|0x20 != whole[i] {
			return false
		}
	}
	return true
}
