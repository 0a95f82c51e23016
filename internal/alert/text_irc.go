package alert

import (
	"fmt"
	"slices"
	"strings"
)

// irc writes which server, under what name and where, what it was told to do, and what
// makes it a bot.
func (t *Text) irc(i *IRC) {
	t.line("server", "%s%s", hostPort(i.Server, i.Port), ircServerText(i))
	if i.Nick != "" || i.User != "" || i.Real != "" { // the last may hold whatever it wants
		t.line("nick", "%s, user %s, real name %s", orDash(i.Nick), orDash(i.User), orDash(i.Real))
	}
	if len(i.Channels) > 0 {
		t.line("channels", "%s", ircChannels(i))
	}
	if len(i.Orders) > 0 {
		t.line("orders", "%s", joined(i.Orders))
	}
	verdict := "not taken for a bot"
	if i.Bot {
		verdict = "a bot"
	}
	t.line("score", "%.2f%s; threshold %g: %s", cents(i.Score), weights(i.Parts), cents(i.Threshold), verdict)
	for _, p := range i.Parts {
		if p.Why != "" {
			t.line("why", "%s: %s", clean(p.Name), clean(p.Why))
		}
	}
	t.listed("the server", i.Listed)
	for j := range i.Lines {
		t.line("line", "%s %s", timeText(i.Lines[j].Time), i.Lines[j].shown())
	}
}

func ircServerText(i *IRC) string {
	var b strings.Builder
	either := func(is bool, yes, no string) {
		if is {
			b.WriteString(yes)
		} else {
			b.WriteString(no)
		}
	}
	either(i.TLS, ", TLS", ", in clear")
	if i.Answered || !i.TLS { // else it cannot be known
		either(i.Answered, ", answered", ", no answer so far")
	}
	either(i.Novel, ", never seen before", ", seen before")
	fmt.Fprintf(&b, ", home hosts on it: %d", i.Hosts)
	if i.ServerName != "" {
		b.WriteString(", calls itself " + clean(i.ServerName))
	}
	return b.String()
}

func ircChannels(i *IRC) string {
	list := make([]string, len(i.Channels))
	for j, c := range i.Channels {
		list[j] = clean(c)
		if slices.Contains(i.Keyed, c) {
			list[j] += " (with a key)"
		}
	}
	return strings.Join(list, ", ")
}

// weights lists the parts of a score in brackets, nothing if there are none.
func weights(parts []Part) string {
	if len(parts) == 0 {
		return ""
	}
	list := make([]string, len(parts))
	for i, p := range parts {
		list[i] = fmt.Sprintf("%s %.2f", clean(p.Name), cents(p.Weight))
	}
	return " (" + strings.Join(list, ", ") + ")"
}
