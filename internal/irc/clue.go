package irc

import "bytes"

// clue is what an argument of a bot's command looks like.
type clue uint8

const (
	clueURL clue = 1 << iota
	clueNumber
	clueAddress // IPv4, also with wild cards or a prefix length
	clueHost
	clueFile // a program of Windows or a shell
	clueFlag // -r
	clueExploit
)

// clueOf returns what word, in lower case, looks like; 0 for any other word.
func clueOf(word []byte) clue {
	switch {
	case len(word) == 0:
		return 0
	case isURL(word):
		return clueURL
	case isNumber(word):
		return clueNumber
	case isAddress(word):
		return clueAddress
	case len(word) == 2 && word[0] == '-' && isLetter(word[1]):
		return clueFlag
	case isHole(word):
		return clueExploit
	case isProgram(word):
		return clueFile
	case isHost(word):
		return clueHost
	}
	return 0
}

// isURL: with a scheme, with www, or a host with a path.
func isURL(word []byte) bool {
	if i := bytes.Index(word, []byte("://")); i > 0 {
		return len(word) > i+3
	}
	if bytes.HasPrefix(word, []byte("www.")) {
		return len(word) > 6
	}
	host, path := cutAt(word, '/')
	host, _ = cutAt(host, ':')
	return len(path) > 0 && (isHost(host) || isAddress(host) && !isNumber(path))
}

func isNumber(word []byte) bool {
	for _, c := range word {
		if !isDigit(c) {
			return false
		}
	}
	return len(word) > 0 && len(word) < 10
}

// isAddress: four parts of up to three digits or a wild card, as bots take ranges.
func isAddress(word []byte) bool {
	word, _ = cutAt(word, '/')
	parts := 0
	for {
		part, rest := cutAt(word, '.')
		if len(part) == 0 || len(part) > 3 {
			return false
		}
		if !isNumber(part) && string(part) != "x" && string(part) != "*" {
			return false
		}
		parts++
		if len(part) == len(word) {
			return parts == 4
		}
		word = rest
	}
}

// isHost: labels of letters, digits and hyphens, the last of letters.
func isHost(word []byte) bool {
	dot := bytes.LastIndexByte(word, '.')
	if dot < 1 || len(word)-dot < 3 {
		return false
	}
	for i, c := range word {
		if !isLetter(c) && (i > dot || !isDigit(c) && c != '-' && c != '.') {
			return false
		}
	}
	return true
}

// isProgram reports whether word is a file that runs, or a path of Windows.
func isProgram(word []byte) bool {
	if len(word) > 3 && isLetter(word[0]) && word[1] == ':' && word[2] == '\\' || word[0] == '%' && bytes.IndexByte(word, '\\') > 0 {
		return true
	}
	dot := bytes.LastIndexByte(word, '.')
	if dot < 1 {
		return false
	}
	switch string(word[dot+1:]) {
	case "exe", "scr", "pif", "bat", "cmd", "dll", "sys", "vbs", "ps1", "sh", "pl":
		return true
	}
	return false
}
