package irc

import "bytes"

// isReport reports whether a client's text is what bots say of their work: a tag in
// brackets, a colon, and what was done, "[SCAN]: ...". Tags are in capitals, but for the
// names of holes, of which people speak, too.
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
	return isHole(tag) && bytes.HasPrefix(said, exploit) || loud && (isBotTag(tag) || isWork(tag, said))
}

// exploit begins what bots say under the name of a hole: exploiting, exploited.
var exploit = []byte("exploit")

// trimOrnament drops what bots put around a tag.
func trimOrnament(b []byte) []byte {
	return bytes.TrimLeft(b, " .:-=*~")
}

func isUpper(b byte) bool { return b-'A' < 26 }

// isBotTag reports whether a tag is one of bots only.
func isBotTag(tag []byte) bool {
	switch string(tag) {
	case "scan", "advscan", "portscan", "keylog", "threads", "secure", "findpass", "cdkeys", "psniff",
		"rlogind", "ddos", "synflood", "tftp", "socks4", "clones", "sysinfo", "netinfo", "exploit":
		return true
	}
	return false
}

// isWork reports whether what is said under a tag that people use as well is what bots
// say under it.
func isWork(tag, said []byte) bool {
	switch string(tag) {
	case "download", "update", "ftp", "http", "httpd", "visit", "tcp", "ping", "net", "file",
		"shell", "email", "upload", "icmp", "udp", "syn":
		return beginsWith(said, deeds[:]) && names(said)
	case "main":
		return beginsWith(said, states[:])
	case "cmd", "exec", "proc", "redirect":
		return beginsWith(said, jobs[:])
	}
	return false
}

// What bots do upon something that is named, how they are, and what they do to their host.
var (
	deeds = [...]string{
		"downloading ", "downloaded ", "opened: ", "opening ", "executed ", "executing ", "updating ", "uploading ",
		"uploaded ", "file transfer ", "transfer complete", "sending ", "server listening ", "server started ",
		"flooding: ", "visited", "bad url", "couldn't open ", "error sending ",
	}
	states = [...]string{
		"status: ", "bot id", "bot started", "password accepted", "user: ", "reconnecting", "disconnecting", "removing bot", "rebooting",
	}
	jobs = [...]string{
		"remote shell ", "remote command ", "commands: ", "executed process", "couldn't execute ", "listing processes",
		"process list ", "process killed", "failed to terminate ", "tcp redirect ",
	}
)

func beginsWith(said []byte, words []string) bool {
	for _, w := range words {
		if len(said) >= len(w) && string(said[:len(w)]) == w {
			return true
		}
	}
	return false
}

// names reports whether a text names a URL, an address or a program.
func names(said []byte) bool {
	for len(said) > 0 {
		var word []byte
		word, said = cutWord(said)
		word = bytes.Trim(word, ".,:;()")
		if at, port := cutAt(word, ':'); isNumber(port) {
			word = at
		}
		if clueOf(word)&(clueURL|clueAddress|clueFile) != 0 {
			return true
		}
	}
	return false
}
