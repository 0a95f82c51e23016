package irc

import "strings"

// people are sessions without a bot.
var people = []talk{
	{
		name: "plain",
		turns: []turn{
			down(":irc.example.net NOTICE * :*** Looking up your hostname\r\n"),
			up("NICK anna\r\n"), up("USER anna 0 * :Anna Example\r\n"),
			down(":irc.example.net 001 anna :Welcome to ExampleNet anna\r\n:irc.example.net 376 anna :End of /MOTD command.\r\n"),
			up("JOIN #garden\r\n"),
			down(":anna!~anna@198.51.100.4 JOIN #garden\r\n:irc.example.net 332 anna #garden :Roses | please scan this before asking | https://example.net/faq\r\n"),
			down(":irc.example.net 353 anna = #garden :anna @bert\r\n:irc.example.net 366 anna #garden :End of /NAMES list.\r\n"),
			up("PRIVMSG #garden :hello, I will update later\r\n"),
			down(":bert!b@h.example PRIVMSG #garden :download it at http://example.net/x.exe\r\n"),
			down(":bert!b@h.example PRIVMSG #garden :!help\r\n"), down("PING :irc.example.net\r\n"), up("PONG :irc.example.net\r\n"),
			up("QUIT :bye\r\n"), down("ERROR :Closing Link: anna (Quit)\r\n"),
		},
		want: summary{
			verdict: IRC, facts: Registered | Answered | Welcomed, nick: "anna", nicks: 1, user: "anna",
			real: "Anna Example", host: "irc.example.net", channels: []Channel{{"#garden", false}},
		},
	},
	{
		name: "USER first, blanks, bare line ends, lower case",
		turns: []turn{
			up("user brotest * * * * * \n"), up("    nick brotest\r"), up("   join      #Room  \n"),
			down("   :irc.example.net   001    brotest    :hi\n"), up(" privmsg          #ROOM      :test\n"),
		},
		want: summary{
			verdict: IRC, facts: Registered | Answered | Welcomed, nick: "brotest", nicks: 1, user: "brotest",
			real: "*", host: "irc.example.net", channels: []Channel{{"#Room", false}},
		},
	},
	{
		name: "CAP, PASS and tags, no USER",
		turns: []turn{
			up("CAP REQ :twitch.tv/tags\r\n"), down(":tmi.example.tv CAP * ACK :twitch.tv/tags\r\n"),
			up("PASS oauth:secret\r\n"), up("NICK The-User\r\n"), up("JOIN #the-user\r\n"),
			down(":tmi.example.tv 001 The-User :Welcome\r\n@badges=;color=#000000 :tmi.example.tv GLOBALUSERSTATE\r\n"),
			down("@id=1;x= :The-User!The-User@tmi.example.tv JOIN #the-user\r\n"),
		},
		want: summary{
			verdict: IRC, facts: Registered | Answered | Welcomed | Password, nick: "The-User", nicks: 1, user: "The-User",
			host: "tmi.example.tv", channels: []Channel{{"#the-user", false}},
		},
	},
	{
		name: "irssi's question before NICK",
		turns: []turn{
			up("CAP LS 302\r\n"), up("JOIN :\r\n"), down(":i.example CAP * LS :multi-prefix\r\n:i.example 451 * :Connection not registered\r\n"),
			up("CAP END\r\nNICK anna\r\nUSER anna anna 192.0.2.1 :Anna\r\n"), down(":i.example 001 anna :Welcome\r\n"),
		},
		want: summary{
			verdict: IRC, facts: Registered | Answered | Welcomed, nick: "anna", nicks: 1, user: "anna", real: "Anna",
			host: "i.example",
		},
	},
	{
		name: "SASL, a nick in use, a placeholder for a key",
		turns: []turn{
			up("CAP LS 302\r\n"), down(":i.example CAP * LS :sasl=PLAIN\r\n"), up("NICK anna\r\nUSER a 0 * :A\r\n"),
			down(":i.example 433 * anna :Nickname is already in use.\r\n"), up("NICK anna_\r\n"),
			up("CAP REQ :sasl\r\n"), up("AUTHENTICATE PLAIN\r\n"), down("AUTHENTICATE +\r\n"), up("AUTHENTICATE AAAA\r\n"), up("CAP END\r\n"),
			down(":i.example 001 anna_ :Welcome\r\n"), up("JOIN #a,#b,#c x,-,*\r\n"),
		},
		want: summary{
			verdict: IRC, facts: Registered | Answered | Welcomed | Refused | Renamed, nick: "anna_", previous: "anna",
			refused: "anna", nicks: 2, user: "a", real: "A", host: "i.example",
			channels: []Channel{{"#a", false}, {"#b", false}, {"#c", false}},
		},
	},
	{
		name:  "no answer",
		turns: []turn{up("NICK ghost\r\nUSER ghost 0 0 :ghost\r\n")},
		want:  summary{verdict: IRC, facts: Registered, nick: "ghost", nicks: 1, user: "ghost", real: "ghost"},
	},
	{
		name: "another protocol answers",
		turns: []turn{
			down("220 ftp.example.net FTP server ready\r\n"), up("NICK x\r\n"), down("500 'NICK x': command not understood.\r\n"),
			up("USER x 0 0 :x\r\n"), down("421 Too many errors :(\r\n"),
		},
		want: summary{verdict: IRC, facts: Registered, nick: "x", nicks: 1, user: "x", real: "x"},
	},
	{
		name:  "USER with one parameter first, accepted",
		turns: []turn{up("USER anna\r\nNICK anna\r\n"), down(":s 001 anna :hi\r\n")},
		want:  summary{verdict: IRC, facts: Registered | Answered | Welcomed, nick: "anna", nicks: 1, user: "anna", host: "s"},
	},
	{
		name:   "middle, from the server",
		middle: true,
		turns: []turn{
			down("lo there\r\n:irc.example.net 372 anna :- a message\r\n"), down(":bert!b@h PRIVMSG #garden :hi\r\n"),
			down(":anna!ann@h NICK :anne\r\n"),
		},
		want: summary{
			verdict: IRC, facts: Middle | Answered | Renamed, nick: "anne", previous: "anna", nicks: 2,
			host: "irc.example.net", channels: []Channel{{"#garden", false}},
		},
	},
	{
		name:   "middle, one line of each",
		middle: true,
		turns:  []turn{up("ong :irc.example.net\r\nPONG :irc.example.net\r\n"), down("x\r\n:irc.example.net NOTICE anna :hello\r\n")},
		want:   summary{verdict: IRC, facts: Middle | Answered},
	},
	{
		name:   "middle, from the client",
		middle: true,
		turns:  []turn{up("PRIVMSG #garden :one\r\n"), up("PRIVMSG bert :two\r\n")},
		want:   summary{verdict: IRC, facts: Middle, channels: []Channel{{"#garden", false}}},
	},
	{
		name: "more channels than are kept",
		turns: []turn{
			up("NICK a\r\nUSER a 0 0 :a\r\nJOIN #1,#2,#3\r\nJOIN 0\r\nJOIN &4,+5,!6,#7 k\r\n"),
			down(":s MODE #8 +ntk key\r\n:s 324 a #2 +k key\r\n:s 324 a #3 +nt-k\r\n:s MODE a +k\r\n"),
		},
		want: summary{
			verdict: IRC, facts: Registered | Answered | Keyed, nick: "a", nicks: 1, user: "a", real: "a", host: "s",
			channels: []Channel{{"#1", false}, {"#2", true}, {"#3", false}, {"&4", true}}, lost: 4,
		},
	},
	{
		name: "octets that are no text",
		turns: []turn{
			up("NICK \x1b[31m\xff\x00evil\r\n"), up("USER \x00\x01 \xfe \x02 :\x1b]0;title\x07\r\n"),
			down(":\xff\x80 001 \x1b[31m :\x00\r\n"),
		},
		want: summary{
			verdict: IRC, facts: Registered | Answered | Welcomed, nick: "\x1b[31m\xff\x00evil", nicks: 1, user: "\x00\x01",
			real: "\x1b]0;title\x07", host: "\xff\x80",
		},
	},
	{
		name: "long lines and long tags",
		turns: []turn{
			up("NICK anna\r\n"), up("USER anna 0 * :" + strings.Repeat("a", 3000) + "\r\n"),
			down("@t=" + strings.Repeat("t", 1900) + " :i.example 001 anna :" + strings.Repeat("w", 300) + "\r\n"),
			down("@t=" + strings.Repeat("t", 4000) + " :i.example 332 anna #room :" + strings.Repeat(" ", 4000) + "\r\n"),
			down("@t=" + strings.Repeat("t", 9000) + " :i.example 332 anna #never :hi\r\n"),
			down("@t=" + strings.Repeat("t", 2045) + "\n:i.example 353 anna = #end :anna\r\n"),
		},
		want: summary{
			verdict: IRC, facts: Registered | Answered | Welcomed | Overlong, nick: "anna", nicks: 1, user: "anna",
			real: strings.Repeat("a", nameSize), host: "i.example", channels: []Channel{{"#room", false}, {"#end", false}},
		},
	},
}

// bots are sessions of bots.
var bots = []talk{
	{
		name: "Rbot",
		turns: []turn{
			up("PASS letmein\r\n"), up("NICK USA|0262937047\r\nUSER qwfxkz 0 0 :USA|0262937047\r\n"),
			down(":c2.example NOTICE AUTH :*** Looking up your hostname...\r\n:c2.example 001 USA|0262937047 :Welcome\r\n"),
			down(":USA|0262937047!qwfxkz@h JOIN :#lobby\r\n:c2.example 332 USA|0262937047 #lobby :.download http://example.net/b.exe b.exe 1\r\n"),
			up("JOIN #sl0w s3cret\r\n"), up("MODE USA|0262937047 -x+i\r\n"),
			up("PRIVMSG #lobby :[DOWNLOAD]: Downloading URL: http://example.net/b.exe to: b.exe.\r\n"),
			down(":c2.example 332 USA|0262937047 #sl0w :.advscan dcom135 200 3 0 -r -s\r\n"),
		},
		want: summary{
			verdict: IRC, facts: Registered | Answered | Welcomed | Password | Keyed | Ordered | Reported,
			nick: "USA|0262937047", nicks: 1, user: "qwfxkz", real: "USA|0262937047", host: "c2.example",
			channels: []Channel{{"#sl0w", true}, {"#lobby", false}}, orders: []string{"download", "advscan"},
		},
	},
	{
		name: "a stripped server, several orders in one topic, a nick by pattern",
		turns: []turn{
			up("NICK [00|DEU|123456]\nUSER x x x :x\n"), down("433 [00|DEU|123456] :in use\n"), up("NICK [01|DEU|654321]\n"),
			down("001 [01|DEU|654321]\n"), up("JOIN ##x\n"), down("332 [01|DEU|654321] ##x :.scanall | .ddos.syn 192.0.2.1 80 60|http is fun\n"),
			down(":boss PRIVMSG [01|DEU|654321] :\x01advscan asn1smb 150 5 0 -b -r -s\x01\n"), down("NOTICE x :\x0304,1,ntscan 100\n"),
		},
		want: summary{
			verdict: IRC, facts: Registered | Answered | Welcomed | Refused | Renamed | Ordered,
			nick: "[01|DEU|654321]", previous: "[00|DEU|123456]", refused: "[00|DEU|123456]", nicks: 2, user: "x", real: "x",
			channels: []Channel{{"##x", false}}, orders: []string{"scanall", "ddos.syn", "advscan", "ntscan"},
		},
	},
	{
		name:   "middle",
		middle: true,
		turns: []turn{
			down(":op!o@h PRIVMSG #x :.advscan netapi 50 5 0 -r\r\n"), up("PRIVMSG #x :[SCAN]: Random Port Scan started on 10.0.x.x:445 with a delay of 5 seconds\r\n"),
			down(":op!o@h TOPIC #x :!asc lsass_445 100 5 0 -b\r\n"),
		},
		want: summary{
			verdict: IRC, facts: Middle | Answered | Ordered | Reported, channels: []Channel{{"#x", false}},
			orders: []string{"advscan", "asc"},
		},
	},
	{
		name: "USER with one parameter behind NICK, no answer",
		turns: []turn{
			up("NICK a-1\r\n"), up("USER a\r\n"),
		},
		want: summary{verdict: IRC, facts: Registered, nick: "a-1", nicks: 1, user: "a"},
	},
}

// others are look-alikes.
var others = []talk{
	{name: "FTP", turns: []turn{
		down("220 (vsFTPd 3.0.3)\r\n"), up("USER anonymous\r\n"), down("331 Please specify the password.\r\n"), up("PASS guest@\r\n"),
		down("230 Login successful.\r\n"), up("SYST\r\n"), down("215 UNIX Type: L8\r\n"), up("QUIT\r\n"),
	}, want: summary{verdict: Other}},
	{name: "FTP, silent server", turns: []turn{up("USER a\r\nPASS b\r\nPORT 10,0,0,1,4,1\r\n")}, want: summary{verdict: Other}},
	{name: "FTP, a name with blanks, a nick of one's own", turns: []turn{
		down("220-hello\r\n220 ready\r\n"), up("USER a b\r\n"), down("331 x\r\n"), up("NICK y\r\n"), down("500 no\r\n"),
	}, want: summary{verdict: Other}},
	{name: "USER with one parameter first, no answer", turns: []turn{up("USER x\r\nNICK y\r\n")}, want: summary{nick: "y", nicks: 1, user: "x"}},
	{name: "FTP, MODE", turns: []turn{up("USER a\r\nMODE S\r\n")}, want: summary{verdict: Other}},
	{name: "a numeric before NICK", turns: []turn{up("PASS a\r\n:x 001 b\r\n")}, want: summary{verdict: Other}},
	{name: "POP3", turns: []turn{
		down("+OK POP3 ready <1.2@example>\r\n"), up("USER anna\r\n"), down("+OK\r\n"), up("PASS x\r\n"), down("+OK\r\n"), up("STAT\r\n"), down("+OK 0 0\r\n"), up("QUIT\r\n"),
	}, want: summary{verdict: Other}},
	{name: "POP3, capabilities", turns: []turn{down("+OK\r\n"), up("CAPA\r\n"), down("+OK\r\nUSER\r\n.\r\n")}, want: summary{verdict: Other}},
	{name: "SMTP", turns: []turn{
		down("220 mx.example ESMTP\r\n"), up("EHLO me\r\n"), down("250-mx.example\r\n250 STARTTLS\r\n"), up("MAIL FROM:<a@b>\r\n"),
		up("DATA\r\nNICK a\r\nUSER a 0 0 :a\r\n.\r\n"),
	}, want: summary{verdict: Other}},
	{name: "HTTP", turns: []turn{
		up("GET /download/x HTTP/1.1\r\nHost: irc.example\r\n\r\n"), down("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n:a!b@c PRIVMSG #x :.advscan\r\n"),
	}, want: summary{verdict: Other}},
	{name: "HTTP, a form that speaks IRC", turns: []turn{
		up("POST / HTTP/1.1\r\nHost: x\r\n\r\nNICK a\r\nUSER a 0 0 :a\r\nJOIN #a\r\n"), down(":s NOTICE AUTH :*** hi\r\n:s 001 a :hi\r\n"),
	}, want: summary{verdict: Other}},
	{name: "HTTP/2", turns: []turn{up("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")}, want: summary{verdict: Other}},
	{name: "SSH", turns: []turn{down("SSH-2.0-OpenSSH_9.6\r\n"), up("SSH-2.0-OpenSSH_9.6\r\n\x00\x00\x05")}, want: summary{verdict: Other}},
	{name: "TLS", turns: []turn{up("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03NICK"), down("\x16\x03\x03")}, want: summary{verdict: Other}},
	{name: "IMAP", turns: []turn{down("* OK IMAP4rev1 ready\r\n"), up("a1 LOGIN anna x\r\n"), down("a1 OK\r\n")}, want: summary{verdict: Other}},
	{name: "IMAP, tags of digits", turns: []turn{down("* OK\r\n"), up("001 LOGIN a b\r\n"), down("001 OK\r\n")}, want: summary{verdict: Other}},
	{name: "NNTP", turns: []turn{down("200 news.example\r\n"), up("MODE READER\r\n"), down("200 ok\r\n"), up("LIST\r\n")}, want: summary{verdict: Other}},
	{name: "NATS", turns: []turn{down("INFO {}\r\n"), up("CONNECT {}\r\n"), up("PING\r\n"), down("PONG\r\n")}, want: summary{verdict: Other}},
	{name: "Redis", turns: []turn{up("PING\r\n"), down("+PONG\r\n"), up("SET a b\r\n"), down("+OK\r\n")}, want: summary{verdict: Other}},
	{name: "Redis, one ping", turns: []turn{up("PING\r\n"), down("+PONG\r\n")}, want: summary{}},
	{name: "SIP", turns: []turn{up("INVITE sip:a@b SIP/2.0\r\nVia: x\r\n"), down("SIP/2.0 100 Trying\r\n")}, want: summary{verdict: Other}},
	{name: "servers' link", turns: []turn{up("PASS x\r\nSERVER a.example 1 :hi\r\n"), down("SERVER b.example 1 :hi\r\n")}, want: summary{verdict: Other}},
	{name: "binary", turns: []turn{up("\x00\x01\x02\x03" + strings.Repeat("\xff", 5000)), down(strings.Repeat("\x80", 5000))}, want: summary{verdict: Other}},
	{name: "a mail about it", turns: []turn{up("Nick and USER are needed, he said\r\nNICK a\r\nUSER a b c d\r\n")}, want: summary{verdict: Other}},
	{name: "one keyword", turns: []turn{up("NICK anna\r\n"), down("HTTP/1.1 400 Bad Request\r\n\r\n")}, want: summary{nick: "anna", nicks: 1}},
	{name: "blanks for ever", turns: []turn{up(strings.Repeat(" ", 5000)), down("\r\n\r\n")}, want: summary{}},
	{name: "HTTP, middle", middle: true, turns: []turn{
		up("Accept: */*\r\nHost: x\r\n\r\n"), down("<p>:x\r\n<html>\r\nJOIN #us\r\n"), up("GET / HTTP/1.1\r\nHost: x\r\n"),
	}, want: summary{verdict: Other}},
	{name: "a log, middle", middle: true, turns: []turn{
		down(":a!b@c PRIVMSG #x :hi\r\n</pre>\r\n:a!b@c PRIVMSG #x :hi\r\n"), up("x\r\nGET /log HTTP/1.1\r\nHost: x\r\n"),
	}, want: summary{verdict: Other}},
	{name: "FTP, middle", middle: true, turns: []turn{
		up("PASS x\r\nTYPE I\r\nRETR a\r\nQUIT\r\n"), down("331 x\r\n230 hi\r\n200 ok\r\n221 bye\r\n"),
	}, want: summary{facts: Middle}},
}
