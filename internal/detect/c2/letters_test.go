package c2

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestLettersByLot(t *testing.T) {
	for _, word := range []string{
		"alice", "krzysztof", "schmidt", "Stadtschloss", "Szczecin", "Reykjavik", "Qinghai", "Tkachenko", "Hrvoje", "strong",
		"rhythms", "lynx", "bcd", "zzzzzz", "brrrrt", "naïve", "O'Brien", "McDonald", "worldwide", "Wunschzettel",
	} {
		if isRandom(word) {
			t.Errorf("%s was drawn by lot", word)
		}
	}
	for _, letters := range []string{"xlvkqz", "ghmfeirsfnw", "qzxgfd", "KJHGFDS", "mnbvcxz", "bdfgh"} {
		if !isRandom(letters) {
			t.Errorf("%s is a word", letters)
		}
	}
}

// TestMostLettersByLotAreFound: the longer, the more.
func TestMostLettersByLotAreFound(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for n, want := range map[int]float64{5: 0.4, 6: 0.5, 8: 0.7, 12: 0.75} {
		found := 0
		for range 5000 {
			var b strings.Builder
			for range n {
				b.WriteByte(byte('a' + draw.IntN(26)))
			}
			if isRandom(b.String()) {
				found++
			}
		}
		if share := float64(found) / 5000; share < want {
			t.Errorf("of %d letters %.2f are found, want %.2f", n, share, want)
		}
	}
}

func TestCodes(t *testing.T) {
	for field, want := range map[string][3]bool{
		"DEU": {true, false, false}, "DE": {true, false, false}, "USA48391": {true, false, false}, "XP": {false, true, false},
		"2K3": {false, true, false}, "XP4711": {false, true, false}, "WIN7": {false, true, false}, "Rbot": {false, false, true},
		"sdbot0815": {false, false, true},
		"":          {}, "deu": {}, "Xp": {}, "DEUT": {}, "EU ": {}, "USA1": {}, "bot": {}, " ": {}, "DEU AUT": {},
	} {
		if got := [3]bool{isCountry(field), isSystem(field), isFamily(field)}; got != want {
			t.Errorf("%q: country, system, family %v, want %v", field, got, want)
		}
	}
}

func TestShapesOfBots(t *testing.T) {
	for nick, want := range map[string]float64{
		"DEU|XP|483920": 8, "[USA]2K-0291837": 8, "USA|00|XP|SP2|3847291": 8, "[N00_USA_XP_1234567]": 8,
		"{NEW}[USA][XP-SP2]384729": 8, "[XP]-4839201": 8, "sdbot-1fk3": 6, "damn-0262937047": 6.5, "[00|DEU|48392]": 6.5,
		"urx-48291": 5, "xlvkqz": 4.5,
	} {
		if got := shapeOf(nick, lot, nick).points(); got != want {
			t.Errorf("%s comes to %g, want %g: %v", nick, got, want, shapeOf(nick, lot, nick).words())
		}
	}
}

func TestPattern(t *testing.T) {
	same := func(a, b string) bool { return patternOf(a, 1) != 0 && patternOf(a, 1) == patternOf(b, 1) }
	for _, pair := range [][2]string{
		{"DEU|XP|483920", "USA|2K|102938"},
		{"[USA]2K-0291837", "[FRA]XP-1234567"},
		{"damn-0262937047", "DAMN-1111111111"},
		{"xlvkqz", "bdfghj"},
		{"[USA|WIN7]12345", "[DEU|XP]99999"},
	} {
		if !same(pair[0], pair[1]) {
			t.Errorf("%s and %s differ", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{
		{"DEU|XP|483920", "DEU-XP-483920"},
		{"damn-0262937047", "damn-026293704"},
		{"alice", "emily"},
		{"abcd-4711", "a-4711"},
		{"DEU|XP|483920", "|DEU|XP|483920"},
		{"DEU|XP|483920", "DEU|XP|483920|"},
	} {
		if same(pair[0], pair[1]) {
			t.Errorf("%s and %s have one pattern", pair[0], pair[1])
		}
	}
	if patternOf("damn-0262937047", 1) == patternOf("damn-0262937047", 2) {
		t.Error("the hash does not depend on the seed")
	}
}
