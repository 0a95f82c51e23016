package c2

import (
	"fmt"
	"strings"

	"github.com/wormwatch/wormwatch/internal/irc"
)

// why says in words what a part of a score rests on.
func (j *Judge) why(s *session, p part) string {
	switch p {
	case partOrders:
		return "the server passed on commands as bots take them: " + strings.Join(s.irc.Orders(), ", ")
	case partReports:
		return "the client reported as bots do"
	case partNick:
		return fmt.Sprintf("nick %s: %s", s.nick.String(), strings.Join(s.shape().words(), ", "))
	case partPattern:
		return fmt.Sprintf("the host came back under a nick of the same pattern as %s", s.nick.String())
	case partCompany:
		return companyWords[s.company]
	case partListed:
		return fmt.Sprintf("blocklist %s names the server", s.listed.String())
	case partPort:
		return fmt.Sprintf("port %d is none that IRC servers usually have", s.port)
	case partNovel:
		if s.learning {
			return "the server is new, as all are while the sensor is learning"
		}
		return "nobody here was ever seen on this server before"
	case partKeyed:
		return "a channel takes a key: " + strings.Join(keyed(&s.irc), ", ")
	case partPassword:
		return "the client gave the server a password"
	}
	return fmt.Sprintf("nobody answered the registration within %s: the server may be gone", j.cfg.Wait)
}

var companyWords = [...]string{
	alone:     "",
	onServer:  "several home hosts came to this new server within a day",
	inChannel: "several home hosts are in one channel",
	alike:     "another home host is there under a nick of the same pattern",
}

func keyed(s *irc.Session) (names []string) {
	for _, c := range s.Channels() {
		if c.Keyed {
			names = append(names, c.Name)
		}
	}
	return names
}
