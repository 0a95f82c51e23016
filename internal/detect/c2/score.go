package c2

import (
	"time"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// part is one of those that a score is the sum of, the most telling first.
type part uint8

const (
	partOrders part = iota
	partReports
	partNick
	partPattern
	partCompany
	partListed
	partPort
	partNovel
	partKeyed
	partPassword
	partUnanswered
	parts
)

var partNames = [parts]string{
	"orders", "reports", "nick_shape", "nick_pattern", "company", "listed",
	"port", "novel", "keyed_channel", "password", "unanswered",
}

// score is what each part adds.
type score [parts]float64

func (s *score) sum() (sum float64) {
	for _, x := range s {
		sum += x
	}
	return sum
}

// conductLeast is less than any nick drawn by lot adds, and more than ordinary ones do.
const conductLeast = 2

// conduct is what a session shows of itself, and not of its circumstances.
func (s *score) conduct() float64 {
	return s[partOrders] + s[partReports] + s[partNick] + s[partPattern]
}

// scoreOf returns the score of a session as it stands.
func (j *Judge) scoreOf(s *session) (sc score) {
	w := &j.cfg.Weights
	for p, of := range [...]struct {
		holds  bool
		weight float64
	}{
		partOrders:     {s.has(irc.Ordered), w.Orders},
		partReports:    {s.has(irc.Reported), w.Reports},
		partNick:       {!s.tls, w.NickShape * s.shape().points() / shapeMost},
		partPattern:    {s.pattern, w.NickPattern},
		partCompany:    {s.company > alone, j.companyWeight(s.company)},
		partListed:     {s.listed.n > 0, w.Listed},
		partPort:       {!j.usual.has(s.port), w.Port},
		partNovel:      {s.onNewServer(), j.novelWeight(s)},
		partKeyed:      {s.has(irc.Keyed), w.Keyed},
		partPassword:   {s.has(irc.Password), w.Password},
		partUnanswered: {s.unanswered, w.Unanswered},
	} {
		if of.holds {
			sc[p] = of.weight
		}
	}
	return sc
}

func (j *Judge) companyWeight(c company) float64 {
	switch c {
	case alike:
		return j.cfg.Weights.CompanyAlike
	case inChannel:
		return j.cfg.Weights.Company
	}
	return j.cfg.Weights.Company / 2
}

func (j *Judge) novelWeight(s *session) float64 {
	if s.learning {
		return j.cfg.Weights.NovelLearning
	}
	return j.cfg.Weights.Novel
}

// shape returns the shape of the most telling nick with its user and real name.
func (s *session) shape() shape { return shapeOf(s.nick.String(), s.irc.User(), s.irc.Real()) }

// name takes the nick, if it is the most telling so far: who takes another one later does
// not become somebody else by it. One of the same pattern as the one before tells by
// itself.
func (j *Judge) name(s *session) {
	nick, before := s.irc.Nick(), s.irc.PreviousNick()
	best := nickShape(s.nick.String()).points()
	for _, n := range [...]string{nick, before, s.irc.RefusedNick()} {
		if p := nickShape(n).points(); n != "" && (p > best || s.nick.n == 0) {
			s.nick.set(n)
			best = p
		}
	}
	if p := patternOf(nick, j.seed); p != 0 && before != "" && nick != before && p == patternOf(before, j.seed) {
		s.pattern = true
	}
}

// isBot reports whether a session is a bot's. Of TLS too little is known for that; and where
// a person might be, on a strange port among friends on a listed server, that makes none.
func (j *Judge) isBot(s *session) bool {
	return !s.tls && s.score.sum() >= j.cfg.Bot && s.score.conduct() >= conductLeast
}

// judge judges a session of which there is news.
func (j *Judge) judge(s *session, now packet.Time, out []alert.Finding) []alert.Finding {
	if !s.recognised() {
		return out
	}
	if s.due == 0 && !s.tls {
		s.due, s.hasty = now.Add(min(answerWithin, j.cfg.Wait)), true
		j.hasty.push(s)
	}
	j.name(s)
	out = j.mingle(s, now, out)
	return j.weigh(s, now, out)
}

// weigh scores a session and tells of it, if that is due.
func (j *Judge) weigh(s *session, now packet.Time, out []alert.Finding) []alert.Finding {
	s.score = j.scoreOf(s)
	if !j.speaks(s) {
		return out
	}
	return j.tell(s, now, out)
}

// answerWithin is longer than a server that is there takes to say something. So long is a
// bot not told of that only registered: that it was answered is to stand in the finding.
const answerWithin = 2 * time.Second

// speaks reports whether a session is worth a finding by now: a bot as soon as its server
// said something, or did not in good time; a person on a server that is new or listed when the server welcomed it, or when it was waited for that
// long enough.
func (j *Judge) speaks(s *session) bool {
	switch {
	case j.isBot(s):
		return !s.hasty || s.has(irc.Answered|irc.Middle)
	case s.inside, !s.onNewServer() && s.listed.n == 0:
		return false
	}
	return s.tls || s.overdue || s.has(irc.Welcomed) || s.has(irc.Middle) && s.has(irc.Answered)
}

// patient takes a session that was waited for shortly, and waits on for its welcome.
func (j *Judge) patient(s *session, now packet.Time, out []alert.Finding) []alert.Finding {
	j.hasty.remove(s)
	s.hasty = false
	s.due = now.Add(j.cfg.Wait - min(answerWithin, j.cfg.Wait))
	j.waiting.push(s)
	if !s.allowed {
		out = j.weigh(s, now, out)
		j.touch(s, now)
	}
	return out
}

// overdue takes a session that was waited for long enough.
func (j *Judge) overdue(s *session, now packet.Time, out []alert.Finding) []alert.Finding {
	j.waiting.remove(s)
	s.overdue = true
	s.unanswered = !s.oneWay && !s.has(irc.Answered|irc.Middle)
	if !s.allowed {
		out = j.weigh(s, now, out)
		j.touch(s, now)
	}
	if s.over {
		j.forget(s)
	}
	return out
}
