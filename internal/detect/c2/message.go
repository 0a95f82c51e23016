package c2

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/wormwatch/wormwatch/internal/alert"
)

// message says in one sentence who is where under which name, and what makes it a bot or
// does not.
func message(f *alert.Finding, s *session) string {
	over := ""
	if f.Activity == alert.Close {
		over = "Over: "
	}
	i := f.IRC
	if i.TLS {
		return fmt.Sprintf("%s%s speaks TLS with %s, a port of IRC; %s, and nothing of what is said there is known",
			over, f.Source.IP, where(i), person(i))
	}
	return fmt.Sprintf("%s%s %s; %s (score %.1f, a bot from %.4g)",
		over, f.Source.IP, doing(i, s), because(i), i.Score, i.Threshold)
}

// doing says what the host does there.
func doing(i *alert.IRC, s *session) string {
	at := where(i) + as(i)
	switch {
	case i.Bot && s.dead():
		return "is a bot that calls home to the IRC server " + at + ", where nobody answers"
	case i.Bot:
		return "is a bot on the IRC server " + at
	case s.dead():
		return "tried to register with the IRC server " + at + ", where nobody answered"
	}
	return "is on the IRC server " + at
}

// where names the server.
func where(i *alert.IRC) string {
	at := netip.AddrPortFrom(i.Server, i.Port).String()
	if i.ServerName != "" {
		at += " (" + i.ServerName + ")"
	}
	return at
}

// as names the client and its channels.
func as(i *alert.IRC) string {
	var b strings.Builder
	if i.Nick != "" {
		b.WriteString(" as " + i.Nick)
	}
	if len(i.Channels) > 0 {
		b.WriteString(" in " + strings.Join(i.Channels, ", "))
	}
	return b.String()
}

// person says why a person is told of.
func person(i *alert.IRC) string {
	switch {
	case len(i.Listed) > 0:
		return "a blocklist names the server"
	case i.Novel:
		return "the server is new here"
	}
	return "the server is new, as all are while the sensor is learning"
}

// becauseAtMost is how many parts of a score the sentence has room for.
const becauseAtMost = 4

// because says what makes a bot, the heaviest first, or that nothing does.
func because(i *alert.IRC) string {
	if !i.Bot {
		return person(i) + ", and what else is known makes it no bot"
	}
	var words []string
	for _, p := range i.Parts[:min(len(i.Parts), becauseAtMost)] {
		if p.Name == partNames[partOrders] {
			words = append(words, "it was given the orders "+strings.Join(i.Orders, ", "))
		} else {
			words = append(words, partWords[p.Name])
		}
	}
	return strings.Join(words, ", ")
}

// partWords are the parts of a score as the sentence has them.
var partWords = map[string]string{
	partNames[partReports]:    "it reports as bots do",
	partNames[partNick]:       "its nick is made up as bots do it",
	partNames[partPattern]:    "its nick changes by a pattern",
	partNames[partCompany]:    "other home hosts are there",
	partNames[partListed]:     "a blocklist names the server",
	partNames[partPort]:       "the port is off the usual",
	partNames[partNovel]:      "the server is new here",
	partNames[partKeyed]:      "a channel takes a key",
	partNames[partPassword]:   "it gave a password",
	partNames[partUnanswered]: "nobody answers it",
}

// remedy says what to do now.
func remedy(f *alert.Finding) string {
	i := f.IRC
	at := netip.AddrPortFrom(i.Server, i.Port).String()
	if !i.Bot {
		return fmt.Sprintf("Ask who uses %s on %s. If that is allowed, add an allow entry for source %s, target %s and kind %s "+
			"with a reason; if not, block %s at the edge.", at, f.Source.IP, f.Source.IP, i.Server, f.Kind, at)
	}
	mac := ""
	if f.Source.MAC != "" {
		mac = " (" + f.Source.MAC + ")"
	}
	others := "Look for other home hosts on that server"
	if i.Hosts > 1 {
		others = fmt.Sprintf("Look for the others on that server: %d home hosts were seen there within a day", i.Hosts)
	}
	return fmt.Sprintf("Block %s at the edge, for all hosts. Isolate %s%s at its switch port and rebuild it. %s.", at, f.Source.IP, mac, others)
}
