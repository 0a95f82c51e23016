package irc

import (
	"bytes"
	"math/bits"
)

// channelsKept is how many channels of a session are kept.
const channelsKept = 4

// Channel is a channel that the client joined or spoke to. Keyed: it takes a key to join.
type Channel struct {
	Name  string // raw, as it was written first
	Keyed bool
}

// channels are those that one side named, in its order: so that what is kept does not
// depend on how the two sides interleave.
type channels struct {
	names [channelsKept]name
	n     uint8
	keyed uint8 // bit i: names[i] is
}

// add keeps a channel and reports whether that was news. When all places are taken, one
// with a key takes that of the latest without.
func (c *channels) add(b []byte, keyed bool) bool {
	for i := range c.n {
		if c.names[i].is(b) {
			news := keyed && c.keyed&(1<<i) == 0
			if keyed {
				c.keyed |= 1 << i
			}
			return news
		}
	}
	slot := int(c.n)
	if slot < channelsKept {
		c.n++
	} else {
		open := ^c.keyed & (1<<channelsKept - 1)
		if !keyed || open == 0 {
			return false
		}
		slot = bits.Len8(open) - 1
	}
	c.names[slot].set(b)
	if keyed {
		c.keyed |= 1 << slot
	}
	return true
}

// merge appends the channels that out does not have yet, and their keys to those it has.
func (c *channels) merge(out []Channel) []Channel {
next:
	for i := range c.n {
		keyed := c.keyed&(1<<i) != 0
		for k := range out {
			if c.names[i].is([]byte(out[k].Name)) {
				out[k].Keyed = out[k].Keyed || keyed
				continue next
			}
		}
		out = append(out, Channel{c.names[i].string(), keyed})
	}
	return out
}

// Channels returns up to four channels that the client joined or spoke to: those that the
// client named first, then those that only the server did.
func (s *Session) Channels() []Channel {
	out := s.server.channels.merge(s.client.channels.merge(nil))
	return out[:min(len(out), channelsKept)]
}

// ChannelsLost returns how many more channels there were, at least.
func (s *Session) ChannelsLost() int {
	return max(0, bits.OnesCount64(s.channelBits)-len(s.Channels()))
}

// joined notes a channel of one side.
func (s *Session) joined(side *channels, channel []byte, keyed bool) {
	s.channelBits |= 1 << hash(channel)
	s.changed = side.add(channel, keyed) || s.changed
	if keyed {
		s.note(Keyed)
	}
}

// hash gives a name in lower case one of 64 numbers: FNV-1a, mixed (Knuth's multiplier).
// It only helps to count.
func hash(b []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range b[:min(len(b), nameSize)] {
		h = (h ^ uint32(lower(c))) * 16777619
	}
	return (h ^ h>>15) * 2654435769 >> 26
}

// join takes the client's JOIN: lists of channels and of keys, which belong to the first
// of the channels (RFC 2812, 3.2.1).
func (s *Session) join(in *input) {
	list, keys := in.Param(0), in.Param(1)
	any, keyed := false, false
	for len(list) > 0 {
		var channel, key []byte
		channel, list = cutItem(list)
		key, keys = cutItem(keys)
		if !isChannel(channel) {
			continue
		}
		any = true
		locked := !isPlaceholder(key)
		keyed = keyed || locked
		s.joined(&s.client.channels, channel, locked)
	}
	switch {
	case keyed:
		s.keep(in, keptKeyed)
	case any:
		s.keep(in, keptTelling)
	}
}

// isPlaceholder reports whether a key is none: clients write one octet for a channel
// without a key (irssi an x), because keys belong to channels by their place in the list.
func isPlaceholder(key []byte) bool {
	return len(key) == 0 || len(key) == 1 && bytes.IndexByte([]byte("xX-*"), key[0]) >= 0
}

// mode takes MODE, and 324 without its target, of either side: +k puts a key on a channel
// (RFC 2812, 3.2.3).
func (s *Session) mode(in *input, side *channels, first int) {
	channel := in.Param(first)
	if !isRoom(channel) {
		return
	}
	plus := true
	for _, c := range in.Param(first + 1) {
		switch c {
		case '+', '-':
			plus = c == '+'
		case 'k':
			if plus {
				s.joined(side, channel, true)
				s.keep(in, keptKeyed)
				return
			}
		}
	}
	s.joined(side, channel, false)
}

// addressed takes the target of PRIVMSG, NOTICE and the like: a channel that the client is
// in, or nothing of interest.
func (s *Session) addressed(side *channels, target []byte) {
	for len(target) > 1 && (target[0] == '@' || target[0] == '%' || target[0] == '~') {
		target = target[1:] // to the operators of a channel (STATUSMSG)
	}
	if isRoom(target) {
		s.joined(side, target, false)
	}
}

func cutItem(list []byte) (item, rest []byte) {
	if i := bytes.IndexByte(list, ','); i >= 0 {
		return list[:i], list[i+1:]
	}
	return list, nil
}

// isChannelMark: RFC 2812, 1.3.
func isChannelMark(b byte) bool { return b == '#' || b == '&' || b == '+' || b == '!' }

// isChannel reports whether b may be a channel's name where nothing else is expected.
func isChannel(b []byte) bool {
	return len(b) > 0 && isChannelMark(b[0]) && bytes.IndexByte(b, ' ') < 0 && (len(b) > 1 || b[0] == '#')
}

// isRoom reports whether b is a channel's name where a nick or modes may stand as well.
func isRoom(b []byte) bool { return isChannel(b) && b[0] != '+' }
