package irc

import "bytes"

// tellingNeeded is how many telling lines of its middle make a connection IRC.
const tellingNeeded = 2

// joinedLate judges a line of a connection whose start was not seen, and returns false if
// it may be the rest of one, of which nothing is believed.
func (s *Session) joinedLate(in *input) bool {
	r := &s.client.reader
	if in.server {
		r = &s.server.reader
	}
	first := !r.begun
	r.begun = true
	if !first && s.verdict != Undecided {
		return true
	}
	told := in.valid && in.opens && (in.server && serverTells(in) || !in.server && clientTells(in))
	switch {
	case told && !r.bad:
		r.telling = min(r.telling+1, tellingNeeded)
		if s.verdict == Undecided {
			s.keep(in, keptTelling)
		}
	case !told && !first && !plausible(in):
		r.bad = true
	}
	return told || !first
}

// plausible reports whether a line may be IRC's at all.
func plausible(in *input) bool {
	if !in.server {
		return in.valid && in.Numeric() == 0 && len(in.Prefix) == 0
	}
	return in.valid && (len(in.Prefix) > 0 || in.verb != verbNone || isBareReply(in))
}

// serverTells reports whether a line of a server is IRC's beyond doubt, or nearly so.
func serverTells(in *input) bool {
	if len(in.Prefix) == 0 {
		return false
	}
	if in.Numeric() != 0 {
		return in.N > 1 && (isNick(in.Params[0]) || string(in.Params[0]) == "*")
	}
	switch _, _, _, mask := in.Mask(); in.verb {
	case verbPrivmsg:
		return mask && in.N > 1
	case verbNotice:
		return in.N > 1 && in.Trailing
	case verbJoin, verbPart, verbTopic, verbKick:
		return mask && isChannel(in.Param(0))
	case verbMode:
		return in.N > 1 && isRoom(in.Params[0])
	case verbNick:
		return mask && in.N == 1
	case verbQuit:
		return mask && in.Trailing
	}
	return false
}

// clientTells is serverTells for a client, which sends no prefix.
func clientTells(in *input) bool {
	if len(in.Prefix) > 0 {
		return false
	}
	switch in.verb {
	case verbPrivmsg, verbNotice:
		target, _ := cutItem(in.Param(0))
		return in.N > 1 && (isRoom(target) || isNick(target) && in.Trailing)
	case verbJoin:
		channel, _ := cutItem(in.Param(0))
		return isChannel(channel)
	case verbPart, verbTopic, verbKick, verbWho, verbNames, verbMode:
		channel, _ := cutItem(in.Param(0))
		return isRoom(channel)
	case verbPong:
		return in.N > 0 && bytes.IndexByte(in.Params[0], '.') > 0 && bytes.IndexByte(in.Params[0], ' ') < 0
	case verbNick:
		return in.N == 1 && isNick(in.Params[0])
	case verbUser:
		return in.N > 3 && in.Trailing
	}
	return false
}
