package smb

// Layout of the SMB 1 header ([MS-CIFS], 2.2.3.1).
const (
	header1 = 32 // octets
	least1  = header1 + 3

	answers1  = 0x80   // Flags: a response
	ntStatus1 = 0x4000 // Flags2: Status is an NT status, not class and code
	unicode1  = 0x8000 // Flags2: names are UTF-16LE
)

// Commands of SMB 1 that are looked into ([MS-CIFS], 2.2.2.1).
const (
	open1         = 0x02
	create1       = 0x03
	createNew1    = 0x0f
	lockingAndX1  = 0x24
	transaction1  = 0x25
	openAndX1     = 0x2d
	readAndX1     = 0x2e
	writeAndX1    = 0x2f
	transaction21 = 0x32
	treeConnect1  = 0x70
	negotiate1    = 0x72
	sessionAndX1  = 0x73
	logoffAndX1   = 0x74
	treeAndX1     = 0x75
	ntCreateAndX1 = 0xa2
	noCommand1    = 0xff // ends a chain
)

// maxChain is how many commands of one message are looked at.
const maxChain = 8

// message1 is what the commands of an SMB 1 message have in common.
type message1 struct {
	id     uint32 // process and multiplex id
	tree   uint32
	raw    uint32 // Status as it stands there
	flags2 uint16
	server bool
}

// block1 is one command of a message: parameter words and data ([MS-CIFS], 2.2.3).
type block1 struct {
	command uint8
	words   []byte
	data    []byte
	at      int // of data in the message: names are aligned by it
}

// smb1 takes one message and returns how long it is.
func (s *Session) smb1(b []byte, left int, server bool) int {
	if left < least1 {
		return left
	}
	if len(b) < header1 {
		return 0
	}
	command := b[4]
	need := min(left, needed1(command))
	if len(b) < need {
		return 0
	}
	b = b[:need]
	if command != negotiate1 {
		s.speaks(DialectSMB1)
	}
	if (b[9]&answers1 != 0) != server { // not what this side says, such as an oplock break
		return left
	}
	m := message1{
		id: uint32(le16(b, 26))<<16 | uint32(le16(b, 30)), tree: uint32(le16(b, 24)),
		raw: le32(b, 5), flags2: le16(b, 10), server: server,
	}
	s.chain1(&m, command, b)
	return left
}

// needed1 says how much of a message is looked at.
func needed1(command uint8) int {
	switch command {
	case open1, create1, createNew1, transaction1, openAndX1, transaction21, treeConnect1,
		negotiate1, sessionAndX1, logoffAndX1, treeAndX1, ntCreateAndX1:
		return window
	}
	return least1
}

// chain1 follows the commands of a message ([MS-CIFS], 2.2.3.4). The status is that of the
// last that the server came to; those before it went well.
func (s *Session) chain1(m *message1, command uint8, b []byte) {
	at := header1
	for range maxChain {
		block, ok := block1At(command, b, at)
		if !ok {
			return
		}
		next, goes := block.next(at)
		if !m.server {
			s.request1(m, &block)
		} else if goes {
			s.answer1(m, &block, statusOK)
		} else {
			s.answer1(m, &block, m.status(command))
		}
		if !goes {
			return
		}
		command, at = block.words[0], next
	}
}

// block1At returns the command whose words start at an offset.
func block1At(command uint8, b []byte, at int) (block1, bool) {
	if at >= len(b) {
		return block1{}, false
	}
	words := at + 1
	count := words + 2*int(b[at])
	data := count + 2
	if data > len(b) {
		return block1{}, false
	}
	end := min(data+int(le16(b, count)), len(b))
	return block1{command: command, words: b[words:count], data: b[data:end], at: data}, true
}

// next returns where the chain goes on. It only goes forward.
func (b *block1) next(at int) (int, bool) {
	switch b.command {
	case lockingAndX1, openAndX1, readAndX1, writeAndX1, sessionAndX1, logoffAndX1, treeAndX1, ntCreateAndX1:
	default:
		return 0, false
	}
	next := int(le16(b.words, 2))
	return next, len(b.words) >= 4 && b.words[0] != noCommand1 && next > at
}

// status returns the Status as an NT status.
func (m *message1) status(command uint8) status {
	if m.flags2&ntStatus1 != 0 {
		return status(m.raw)
	}
	return fromDOS(uint8(m.raw), uint16(m.raw>>16), command == sessionAndX1)
}

// name returns the zero-ended name at an offset in the data, where Unicode is aligned to
// even places of the message.
func (m *message1) name(b *block1, at int) (t text, ok bool) {
	wide := m.flags2&unicode1 != 0
	if wide {
		at += (b.at + at) & 1
	}
	if at > len(b.data) {
		return text{}, false
	}
	return text{b.data[at:], wide}.zeroEnded(), true
}
