package smb

// answer1 reads one command of a server ([MS-CIFS], 2.2.4).
func (s *Session) answer1(m *message1, b *block1, st status) {
	switch b.command {
	case negotiate1:
		s.chosen(b, st)
	case sessionAndX1: // 2.2.4.53.2: Action, whose lowest bit is that of a guest
		s.loggedOn(m.id, st, le16(b.words, 4)&1 != 0, false)
	case treeConnect1: // 2.2.4.50.2
		s.connected(m.id, uint32(le16(b.words, 2)), st)
	case treeAndX1:
		s.connected(m.id, m.tree, st)
	case open1, create1, createNew1, openAndX1, ntCreateAndX1:
		s.opened(m.id, st)
	case transaction1:
		s.opened(m.id, st)
		if _, ok := s.answered(m.id, askPeek); ok && st == statusNoResources {
			s.knock.Probes |= ProbeUnpatched
		}
	case transaction21:
		s.implanted(m, st)
	}
}

// implanted reads the answer to TRANS2_SESSION_SETUP. No server has it; the implant says
// so as well, and adds to the multiplex id.
func (s *Session) implanted(m *message1, st status) {
	const ready = 0x10
	if _, ok := s.answered(m.id-ready, askImplant); ok && st == statusNotImplemented {
		s.knock.Probes |= ProbeImplanted
		return
	}
	s.answered(m.id, askImplant)
}

// chosen reads NEGOTIATE (2.2.4.52.2). The number of words tells NT LM 0.12 where the
// client's list was not seen.
func (s *Session) chosen(b *block1, st status) {
	const none = 0xffff
	if !st.ok() || len(b.words) < 2 {
		return
	}
	index := le16(b.words, 0)
	switch {
	case index == none:
	case int(index) < len(s.offered) && s.offered[index] != 0:
		s.knock.Dialect = 1 << (s.offered[index] - 1)
	case len(b.words) == 2*17:
		s.knock.Dialect = DialectNTLM012
	default:
		s.knock.Dialect = DialectSMB1
	}
}
