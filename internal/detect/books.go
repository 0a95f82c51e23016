package detect

// part is a kind of outcome that the score is made of.
type part uint8

const (
	partDark part = iota
	partRefused
	partSilent
	partAnswered // negative: answers of known servers
	partNovelty
	nParts
)

// parts is what each kind of outcome adds to the score, decayed to source.last.
type parts [nParts]float32

// score is the sum. Answers of known servers take back failures and novelty, but never
// dark contacts: a scanner that works normally beside its scan must not excuse itself.
func (p *parts) score() float64 {
	return float64(p[partDark] + max(0, p.open()))
}

// open is the sum of what answers can take back.
func (p *parts) open() float32 {
	return p[partRefused] + p[partSilent] + p[partAnswered] + p[partNovelty]
}

// settle forgets failures that answers have outweighed: no credit for a good past.
func (p *parts) settle() {
	for _, i := range []part{partDark, partRefused, partSilent, partNovelty} {
		p[i] = max(0, p[i])
	}
	p[partAnswered] = min(0, p[partAnswered])
	if p.open() <= 0 {
		*p = parts{partDark: p[partDark]}
	}
}

// recent counts contacts with the score's own decay, so that shares speak of the same time
// as the score. Contacts that a known server answered are in served only.
type recent struct{ judged, dark, failed, novel, served float32 }

// totals counts contacts since the score was last zero, as they stand in findings: a target
// is dark or has an outcome, the others still wait.
type totals struct {
	contacts, targets, dark, refused, silent, answered uint32
}

// books are what the meetings of a source, or of a fast episode, come to.
type books struct {
	parts  parts
	recent recent
	total  totals
}

func (b *books) scale(f float32) {
	for i := range b.parts {
		b.parts[i] *= f
	}
	b.recent.judged *= f
	b.recent.dark *= f
	b.recent.failed *= f
	b.recent.novel *= f
	b.recent.served *= f
}

// enter puts a meeting into the books.
func (b *books) enter(m *meeting) {
	b.total.contacts++
	b.total.targets++
	b.total.ended(m.outcome(), 1)
	b.parts[m.part] += m.weight
	if m.dark {
		b.total.dark++
		b.recent.dark++
	}
	if m.failed {
		b.recent.failed++
	}
	if m.judged {
		b.recent.judged++
	}
	if m.novel {
		b.recent.novel++
	}
	if m.served {
		b.recent.served++
	}
	b.parts.settle()
}

// strike takes a meeting out of the books again. Its counts may have decayed, or have been
// forgotten with the score.
func (b *books) strike(m *meeting) {
	less := func(n *uint32, is bool) {
		if is && *n > 0 {
			*n--
		}
	}
	fade := func(x *float32, is bool) {
		if is {
			*x = max(0, *x-1)
		}
	}
	less(&b.total.contacts, true)
	less(&b.total.targets, true)
	b.total.ended(m.outcome(), -1)
	less(&b.total.dark, m.dark)
	fade(&b.recent.dark, m.dark)
	fade(&b.recent.failed, m.failed)
	fade(&b.recent.judged, m.judged)
	fade(&b.recent.novel, m.novel)
	fade(&b.recent.served, m.served)
	b.parts[m.part] -= m.weight
	b.parts.settle()
}

// outcome is the state that a meeting is counted under: a dark target is counted as that,
// unless somebody answered there all the same (networks.dark).
func (m *meeting) outcome() state {
	if m.dark && m.state != answered {
		return waiting
	}
	return m.state
}

// decided is how many targets do not wait.
func (t *totals) decided() uint32 { return t.dark + t.refused + t.silent + t.answered }

// ended counts a meeting by its outcome, n being 1 or -1; those that wait are the rest.
func (t *totals) ended(st state, n int) {
	var c *uint32
	switch st {
	case answered:
		c = &t.answered
	case refused:
		c = &t.refused
	case silent:
		c = &t.silent
	default:
		return
	}
	if n > 0 || *c > 0 {
		*c = uint32(int(*c) + n)
	}
}
