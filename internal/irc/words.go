package irc

import "bytes"

// class says how a command verb of bots is told from a word of people. The verbs are those
// of the families that spread over these ports: Rbot, SDbot, Agobot and Phatbot, Spybot,
// GTbot, and of Kaiten and the Perl bots.
type class uint8

const (
	classNone    class = iota
	classScanner       // nobody else says it: also without a prefix character
	classWeapon        // the same, but people have names for their own things, too: without one only with two arguments
	classHole          // people speak of holes and what has them: with a number of threads
	classFlood         // people speak of it: with a target and a number
	classShot          // people have tools of that name: with a target and two, always behind a prefix character
	classScan          // likewise, or with the hole to try
	classFetch         // likewise with a URL of a program, or what to do with it
	classRun           // likewise, or with a program
	classSwitch        // likewise, on and off
)

// classOf returns the class of a verb, which is in lower case.
func classOf(verb []byte) class {
	switch string(verb) {
	case "advscan", "ntscan", "sdscan":
		return classScanner
	case "scanall", "scanstop", "scanstats", "findpass", "getcdkeys", "psniff", "opencmd", "rndnick",
		"flusharp", "killthread", "rloginserver", "tftpserver", "httpcon":
		return classWeapon
	case "asc", "socks4":
		return classHole
	case "ddos", "synflood", "udpflood", "icmpflood", "pingflood", "tcpflood", "httpflood", "ackflood":
		return classFlood
	case "syn", "ack", "udp", "icmp", "tcp", "ping", "flood", "http", "portscan":
		return classShot
	case "scan":
		return classScan
	case "download", "dl", "update", "visit", "wget":
		return classFetch
	case "execute", "exec", "open", "run":
		return classRun
	case "spread", "keylog":
		return classSwitch
	}
	if isHole(verb) {
		return classHole
	}
	return dotted(verb)
}

// dotted returns the class of a verb of Agobot's form, FAMILY.ACTION. Programmers write
// most of them, too.
func dotted(verb []byte) class {
	family, action := cutAt(verb, '.')
	switch string(family) {
	case "ddos":
		if isAttack(action) || isSwitch(action) || bytes.HasPrefix(action, []byte("phat")) {
			return classScanner
		}
	case "scan", "advscan", "root":
		switch string(action) {
		case "addnetrange", "delnetrange", "listnetranges", "clearnetranges", "resetnetranges", "startall", "stopall":
			return classScanner
		}
		if isSwitch(action) {
			return classWeapon
		}
	default:
		if isAction(family, action) {
			return classWeapon
		}
	}
	return classNone
}

// isAction reports whether a family of commands, none for looking for victims or for
// floods, has an action.
func isAction(family, action []byte) bool {
	switch string(family) {
	case "http", "ftp":
		switch string(action) {
		case "download", "execute", "update", "visit":
			return true
		}
	case "bot":
		switch string(action) {
		case "about", "die", "execute", "flushdns", "open", "remove", "removeallbut", "rndnick", "secure", "sysinfo", "unsecure":
			return true
		}
	case "rsl":
		return string(action) == "reboot" || string(action) == "shutdown" || string(action) == "logoff"
	case "redirect":
		return isAttack(action) || string(action) == "socks" || string(action) == "gre"
	case "harvest":
		return string(action) == "cdkeys" || string(action) == "emails" || string(action) == "registry"
	}
	return false
}

// isAttack reports whether word names a way to flood.
func isAttack(word []byte) bool {
	word = bytes.TrimSuffix(word, []byte("flood"))
	switch string(word) {
	case "syn", "ack", "udp", "icmp", "tcp", "http", "ping", "random", "std":
		return true
	}
	return false
}

// isSwitch reports whether word turns something on or off.
func isSwitch(word []byte) bool {
	switch string(word) {
	case "on", "off", "start", "stop", "stats", "all", "enable", "disable":
		return true
	}
	return false
}

// isKaiten reports whether verb is one of Kaiten's, which come behind a mask of nicks.
func isKaiten(verb []byte) bool {
	switch string(verb) {
	case "sh", "bash", "get", "udp", "pan", "tsunami", "std", "syn", "ack", "unknown",
		"http", "killall", "getspoofs", "spoofs", "scan", "scanner", "update":
		return true
	}
	return false
}

// holes are the names that bots give to what they exploit, alone or followed by a port or
// a year (dcom135, lsass_445, ms06_040).
var holes = [...]string{
	"asn", "arkeia", "bagle", "beagle", "dameware", "dcass", "dcom", "iis5ssl", "kuang",
	"lsass", "ms", "mssql", "mydoom", "netapi", "netbios", "netdevil", "ntpass", "optix",
	"pnp", "srvsvc", "sub7", "symantec", "upnp", "veritas", "webdav", "wkssvc",
}

// isHole reports whether word is one of holes. MS and ASN by themselves are too short to
// be one: people ask their bots who AS 3320 is.
func isHole(word []byte) bool {
	for _, h := range holes {
		if len(word) >= len(h) && string(word[:len(h)]) == h && isHoleTail(word[len(h):]) {
			return len(word) > 3 || h == "pnp"
		}
	}
	return false
}

// isHoleTail reports whether tail may follow the name of a hole: digits, parts of a
// number, or the protocol that asn1 is tried by.
func isHoleTail(tail []byte) bool {
	if len(tail) > 1 && tail[0] == '1' {
		switch string(tail[1:]) {
		case "smb", "http", "smbnt":
			return true
		}
	}
	for _, c := range tail {
		if !isDigit(c) && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
