package c2

import "testing"

// ordinary are nicks of people, of clients that name their guests, of bridges and of
// honest bots.
var ordinary = []string{
	"alice", "bob", "Bob_", "Bob__", "carol`", "dave|away", "dave^work", "[Tux]", "{kate}", "kevin1984", "x0r", "marc123",
	"guest4711", "Guest12345", "Guest58213", "webuser_4821", "WebChat-User", "kiwi_guest", "kiwiirc_9182", "mib_1a2b3c",
	"Mibbit", "alice[m]", "hans.wurst[m]", "hs-jschmidt[m]", "_discord_bridge", "user-8f3a", "user123", "anon_1337",
	"nobody", "root", "admin", "brotest", "molochtest", "THE-USER", "justinfan12345", "justinfan6789", "tmi_fan",
	"ChanServ", "NickServ", "eggdrop", "Limnoria", "supybot", "zirc", "weechat", "irssi-user", "hexchat", "znc-user",
	"l33t", "h4x0r", "n00b", "r2d2", "C-3PO", "xkcd", "mkhl", "jschmidt", "rschwarz", "schmitt", "wojciech", "krzysztof",
	"Szymon", "Dvorak", "Strc", "Przemek", "Ngozi", "Nguyen", "Tkachenko", "Hrvoje", "Zbigniew", "Bjork", "Ljubljana",
	"Angstschweiss", "Rhythm", "lynx", "Sphinx", "brrr", "zzz", "hmmmm", "asdf", "qwert", "abc123", "test1", "test_2",
	"Mike_NYC", "USA-Mike", "Hans|GER", "[DE]Hans", "hans19840912", "anna_2001", "mike-1984", "JohnDoe", "McDonald",
	"LeoNerd", "DrEvil", "iPhone_von_Eva", "macbook", "linuxfan", "XPfreak", "winston", "Vista", "NTman", "w7", "a", "_",
	"Ana77", "007", "k3v1n", "s0n1c", "B4tman", "p4trick", "toor", "freenode-web", "cgi-irc-12", "androirc7", "AndChat1234",
	"AndroUser", "AndroUser2", "Colloquy", "trillian", "jcd", "dpk", "rbn", "tpb", "wwwolf", "bk2", "nbd",
	"rubikcube", "sysop", "dextrous", "qbert", "Zwrk", "tweetie", "Mxyzptlk", "jwz", "esr", "rms", "drwx", "strlcpy",
	"webchat|48211", "Mibbit_83721", "kiwi_823742", "user_192837465", "Guest-4821776", "JürgenÄÖÜ", "Олег", "小林",
}

// ordinaryMost is what the nick of a person adds at most. Clients that name their guests
// come nearest, and people who have their birthday in their nick.
const ordinaryMost = 2.5

func TestOrdinaryNicksAreNoBots(t *testing.T) {
	if len(ordinary) < 100 {
		t.Fatalf("only %d nicks", len(ordinary))
	}
	w := DefaultConfig()
	sum := 0.0
	for _, nick := range ordinary {
		s := shapeOf(nick, nick, nick)
		sum += s.points()
		if s.points() > ordinaryMost {
			t.Errorf("%s comes to %.1f: %v", nick, s.points(), s.words())
		}
		if weak := w.Weights.Port + w.Weights.Novel + w.Weights.Keyed + w.Weights.Password; s.points()+weak >= w.Bot {
			t.Errorf("%s on an odd port of a new server, in a keyed channel, with a password is a bot", nick)
		}
	}
	if mean := sum / float64(len(ordinary)); mean > 0.5 {
		t.Errorf("ordinary nicks come to %.2f on average", mean)
	}
}
