package alert

import "strings"

// knock writes what was said to those that answered on SMB, if anything was seen of it.
func (t *Text) knock(k *Knock) {
	if k == nil {
		return
	}
	t.line("knock", "%s: %s; trees %s; pipes %s; %s; %d went on encrypted",
		Count(k.Hosts, "host"), joined(k.Dialects), joined(k.Trees), joined(k.Pipes), Count(k.LogonFailures, "refused logon"), k.Encrypted)
	if len(k.Telling) > 0 {
		t.line("look at", "%s", strings.Join(cleanAll(k.Telling), "; "))
	}
}

// listed writes which blocklists name whom, if any do.
func (t *Text) listed(whom string, in []Listing) {
	if len(in) == 0 {
		return
	}
	list := make([]string, len(in))
	for i, l := range in {
		list[i] = clean(l.List)
		if l.Entry != "" {
			list[i] += " (" + clean(l.Entry) + ")"
		}
	}
	t.line("listed", "%s is on %s", whom, strings.Join(list, ", "))
}
