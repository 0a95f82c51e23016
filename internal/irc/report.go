package irc

import "bytes"

// isReport reports whether a client's text is what bots say of their work: a tag in
// brackets, a colon, and what was done, "[SCAN]: ...". Tags are in capitals, but for the
// names of holes.
func isReport(text []byte) bool {
	var buf [textSize]byte
	rest := trimOrnament(plain(&buf, text))
	if len(rest) == 0 {
		return false
	}
	open := bytes.IndexByte([]byte("[(<{"), rest[0])
	if open < 0 {
		return false
	}
	end := bytes.IndexByte(rest, "])>}"[open])
	if end < 0 {
		return false
	}
	tag, rest := rest[1:end], rest[end+1:]
	said := trimOrnament(rest)
	if len(said) == 0 || bytes.IndexByte(rest[:len(rest)-len(said)], ':') < 0 {
		return false
	}
	loud := len(tag) > 1 && isUpper(tag[0]) && isUpper(tag[1])
	fold(tag)
	fold(said)
	return isHole(tag) || loud && (isBotTag(tag) || isWorkTag(tag) && isWork(said))
}

// trimOrnament drops what bots put around a tag.
func trimOrnament(b []byte) []byte {
	return bytes.TrimLeft(b, " .:-=*~")
}

func isUpper(b byte) bool { return b-'A' < 26 }

// isBotTag reports whether a tag is one of bots only.
func isBotTag(tag []byte) bool {
	switch string(tag) {
	case "main", "scan", "advscan", "portscan", "keylog", "threads", "secure", "findpass",
		"cdkeys", "psniff", "rlogind", "ddos", "syn", "synflood", "tftp", "socks4", "clones",
		"redirect", "exec", "proc", "cmd", "icmp", "udp", "sysinfo", "netinfo", "exploit":
		return true
	}
	return false
}

// isWorkTag reports whether a tag is one that people use as well.
func isWorkTag(tag []byte) bool {
	switch string(tag) {
	case "download", "update", "ftp", "http", "httpd", "visit", "tcp", "ping", "net", "file",
		"shell", "email", "upload":
		return true
	}
	return false
}

// isWork reports whether said is a piece of work of a bot, upon something that a bot works
// upon: "downloading url: http://...", "opened: a.exe".
func isWork(said []byte) bool {
	deed, rest := cutWord(said)
	deed, _ = cutAt(deed, ':')
	switch string(deed) {
	case "downloading", "downloaded", "opened", "opening", "executed", "executing", "updating",
		"uploading", "uploaded", "file", "transfer", "sending", "server", "flooding", "visited", "bad",
		"failed", "couldn't", "error":
	default:
		return false
	}
	for len(rest) > 0 {
		var word []byte
		word, rest = cutWord(rest)
		if clueOf(bytes.Trim(word, ".,:;()"))&(clueURL|clueAddress|clueFile) != 0 {
			return true
		}
	}
	return false
}
