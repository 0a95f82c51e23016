package c2

import (
	"math/bits"
	"strconv"
)

// traits are what names that a program made up have, and names of people have not, or
// seldom. After Rishi (Goebel and Holz, HotBots 2007), which scores nicks by the words,
// the special characters and the digits in them: what programs put there is where they
// run (country, operating system), so that their master can choose among them, and digits
// or letters drawn by lot, so that no two are the same.
type traits uint16

const (
	traitCountry traits = 1 << iota // a field is the code of a country, as DEU
	traitOS                         // a field is an operating system, as XP
	traitPlace                      // both
	traitFamily                     // a field is the name of a family of bots
	traitFields                     // fields, and one of them is a long number
	traitMixed                      // letters and digits take turns
	traitCase                       // capitals stand where they should not
	traitRandom                     // letters that no language puts so
	traitLong                       // long, most of it digits
	traitUser                       // the user name is drawn by lot
	traitReal                       // the real name is the nick, of which some of this is true
)

// trait is what a trait adds, in points of shapeMost.
type trait struct {
	points float64
	words  string
}

var traitList = [...]trait{
	{1.5, "the code of a country"},
	{2, "an operating system"},
	{1, "both together"},
	{3, "the name of a family of bots"},
	{1.5, "fields with a number of their own"},
	{1, "letters and digits that take turns"},
	{1, "capitals within words"},
	{2.5, "letters in no order of a language"},
	{0.5, "great length"},
	{1, "a user name drawn by lot"},
	{1, "a real name that is the nick"},
}

// shapeMost is what the most telling names come to, in points: more tells no more.
const shapeMost = 8

// shape is what the names of a registration look like.
type shape struct {
	traits traits
	digits int // in the longest run of them in the nick
}

// digitPoints is what a run of digits adds: years have four, those whom a web client
// names after a guest five, and birthdays six or eight.
func digitPoints(run int) float64 {
	switch {
	case run >= 9:
		return 3
	case run >= 7:
		return 2.5
	case run >= 6:
		return 2
	case run == 5:
		return 1.5
	case run == 4:
		return 0.5
	}
	return 0
}

// points returns how much the names look like a bot's, from 0 to shapeMost.
func (s shape) points() float64 {
	p := digitPoints(s.digits)
	for t := s.traits; t != 0; t &= t - 1 {
		p += traitList[bits.TrailingZeros16(uint16(t))].points
	}
	return min(p, shapeMost)
}

// words returns the traits in words.
func (s shape) words() (list []string) {
	for t := s.traits &^ (traitUser | traitReal); t != 0; t &= t - 1 {
		list = append(list, traitList[bits.TrailingZeros16(uint16(t))].words)
	}
	if digitPoints(s.digits) > 0 {
		list = append(list, strconv.Itoa(s.digits)+" digits in a row")
	}
	for t := s.traits & (traitUser | traitReal); t != 0; t &= t - 1 {
		list = append(list, traitList[bits.TrailingZeros16(uint16(t))].words)
	}
	return list
}

// telling is what nick and user name must come to for a real name that repeats the nick to count:
// clients of people fill the real name in with the nick, too.
const telling = 3

// shapeOf returns the shape of a nick with its user and real name, "" where unknown.
func shapeOf(nick, user, real string) shape {
	s := nickShape(nick)
	if user != nick && isRandom(user) {
		s.traits |= traitUser
	}
	if real == nick && s.points() >= telling {
		s.traits |= traitReal
	}
	return s
}

// nickShape returns the shape of a nick alone.
func nickShape(nick string) (s shape) {
	fields, number := 0, false
	for rest := nick; rest != ""; {
		var field string
		if field, rest = cutField(rest); field == "" {
			continue
		}
		f := fieldShape(field, len(field) == len(nick))
		number = number || f.digits >= 5 && f.digits == len(field)
		s.traits |= f.traits
		s.digits = max(s.digits, f.digits)
		fields++
	}
	if isGuest(nick) {
		return shape{digits: min(s.digits, guestDigits)}
	}
	if number && fields > 1 {
		s.traits |= traitFields
	}
	if s.traits&(traitCountry|traitOS) == traitCountry|traitOS {
		s.traits |= traitPlace
	}
	if len(nick) >= 16 && s.digits*2 >= len(nick) {
		s.traits |= traitLong
	}
	return s
}

// fieldShape returns the traits of one field of a nick. One that is the whole nick is no
// code: XP and USA may be anybody.
func fieldShape(field string, whole bool) (s shape) {
	if !whole && isCountry(field) {
		s.traits |= traitCountry
	}
	if !whole && isSystem(field) {
		s.traits |= traitOS
	}
	if isFamily(field) {
		s.traits |= traitFamily
	}
	turns, rises := 0, 0
	for start := 0; start < len(field); {
		end := runEnd(field, start)
		run := field[start:end]
		if isDigit(run[0]) {
			s.digits = max(s.digits, len(run))
		} else if isRandom(run) {
			s.traits |= traitRandom
		}
		rises += risesIn(run)
		turns++
		start = end
	}
	if turns > 2 && len(field) >= 4 && s.traits&traitOS == 0 {
		s.traits |= traitMixed
	}
	if rises > 2 {
		s.traits |= traitCase
	}
	return s
}
