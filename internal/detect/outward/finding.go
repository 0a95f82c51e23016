package outward

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// sureness is how sure it is that something is new, 0-100: the sensor may have been
// elsewhere when it was used.
const sureness = 60

// say makes a finding of an episode as it stands.
func (j *Judge) say(e *episodeOf, a alert.Activity, now packet.Time) {
	j.stats.Findings++
	e.Sequence++
	j.found = append(j.found, j.finding(e, a, now))
}

// finding is an episode as it stands.
func (j *Judge) finding(e *episodeOf, a alert.Activity, now packet.Time) alert.Finding {
	f := e.Finding(a, now)
	f.Kind, f.Analytic, f.Version = alert.FirstSeen, string(alert.FirstSeen), Version
	f.Sensor, f.Realm, f.Confidence = j.site.Sensor, e.host.realm, sureness
	f.Source = alert.Endpoint{IP: e.host.addr.Netip(), MAC: packet.MACText(e.mac), Home: true}
	f.Episode, f.UID = e.Identify(j.site.Sensor, e.host.addr.String(), fmt.Sprint(e.host.realm), string(alert.FirstSeen))
	f.Novelty = &alert.Novelty{Count: int(e.count)}
	items := e.latest()
	for _, i := range items {
		f.Novelty.Items = append(f.Novelty.Items, j.itemOf(i))
	}
	last := j.phrase(items[len(items)-1])
	switch {
	case a == alert.Close:
		f.Message = fmt.Sprintf("Over: %s did nothing more that was never seen before; there were %s, last %s", f.Source.IP, things(e.count), last)
	case e.count == 1:
		f.Message = fmt.Sprintf("%s did what was never seen here before: %s", f.Source.IP, last)
	default:
		f.Message = fmt.Sprintf("%s did %s that were never seen here before, last: %s", f.Source.IP, things(e.count), last)
	}
	f.Remedy = fmt.Sprintf("Find out what changed on %s. If this is expected, nothing has to be done: it is not new any more.", f.Source.IP)
	return f
}

// Open returns the open episodes as they stand, in order of their start.
func (j *Judge) Open() []alert.Finding {
	if j.open == nil {
		return nil
	}
	var fs []alert.Finding
	j.open.Each(func(_ *host, e *episodeOf) { fs = append(fs, j.finding(e, alert.Update, e.Last)) })
	slices.SortFunc(fs, func(a, b alert.Finding) int {
		return cmp.Or(a.FirstSeen.Compare(b.FirstSeen), cmp.Compare(a.Episode, b.Episode))
	})
	return fs
}

func things(n uint32) string {
	if n == 1 {
		return "1 thing"
	}
	return fmt.Sprintf("%d things", n)
}

func (j *Judge) itemOf(i *item) alert.NovelItem {
	out := alert.NovelItem{Time: i.time.UTC(), What: whatNames[i.what], IP: i.addr.Netip(), Port: i.port}
	if i.what == service {
		out.Service = j.site.Services[i.group].Name
	}
	return out
}

// phrase says what is new about a thing.
func (j *Judge) phrase(i *item) string {
	at := endpoint(i.addr, i.port)
	switch i.what {
	case service:
		return fmt.Sprintf("it tried %s outward, at %s", j.site.Services[i.group].Name, at)
	case ircServer:
		return "it talked with the IRC server " + at
	}
	return fmt.Sprintf("it connected to %s, on a port that nobody used outward", at)
}
