package alert

type incidentData struct {
	Timeline   []moment    `json:"timeline"`
	Omitted    int         `json:"omitted"`
	Kinds      []string    `json:"kinds"`
	InfectedBy *infection  `json:"infected_by"` // null where it is not known
	Infected   []infection `json:"infected"`
}

type moment struct {
	Time       int64  `json:"time"`
	Kind       string `json:"kind"`
	FindingUID string `json:"finding_uid"`
	Message    string `json:"message"`
}

type infection struct {
	IP         string `json:"ip"`
	Time       int64  `json:"time"`
	Port       uint16 `json:"port"`
	DelayMS    int64  `json:"delay_ms"`
	Bytes      uint64 `json:"bytes"`
	CalledBack uint16 `json:"called_back"`
	Protocol   string `json:"protocol"`
}

func incidentDataOf(i *Incident) *incidentData {
	out := &incidentData{
		Timeline: make([]moment, 0, len(i.Timeline)), Omitted: i.Omitted, Kinds: cleanAll(i.Kinds),
		Infected: make([]infection, 0, len(i.Infected)),
	}
	for _, m := range i.Timeline {
		out.Timeline = append(out.Timeline, moment{m.Time.UnixMilli(), clean(m.Kind), clean(m.Episode), clean(m.Message)})
	}
	if i.InfectedBy != nil {
		by := infectionOf(i.InfectedBy)
		out.InfectedBy = &by
	}
	for j := range i.Infected {
		out.Infected = append(out.Infected, infectionOf(&i.Infected[j]))
	}
	return out
}

func infectionOf(i *Infection) infection {
	return infection{
		addrText(i.Host), i.Time.UnixMilli(), i.Port, i.Delay.Milliseconds(),
		i.Bytes, i.CalledBack, clean(i.Protocol),
	}
}
