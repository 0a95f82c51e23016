package detect

import (
	"fmt"
	"strings"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/detect/episode"
)

// message says in one sentence who did what, how it ended and why that is a scan.
func message(f *alert.Finding, ep *sweep) string {
	var b strings.Builder
	s := f.Scan
	if f.Activity == alert.Close {
		b.WriteString("Over: ")
	}
	fmt.Fprintf(&b, "%s tried %d hosts on %s", f.Source.IP, s.Targets, service(s))
	if d := f.LastSeen.Sub(f.FirstSeen); d > 0 {
		fmt.Fprintf(&b, " in %s", episode.Span(d))
	}
	b.WriteString(": ")
	b.WriteString(strings.Join(outcomes(s), ", "))
	b.WriteString("; ")
	b.WriteString(because(ep, s))
	if s.Knock != nil && len(s.Knock.Telling) > 0 {
		fmt.Fprintf(&b, "; on SMB it %s", strings.Join(s.Knock.Telling, ", "))
	}
	return b.String()
}

// service names the group with its ports.
func service(s *alert.Scan) string {
	if len(s.Ports) == 0 {
		return strings.ToUpper(s.Service)
	}
	ports := make([]string, len(s.Ports))
	for i, p := range s.Ports {
		ports[i] = fmt.Sprint(p)
	}
	return fmt.Sprintf("%s (port %s)", s.Service, strings.Join(ports, ", "))
}

// outcomes lists what came back.
func outcomes(s *alert.Scan) []string {
	var list []string
	for _, o := range []struct {
		n    int
		text string
	}{
		{s.Dark, "%d unused addresses"},
		{s.Answered, "%d answered"},
		{s.Refused, "%d refused"},
		{s.Silent, "%d stayed silent"},
		{s.Waiting, "%d not answered yet"},
	} {
		if o.n > 0 {
			list = append(list, fmt.Sprintf(o.text, o.n))
		}
	}
	if len(list) == 0 {
		list = append(list, "nothing is known of how they ended")
	}
	return list
}

// because says which rule spoke.
func because(ep *sweep, s *alert.Scan) string {
	switch {
	case ep.key.kind == fast && ep.proof == byNovelty:
		return "so many it never met before, within seconds, is a sweep even where most answer"
	case ep.key.kind == fast:
		return "so few answers from so many within seconds are a worm-like sweep"
	case ep.proof == byDark:
		return fmt.Sprintf("score %.1f (alert at %.4g): no ordinary host tries so many unused addresses", s.Score, s.Threshold)
	case ep.proof == byNovelty:
		return fmt.Sprintf("score %.1f (alert at %.4g): no ordinary host visits so many that serve nobody", s.Score, s.Threshold)
	}
	return fmt.Sprintf("score %.1f (alert at %.4g): most of what it tries fails, at whatever pace", s.Score, s.Threshold)
}

// remedy says what to do now.
func remedy(f *alert.Finding, ports []uint16) string {
	victims := ""
	if len(f.Scan.Answers) > 0 {
		victims = " Look at the hosts that answered first (answered_samples): they may be infected by now."
	}
	block := f.Scan.Service
	if len(ports) > 0 {
		block = "port " + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(ports)), ", "), "[]")
	}
	if !f.Source.Home {
		return fmt.Sprintf("Block %s at the edge, and %s from outside altogether.%s", f.Source.IP, block, victims)
	}
	where := ""
	if f.Source.MAC != "" {
		where = " (" + f.Source.MAC + ")"
	}
	return fmt.Sprintf("Isolate %s%s at its switch port and find out what runs on it; if it is a worm, rebuild the host. "+
		"If this is expected, add an allow entry with a reason.%s", f.Source.IP, where, victims)
}
