package smb

import "bytes"

// request1 reads one command of a client ([MS-CIFS], 2.2.4).
func (s *Session) request1(m *message1, b *block1) {
	switch b.command {
	case negotiate1:
		s.offers(b.data)
	case sessionAndX1:
		if m.nameless(b) {
			s.await(m.id, askNull, 0)
		}
	case treeConnect1: // 2.2.4.50
		s.connects(m.id, text{format1(b.data), false}.zeroEnded())
	case treeAndX1: // 2.2.4.55
		if path, ok := m.name(b, int(le16(b.words, 6))); ok {
			s.connects(m.id, path)
		}
	case open1, create1, createNew1, openAndX1, ntCreateAndX1:
		s.opens1(m, b)
	case transaction1:
		s.transaction(m, b)
	case transaction21:
		if le16(b.words, 28) == 0x000e { // 2.2.6.15, TRANS2_SESSION_SETUP
			s.knock.Probes |= ProbeImplant
			s.await(m.id, askImplant, 0)
		}
	}
}

// format1 takes the octet off that says of what sort a string is ([MS-CIFS], 2.2.2.5).
func format1(data []byte) []byte {
	if len(data) > 0 && data[0] == 0x04 {
		return data[1:]
	}
	return data
}

// opens1 reads OPEN (2.2.4.3), CREATE (2.2.4.4), CREATE_NEW (2.2.4.16), OPEN_ANDX
// (2.2.4.41) and NT_CREATE_ANDX (2.2.4.64).
func (s *Session) opens1(m *message1, b *block1) {
	at, writes := 0, false
	switch b.command {
	case ntCreateAndX1:
		writes = le32(b.words, 15)&writeAccess != 0
	case openAndX1:
		writes = writeMode(le16(b.words, 6))
	case open1:
		at, writes = 1, writeMode(le16(b.words, 0))
	default:
		at, writes = 1, true
	}
	if name, ok := m.name(b, at); ok {
		s.opens(m.id, m.tree, name, writes)
	}
}

// writeMode reads an AccessMode ([MS-CIFS], 2.2.4.3.1).
func writeMode(mode uint16) bool { return mode&7 == 1 || mode&7 == 2 }

// transaction reads TRANSACTION (2.2.4.33), by which pipes are called without opening
// them, as \PIPE\LANMAN is, and peeked into (2.2.5.5).
func (s *Session) transaction(m *message1, b *block1) {
	const peek = 0x0023
	if b := b.words; len(b) >= 32 && le16(b, 28) == peek && le16(b, 30) == 0 {
		s.knock.Probes |= ProbePeek
		s.await(m.id, askPeek, 0)
	}
	name, ok := m.name(b, 0)
	if !ok || !name.hasPrefix(`\PIPE\`) {
		return
	}
	if name = name.pipeName(); name.len() > 0 {
		s.pipe(m.id, pipeOf(name))
	}
}

// nameless reads SESSION_SETUP_ANDX: as of NT LM 0.12 ([MS-CIFS], 2.2.4.53.1), with
// extended security ([MS-SMB], 2.2.4.6.1), and as of LAN Manager.
func (m *message1) nameless(b *block1) bool {
	secret := int(le16(b.words, 14))
	switch len(b.words) / 2 {
	case 12:
		return nameless(b.data[:min(secret, len(b.data))])
	case 13:
		secret += int(le16(b.words, 16))
	case 10:
	default:
		return false
	}
	// A null session may carry one zero octet for a password.
	account, ok := m.name(b, secret)
	return ok && secret <= 1 && account.len() == 0
}

// dialects1 are the dialects by the strings that clients offer ([MS-CIFS], 1.7).
var dialects1 = []struct {
	name    string
	dialect uint8 // number of its bit
}{
	{"NT LM 0.12", 4},
	{"PC NETWORK PROGRAM 1.0", 0},
	{"PCLAN1.0", 0},
	{"MICROSOFT NETWORKS 1.03", 0},
	{"LANMAN1.0", 1},
	{"MICROSOFT NETWORKS 3.0", 1},
	{"LM1.2X002", 2},
	{"DOS LM1.2X002", 2},
	{"LANMAN2.1", 3},
	{"DOS LANMAN2.1", 3},
}

// offers reads NEGOTIATE (2.2.4.52.1), for the server answers with an index.
func (s *Session) offers(data []byte) {
	for i := range s.offered {
		if len(data) == 0 || data[0] != 0x02 {
			return
		}
		name, rest, _ := bytes.Cut(data[1:], []byte{0})
		for _, d := range dialects1 {
			if string(name) == d.name {
				s.offered[i] = d.dialect + 1
			}
		}
		data = rest
	}
}
