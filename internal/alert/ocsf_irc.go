package alert

type ircData struct {
	Server        string             `json:"server"`
	Port          uint16             `json:"port"`
	ServerName    string             `json:"server_name"`
	Nick          string             `json:"nick"`
	User          string             `json:"user"`
	RealName      string             `json:"real_name"`
	Channels      []string           `json:"channels"`
	KeyedChannels []string           `json:"keyed_channels"`
	Orders        []string           `json:"orders"`
	Lines         []string           `json:"lines"`
	TLS           bool               `json:"tls"`
	Answered      bool               `json:"answered"`
	Open          bool               `json:"open"`
	Bot           bool               `json:"bot"`
	Novel         bool               `json:"novel"`
	Hosts         int                `json:"hosts"`
	Score         float64            `json:"score"`
	Threshold     float64            `json:"threshold"`
	ScoreParts    map[string]float64 `json:"score_parts"`
	Explanation   []part             `json:"explanation"`
	Listed        []listing          `json:"listed"`
	Visibility    string             `json:"visibility"`
	Interface     string             `json:"interface"`
	VLAN          uint16             `json:"vlan"`
}

type part struct {
	Part   string  `json:"part"`
	Weight float64 `json:"weight"`
	Why    string  `json:"why"`
}

func ircDataOf(i *IRC) *ircData {
	out := &ircData{
		Server: addrText(i.Server), Port: i.Port, ServerName: clean(i.ServerName),
		Nick: clean(i.Nick), User: clean(i.User), RealName: clean(i.Real),
		Channels: cleanAll(i.Channels), KeyedChannels: cleanAll(i.Keyed), Orders: cleanAll(i.Orders),
		Lines: make([]string, 0, len(i.Lines)),
		TLS:   i.TLS, Answered: i.Answered, Open: i.Open, Bot: i.Bot, Novel: i.Novel, Hosts: i.Hosts,
		Score: cents(i.Score), Threshold: cents(i.Threshold),
		ScoreParts: sumOf(i.Parts), Explanation: make([]part, 0, len(i.Parts)),
		Listed: listedOf(i.Listed), Visibility: clean(string(i.Visibility)),
		Interface: clean(i.Interface), VLAN: i.VLAN,
	}
	for j := range i.Lines {
		out.Lines = append(out.Lines, i.Lines[j].shown())
	}
	for _, p := range i.Parts {
		out.Explanation = append(out.Explanation, part{clean(p.Name), cents(p.Weight), clean(p.Why)})
	}
	return out
}

// sumOf adds up what parts of the same name weigh.
func sumOf(parts []Part) map[string]float64 {
	sum := make(map[string]float64, len(parts))
	for _, p := range parts {
		sum[clean(p.Name)] += finite(p.Weight)
	}
	for name := range sum {
		sum[name] = cents(sum[name])
	}
	return sum
}

// shown is the line with a mark of who said it: > for the client, < for the server.
func (l *IRCLine) shown() string {
	if l.Server {
		return "< " + clean(l.Text)
	}
	return "> " + clean(l.Text)
}
