package irc

// Replies of servers (RFC 2812, 5) that matter here.
const (
	replyWelcome     = 1
	replyISupport    = 5 // the last that comes with the welcome, on servers of today
	replyChannelMode = 324
	replyTopic       = 332
	replyNames       = 353
	replyEndOfNames  = 366
	firstError       = 400
	errNoNick        = 431
	errErroneousNick = 432
	errNickInUse     = 433
	errNickCollision = 436
	errUnavailable   = 437
)

// heard takes a line of the server.
func (s *Session) heard(in *input) {
	v := &s.server
	speaks := isServers(in)
	if !v.begun {
		v.begun = true
		v.foreign = !speaks
	}
	if !speaks {
		return
	}
	s.note(Answered)
	if in.Numeric() != 0 {
		s.reply(in)
		return
	}
	switch in.verb {
	case verbNotice, verbPrivmsg:
		if in.N > 1 {
			s.addressed(&v.channels, in.Params[0])
			s.order(in, in.Last())
		}
	case verbTopic:
		s.topic(in, 0)
	case verbMode:
		s.mode(in, &v.channels, 0)
	case verbJoin:
		s.joinSeen(in)
	case verbNick:
		s.renamed(in)
	}
}

// isServers reports whether a line is one that servers of IRC send. Those of bots are
// often stripped down: some of their replies come without a prefix.
func isServers(in *input) bool {
	switch {
	case !in.valid:
		return false
	case in.Numeric() != 0:
		return in.N > 0 && (len(in.Prefix) > 0 || isBareReply(in))
	case len(in.Prefix) > 0:
		return true
	}
	switch in.verb {
	case verbNotice, verbPing, verbError, verbCap, verbAuthenticate:
		return in.N > 0
	case verbPrivmsg, verbTopic, verbMode, verbJoin:
		return in.N > 1 || in.N == 1 && isRoom(in.Params[0])
	}
	return false
}

// isBareReply reports whether a reply without prefix is IRC's. FTP, POP3 and SMTP answer
// with three digits too: their texts do not begin with an asterisk, they have neither 001
// to 005 nor a refusal of nicks, and name no channel.
func isBareReply(in *input) bool {
	switch n := in.Numeric(); {
	case n == 0 || in.N == 0:
		return false
	case n <= replyISupport, n == errNickInUse, string(in.Params[0]) == "*":
		return true
	}
	return in.N > 1 && isRoom(in.Params[1]) || in.N > 2 && isRoom(in.Params[2])
}

// reply takes a numeric. Its first parameter is the client's nick, or an asterisk before
// it has one.
func (s *Session) reply(in *input) {
	v, n := &s.server, in.Numeric()
	if _, _, _, mask := in.Mask(); !mask && len(in.Prefix) > 0 && v.host.n == 0 {
		s.setName(&v.host, in.Prefix)
	}
	if to := in.Params[0]; n < firstError && isNick(to) && (n <= replyISupport || v.nick.n == 0) {
		s.setName(&v.nick, to)
	}
	switch n {
	case replyWelcome:
		s.note(Welcomed)
		s.keep(in, keptTelling)
	case replyChannelMode:
		s.mode(in, &v.channels, 1)
	case replyTopic:
		s.topic(in, 1)
	case replyNames:
		if in.N > 2 {
			s.addressed(&v.channels, in.Params[in.N-2])
		}
	case replyEndOfNames:
		s.addressed(&v.channels, in.Param(1))
	case errNoNick, errErroneousNick, errNickInUse, errNickCollision, errUnavailable:
		s.nickRefused(in)
	}
}

// nickRefused takes a refusal: of the second parameter, where there is one that is no text.
func (s *Session) nickRefused(in *input) {
	s.note(Refused)
	s.keep(in, keptTelling)
	for i := min(1, in.N-1); i >= 0; i-- {
		if isNick(in.Params[i]) {
			s.setName(&s.server.refused, in.Params[i])
			return
		}
	}
}

// topic takes the topic of a channel, which many bots obey when they join.
func (s *Session) topic(in *input, channel int) {
	if room := in.Param(channel); isRoom(room) && in.N > channel+1 {
		s.joined(&s.server.channels, room, false)
		s.order(in, in.Last())
	}
}

// joinSeen takes JOIN of a channel by somebody: only those who are in it are told.
func (s *Session) joinSeen(in *input) {
	v := &s.server
	if channel := in.Param(0); isChannel(channel) {
		s.joined(&v.channels, channel, false)
	}
	if nick, user, _, ok := in.Mask(); ok && v.nick.n > 0 && v.nick.is(nick) {
		s.setName(&v.user, user)
	}
}

// renamed takes the server's word that somebody has a new nick.
func (s *Session) renamed(in *input) {
	v := &s.server
	nick, _, _, _ := in.Mask()
	if in.N == 0 || len(in.Params[0]) == 0 || v.nick.n == 0 || !v.nick.is(nick) {
		return
	}
	before := v.nick
	if s.setName(&v.nick, in.Params[0]) {
		v.previous = before
		v.renames = min(v.renames, 1<<16-2) + 1
		s.note(Renamed)
	}
}
