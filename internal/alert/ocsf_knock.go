package alert

type knockData struct {
	Hosts         int      `json:"hosts"`
	Dialects      []string `json:"dialects"`
	Trees         []string `json:"trees"`
	Pipes         []string `json:"pipes"`
	LogonFailures int      `json:"logon_failures"`
	Encrypted     int      `json:"encrypted"`
	Telling       []string `json:"telling"`
}

func knockDataOf(k *Knock) *knockData {
	if k == nil {
		return nil
	}
	return &knockData{
		k.Hosts, cleanAll(k.Dialects), cleanAll(k.Trees), cleanAll(k.Pipes),
		k.LogonFailures, k.Encrypted, cleanAll(k.Telling),
	}
}

type listing struct {
	List  string `json:"list"`
	Entry string `json:"entry"`
}

// listedOf is never nil either.
func listedOf(in []Listing) []listing {
	out := make([]listing, 0, len(in))
	for _, l := range in {
		out = append(out, listing{clean(l.List), clean(l.Entry)})
	}
	return out
}
