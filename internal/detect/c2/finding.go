package c2

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// say makes a finding of an episode as it stands and appends it to out.
func (j *Judge) say(e *evidence, a alert.Activity, now packet.Time, out []alert.Finding) []alert.Finding {
	e.Sequence++
	j.stats.Findings++
	return append(out, j.finding(e, a, now))
}

// Open returns the open episodes as they stand, in order of their start.
func (j *Judge) Open() (fs []alert.Finding) {
	j.episodes.Each(func(_ *host, e *evidence) {
		fs = append(fs, j.finding(e, alert.Update, e.Last))
	})
	slices.SortFunc(fs, func(a, b alert.Finding) int {
		return cmp.Or(a.FirstSeen.Compare(b.FirstSeen), cmp.Compare(a.Episode, b.Episode))
	})
	return fs
}

// finding is an episode as it stands.
func (j *Judge) finding(e *evidence, a alert.Activity, now packet.Time) alert.Finding {
	s := &e.shown
	f := e.Finding(a, now)
	f.Kind, f.Sensor, f.Realm = alert.IRCC2, j.site.Sensor, s.host.realm
	f.Analytic, f.Version = string(alert.IRCC2), Version
	f.Source = alert.Endpoint{IP: s.host.addr.Netip(), MAC: packet.MACText(s.mac), Home: true}
	f.Episode, f.UID = e.Identify(j.site.Sensor, f.Source.IP.String(), fmt.Sprint(s.host.realm), "irc", string(alert.IRCC2))
	f.Techniques = []string{"T1071"}
	if !j.usual.has(s.port) {
		f.Techniques = append(f.Techniques, "T1571")
	}
	f.IRC = j.evidenceOf(e, now)
	f.Confidence = j.confidence(s)
	f.Message, f.Remedy = message(&f, s), remedy(&f)
	return f
}

// evidenceOf gathers what the session that is shown tells.
func (j *Judge) evidenceOf(e *evidence, now packet.Time) *alert.IRC {
	s := &e.shown
	i := &alert.IRC{
		Server: s.server.Netip(), Port: s.port, TLS: s.tls,
		Answered: s.has(irc.Answered), Open: e.open > 0, Bot: e.classes.has(classBot), Novel: s.novel,
		Hosts: j.hosts(s, now), Score: s.score.sum(), Threshold: j.cfg.Bot, Parts: j.partsOf(s),
		Visibility: alert.VisibilityOK, VLAN: s.vlan,
	}
	if j.site.Interface != nil {
		i.Interface = j.site.Interface(s.iface)
	}
	switch {
	case s.oneWay:
		i.Visibility = alert.VisibilityOneWay
	case s.learning:
		i.Visibility = alert.VisibilityLearning
	}
	if s.listed.n > 0 {
		i.Listed = j.listings(s)
	}
	if !s.tls {
		said(i, &s.irc)
	}
	return i
}

// listings returns the blocklists that name the server. One may have been changed since.
func (j *Judge) listings(s *session) []alert.Listing {
	if j.site.Listed != nil {
		if list := j.site.Listed(s.server); len(list) > 0 {
			return list
		}
	}
	return []alert.Listing{{List: s.listed.String()}}
}

// said adds what was read of the session.
func said(i *alert.IRC, s *irc.Session) {
	i.ServerName, i.Nick, i.User, i.Real = s.ServerName(), s.Nick(), s.User(), s.Real()
	i.Orders = s.Orders()
	for _, c := range s.Channels() {
		i.Channels = append(i.Channels, c.Name)
		if c.Keyed {
			i.Keyed = append(i.Keyed, c.Name)
		}
	}
	for _, l := range s.Lines() {
		i.Lines = append(i.Lines, alert.IRCLine{Time: l.Time.UTC(), Server: l.Server, Text: l.Text})
	}
}

// partsOf returns the parts of a score, the heaviest first.
func (j *Judge) partsOf(s *session) (list []alert.Part) {
	for p, x := range s.score {
		if x != 0 {
			list = append(list, alert.Part{Name: partNames[p], Weight: x, Why: j.why(s, part(p))})
		}
	}
	slices.SortStableFunc(list, func(a, b alert.Part) int { return cmp.Compare(b.Weight, a.Weight) })
	return list
}

// confidence is how sure it is that a bot is commanded there, 0-100: what was heard leaves
// little doubt, a score some, more where it rests on a server being new while all are. Of
// TLS and of people hardly anything speaks for it.
func (j *Judge) confidence(s *session) int {
	sum := s.score.sum()
	heard := s.has(irc.Ordered) || s.has(irc.Reported)
	switch {
	case s.tls:
		return 15
	case !j.isBot(s):
		return int(10 + 40*math.Max(0, sum/j.cfg.Bot))
	case s.has(irc.Ordered) && s.has(irc.Reported):
		return 98
	case heard:
		return 95
	}
	c := int(math.Min(94, 75+2.5*(sum-j.cfg.Bot)))
	if s.learning && sum-s.score[partNovel] < j.cfg.Bot {
		c -= 10
	}
	return c
}
