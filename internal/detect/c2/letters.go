package c2

import "strings"

// cutField returns the first field of a nick and what is behind its separator. An
// underscore separates, too, as do all characters that nicks may have and words have not
// (RFC 2812, 2.3.1).
func cutField(nick string) (field, rest string) {
	for i := range len(nick) {
		if b := nick[i]; !isLetter(b) && !isDigit(b) && b < 0x80 {
			return nick[:i], nick[i+1:]
		}
	}
	return nick, ""
}

func isDigit(b byte) bool  { return b-'0' < 10 }
func isLetter(b byte) bool { return b|0x20-'a' < 26 }
func isUpper(b byte) bool  { return b-'A' < 26 }

// runEnd returns where the run of digits, or of anything else, ends that begins at start.
func runEnd(field string, start int) int {
	end := start + 1
	for end < len(field) && isDigit(field[end]) == isDigit(field[start]) {
		end++
	}
	return end
}

// risesIn counts the capitals behind a small letter.
func risesIn(run string) (n int) {
	for i := 1; i < len(run); i++ {
		if isUpper(run[i]) && isLetter(run[i-1]) && !isUpper(run[i-1]) {
			n++
		}
	}
	return n
}

// rare are the letters that hardly ever follow a letter in words and names of Europe's
// languages, where nicks come from.
var rare = masks(map[byte]string{
	'b': "fgkmnpqvwxz",
	'c': "bdfgjmnpqvwx",
	'd': "bcfgkpqvx",
	'f': "bcdghkmnpqvwxz",
	'g': "cfjkpqtvxz",
	'h': "bcdfgjkpqvxz",
	'i': "wy",
	'j': "bcdfghklmpqrstvwxyz",
	'k': "cdfgmpqxz",
	'l': "qrwx",
	'm': "fghjkqtvwxz",
	'n': "pqx",
	'o': "q",
	'p': "bcdgjkmqvwxz",
	'q': "abcdefghjklmnopqrstvwxyz",
	'r': "qx",
	's': "bfgjqrvxz",
	't': "bdgjpqx",
	'u': "qw",
	'v': "bcdfghjkmpqtwxz",
	'w': "cfgjmpqvxz",
	'x': "bdfgjklmnqrsvwz",
	'y': "qvwxy",
	'z': "bcdfgjnpqrsvx",
})

func masks(follow map[byte]string) (m [26]uint32) {
	for a, letters := range follow {
		for i := range len(letters) {
			m[a-'a'] |= 1 << (letters[i] - 'a')
		}
	}
	return m
}

// digraphs are consonants that are written with several letters and spoken as one.
var digraphs = []string{"tsch", "sch", "tch", "ch", "th", "sh", "ph", "ck", "tz", "cz", "sz", "ng", "gh"}

const (
	randomLetters    = 5 // fewer tell nothing
	randomConsonants = 5 // so many in a row are no word
)

// isRandom reports whether letters were drawn by lot: five consonants in a row, or two
// pairs and a quarter of all that hardly a word has. It takes letters without accents;
// what else there is makes it no.
func isRandom(s string) bool {
	if len(s) < randomLetters {
		return false
	}
	s = strings.ToLower(s)
	consonants, odd, pairs := 0, 0, 0
	for i := 0; i < len(s); {
		if !isLetter(s[i]) {
			return false
		}
		n := letterAt(s[i:])
		if consonants++; strings.IndexByte("aeiouy", s[i]) >= 0 {
			consonants = 0
		}
		if consonants == randomConsonants {
			return true
		}
		if i += n; i < len(s) && isLetter(s[i]) {
			pairs++
			odd += int(rare[s[i-1]-'a'] >> (s[i] - 'a') & 1)
		}
	}
	return odd >= 2 && odd*4 >= pairs
}

// letterAt returns how many octets the letter takes that s begins with: several for a
// digraph, and for one that is repeated.
func letterAt(s string) int {
	for _, d := range digraphs {
		if strings.HasPrefix(s, d) {
			return len(d)
		}
	}
	n := 1
	for n < len(s) && s[n] == s[0] {
		n++
	}
	return n
}
