package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/blocklist"
	"github.com/wormwatch/wormwatch/internal/detect/edge"
	"github.com/wormwatch/wormwatch/internal/problem"
)

// kinds are the findings that an allow entry can name: all that rest on what a host did.
// What they come to together cannot be allowed apart from them.
var kinds = func() (names []string) {
	for _, k := range alert.Kinds {
		if k != alert.HostCompromised {
			names = append(names, string(k))
		}
	}
	return names
}()

// validate returns what is wrong with values that are each of the right type.
func (c *Config) validate() []problem.Problem {
	var ps problem.List
	say := ps.Say
	if wrong := checkName(c.Sensor.Name); wrong != "" {
		say("sensor.name", "%s", wrong)
	}
	if c.Publish.Kafka.SASL.Password == masked {
		say("publish.kafka.sasl.password", "is what wormwatch config prints in place of a secret: write the password itself, or password_file")
	}
	f := c.Flow()
	for _, p := range f.Validate() {
		if strings.HasPrefix(p.Key, "services") || strings.HasPrefix(p.Key, "arp") {
			p.Key = "detect." + p.Key
		}
		ps = append(ps, p)
	}
	d := &c.Detect
	for _, part := range []struct {
		section string
		wrong   []problem.Problem
	}{
		{"capture.", c.Capture.Validate()},
		{"detect.", d.Config.Validate()},
		{"detect.streams.", d.Streams.Validate()},
		{"detect.irc.", d.IRC.Validate()},
		{"detect.boundary.", slices.Concat(d.Boundary.Validate(), c.boundaryServices())},
		{"detect.novelty.", d.Novelty.Validate()},
		{"detect.lineage.", d.Lineage.Validate()},
		{"detect.incidents.", d.Incidents.Validate()},
		{"blocklists", blocklist.Validate(c.Blocklists)},
		{"publish.lines.", c.Publish.Lines.Validate()},
		{"publish.outbox.", c.Publish.Outbox.Validate()},
		{"publish.kafka.", c.Publish.Kafka.Validate()},
		{"health.", c.Health.Validate()},
	} {
		for _, p := range part.wrong {
			p.Key = part.section + p.Key
			ps = append(ps, p)
		}
	}
	c.validateAllow(say)
	return ps
}

// boundaryServices holds the groups named for the edge to those that there are. The
// default ones may be missing: who replaces the services need not know of the edge.
func (c *Config) boundaryServices() []problem.Problem {
	if slices.Equal(c.Detect.Boundary.Services, edge.DefaultConfig().Services) {
		return nil
	}
	return c.Detect.Boundary.ValidateServices(c.Detect.Services)
}

func (c *Config) validateAllow(say func(key, format string, args ...any)) {
	for i, a := range c.Allow {
		at := fmt.Sprintf("allow[%d]", i)
		if !a.Source.IsValid() {
			say(at+".source", "is missing: write the address or prefix that may")
		}
		if strings.TrimSpace(a.Reason) == "" {
			say(at+".reason", "is missing: write why, for whoever reads it in a year")
		}
		if a.Target.IsValid() && a.Source.IsValid() && a.Target.Addr().Is4() != a.Source.Addr().Is4() {
			say(at+".target", "%s is of another address family than the source %s: write one of the same", a.Target, a.Source)
		}
		for j, k := range a.Kinds {
			if !slices.Contains(kinds, k) {
				say(fmt.Sprintf("%s.kinds[%d]", at, j), "%s is no kind of finding of this version: write %s",
					quote(k), strings.Join(kinds, " or "))
			}
		}
	}
}

// checkName says what is wrong with name as a sensor's, "" if nothing.
func checkName(name string) string {
	switch {
	case strings.TrimSpace(name) == "":
		return "is blank: write a name"
	case utf8.RuneCountInString(name) > 64:
		return fmt.Sprintf("has %d characters: write at most 64", utf8.RuneCountInString(name))
	case !utf8.ValidString(name) || strings.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0:
		return fmt.Sprintf("%s has a character that does not print: leave it out", quote(name))
	}
	return ""
}
