package alert_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"pgregory.net/rapid"

	"github.com/wormwatch/wormwatch/internal/alert"
)

// read is a finding as a consumer decodes it: what is relied on.
type read struct {
	Time, Count int64
	Metadata    struct {
		EventCode string `json:"event_code"`
		Sequence  int
	}
	FindingInfo struct {
		First   int64 `json:"first_seen_time"`
		Last    int64 `json:"last_seen_time"`
		Attacks []struct {
			Technique struct{ UID string }
			Sub       struct{ UID string } `json:"sub_technique"`
		}
	} `json:"finding_info"`
	Evidences []struct {
		Src  struct{ IP string } `json:"src_endpoint"`
		Dst  *service            `json:"dst_endpoint"`
		Data json.RawMessage
	}
	Resources []struct {
		IP   string
		Role string
	}
	Observables []struct{ Name, Value string }
}

type service struct {
	IP   string
	Port uint16
}

type readSamples struct {
	Samples  []struct{ Time int64 }
	Answered []struct{ Time int64 } `json:"answered_samples"`
}

// checker compares on the way.
type checker struct{ *rapid.T }

func (c checker) equal(what string, got, want any) {
	c.Helper()
	if got != want {
		c.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func (c checker) decode(from []byte, into any) {
	c.Helper()
	if err := json.Unmarshal(from, into); err != nil {
		c.Fatalf("%v: %s", err, from)
	}
}

// checkAgainst reads a line as a consumer does and compares it with the finding.
func checkAgainst(t *rapid.T, f *alert.Finding, line []byte) {
	c := checker{t}
	var got read
	c.decode(line, &got)
	c.equal("kind", got.Metadata.EventCode, string(f.Kind))
	c.equal("sequence", got.Metadata.Sequence, f.Sequence)
	c.equal("time", got.Time, f.Time.UnixMilli())
	c.equal("first seen", got.FindingInfo.First, f.FirstSeen.UnixMilli())
	c.equal("last seen", got.FindingInfo.Last, f.LastSeen.UnixMilli())
	for i, a := range got.FindingInfo.Attacks {
		id := a.Technique.UID
		if a.Sub.UID != "" {
			id = a.Sub.UID
		}
		c.equal("technique", id, f.Techniques[i])
	}
	c.observed(&got, line)
	switch data := got.Evidences[0].Data; {
	case f.Scan != nil:
		c.equal("count", got.Count, int64(f.Scan.Contacts))
		c.scan(f.Scan, data)
	case f.IRC != nil:
		c.equal("server", got.Evidences[0].Dst.Port, f.IRC.Port)
		c.irc(f.IRC, data)
	case f.Edge != nil:
		c.equal("count", got.Count, int64(f.Edge.Contacts))
		c.samples(data, f.Edge.Samples, f.Edge.Answers)
	case f.Incident != nil:
		c.equal("count", got.Count, int64(len(f.Incident.Timeline)+f.Incident.Omitted))
		c.incident(f.Incident, data)
	case f.Novelty != nil:
		c.equal("count", got.Count, int64(f.Novelty.Count))
		var n struct{ Items []struct{ Time int64 } }
		c.decode(data, &n)
		c.equal("items", len(n.Items), len(f.Novelty.Items))
	}
}

// observed follows each observable to where it says that it stands.
func (c checker) observed(got *read, line []byte) {
	c.Helper()
	var doc any
	c.decode(line, &doc)
	for _, o := range got.Observables {
		at := doc
		for step := range strings.FieldsFuncSeq(o.Name, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
			switch v := at.(type) {
			case map[string]any:
				at = v[step]
			case []any:
				var i int
				_, _ = fmt.Sscan(step, &i) // 0 where it is none: then the values differ
				at = v[i]
			}
		}
		c.equal(o.Name, fmt.Sprint(at), o.Value)
	}
}

func (c checker) samples(data []byte, tried, answers []alert.Sample) {
	c.Helper()
	var s readSamples
	c.decode(data, &s)
	c.equal("samples", len(s.Samples), min(len(tried), alert.MaxSamples))
	c.equal("answered samples", len(s.Answered), min(len(answers), alert.MaxSamples))
	for i := range s.Samples {
		c.equal("sample's time", s.Samples[i].Time, tried[i].Time.UnixMilli())
	}
}

func (c checker) scan(s *alert.Scan, data []byte) {
	c.Helper()
	c.samples(data, s.Samples, s.Answers)
	var got struct {
		Targets int
		Knock   *struct{ Pipes []string }
		Listed  []any
		Counted *struct{ Openings, Held uint64 }
	}
	c.decode(data, &got)
	c.equal("targets", got.Targets, s.Targets)
	c.equal("counted", got.Counted == nil, s.Counted == nil)
	if s.Counted != nil {
		c.equal("openings", got.Counted.Openings, s.Counted.Openings)
		c.equal("held", got.Counted.Held, s.Counted.Held)
	}
	c.equal("knock", got.Knock == nil, s.Knock == nil)
	if s.Knock != nil {
		c.equal("pipes", len(got.Knock.Pipes), len(s.Knock.Pipes))
	}
	c.equal("listed", len(got.Listed), len(s.Listed))
}

func (c checker) irc(i *alert.IRC, data []byte) {
	c.Helper()
	var got struct {
		Bot, TLS    bool
		Channels    []string
		Lines       []string
		Parts       map[string]float64 `json:"score_parts"`
		Explanation []struct {
			Part   string
			Weight float64
		}
	}
	c.decode(data, &got)
	c.equal("bot", got.Bot, i.Bot)
	c.equal("tls", got.TLS, i.TLS)
	c.equal("channels", len(got.Channels), len(i.Channels))
	c.equal("lines", len(got.Lines), len(i.Lines))
	for j, l := range got.Lines {
		c.equal("side of line", l[0] == '<', i.Lines[j].Server)
	}
	left := map[string]float64{}
	for _, e := range got.Explanation {
		left[e.Part] += e.Weight
	}
	c.equal("parts", len(left), len(got.Parts))
	for name, sum := range left {
		if math.Abs(sum-got.Parts[name]) > 0.05 && math.Abs(sum) < 1e9 { // beyond, octets of a float are lost, or it is cut
			c.Fatalf("%s: explained %g, told %g", name, sum, got.Parts[name])
		}
	}
}

func (c checker) incident(i *alert.Incident, data []byte) {
	c.Helper()
	var got struct {
		Timeline []struct{ Time int64 }
		By       *struct {
			Time  int64
			Delay int64 `json:"delay_ms"`
			Bytes uint64
		} `json:"infected_by"`
		Infected []struct {
			CalledBack uint16 `json:"called_back"`
		}
	}
	c.decode(data, &got)
	c.equal("moments", len(got.Timeline), len(i.Timeline))
	for j := range got.Timeline {
		c.equal("moment's time", got.Timeline[j].Time, i.Timeline[j].Time.UnixMilli())
	}
	c.equal("infected by", got.By == nil, i.InfectedBy == nil)
	if by := i.InfectedBy; by != nil {
		c.equal("time of infection", got.By.Time, by.Time.UnixMilli())
		c.equal("delay", got.By.Delay, by.Delay.Milliseconds())
		c.equal("octets", got.By.Bytes, by.Bytes)
	}
	c.equal("infected", len(got.Infected), len(i.Infected))
	for j := range got.Infected {
		c.equal("call back", got.Infected[j].CalledBack, i.Infected[j].CalledBack)
	}
}
