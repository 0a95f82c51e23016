package c2

import "strings"

const (
	// patternDigits is how many digits in a row make a pattern of a nick: fewer have the
	// commonest nicks, and years of birth have as many.
	patternDigits = 4
	// codeSize is how long a field may be to be a code, of which one is as good as another.
	codeSize = 3
)

// patternOf returns the hash of a nick's pattern: its letters and digits as such, codes as
// such, all else as it is. DEU|XP|483920 and USA|2K|102938 have one, and alice none: 0.
func patternOf(nick string, seed uint64) uint64 {
	s := nickShape(nick)
	if !isNumbered(nick, s.digits) && s.traits&(traitRandom|traitPlace) == 0 {
		return 0
	}
	class := make([]byte, 0, len(nick))
	for rest := nick; rest != ""; {
		var field string
		at := len(rest)
		if field, rest = cutField(rest); field != "" {
			class = appendClass(class, field)
		}
		if end := at - len(rest); end > len(field) {
			class = append(class, nick[len(nick)-at+len(field)])
		}
	}
	return hashText(string(class), seed)
}

// isNumbered reports whether a nick, of which digits is the longest run of them, has a
// number that may be drawn by lot.
func isNumbered(nick string, digits int) bool {
	if digits < patternDigits || isGuest(nick) {
		return false
	}
	number := nick[len(strings.TrimRight(nick, "0123456789")):]
	isYear := digits == len("1984") && len(number) == digits && number >= "1940" && number <= "2029"
	return !isYear
}

// appendClass appends what a field is in a pattern.
func appendClass(class []byte, field string) []byte {
	if len(field) <= codeSize || isSystem(field) {
		return append(class, 'c')
	}
	for _, b := range []byte(field) {
		switch {
		case isDigit(b):
			b = '9'
		case isLetter(b):
			b = 'a'
		}
		class = append(class, b)
	}
	return class
}

// hashText is FNV-1a over the lower case, from a seed; never 0.
func hashText(s string, seed uint64) uint64 {
	h := 14695981039346656037 ^ seed
	for i := range len(s) {
		b := s[i]
		if isUpper(b) {
			b |= 0x20
		}
		h = (h ^ uint64(b)) * 1099511628211
	}
	return max(h^h>>32, 1)
}
