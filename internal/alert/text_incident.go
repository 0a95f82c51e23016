package alert

import (
	"fmt"
	"strings"
)

// incident writes how it came, what happened since, and where it went.
func (t *Text) incident(i *Incident) {
	t.line("evidence", "%s", joined(i.Kinds))
	if by := i.InfectedBy; by != nil {
		t.line("infected", "by %s %s", addrText(by.Host), by.story())
	}
	for _, m := range i.Timeline {
		episode := ""
		if m.Episode != "" {
			episode = " (episode " + clean(m.Episode) + ")"
		}
		t.line("timeline", "%s %s: %s%s", timeText(m.Time), clean(m.Kind), clean(m.Message), episode)
	}
	if i.Omitted > 0 {
		t.line("omitted", "steps that are no longer kept: %d", i.Omitted)
	}
	for j := range i.Infected {
		t.line("victim", "%s %s", addrText(i.Infected[j].Host), i.Infected[j].story())
	}
}

// story says when and where the two met, and what proves that it was more than a meeting.
func (i *Infection) story() string {
	var b strings.Builder
	fmt.Fprintf(&b, "on port %d at %s", i.Port, timeText(i.Time))
	if i.Delay > 0 {
		fmt.Fprintf(&b, ", own sweep %s later", spanText(i.Delay))
	}
	if i.Bytes > 0 {
		fmt.Fprintf(&b, ", %s went over", Count(i.Bytes, "octet"))
	}
	if i.CalledBack != 0 {
		fmt.Fprintf(&b, ", called back to port %d", i.CalledBack)
		if i.Protocol != "" {
			b.WriteString("/" + clean(i.Protocol))
		}
	}
	return b.String()
}
