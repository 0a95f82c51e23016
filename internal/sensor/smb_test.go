package sensor

import (
	"encoding/binary"
	"unicode/utf16"
)

// smb2 returns a message of SMB 2 ([MS-SMB2], 2.2.1.2) in a session packet.
func smb2(command uint16, answer bool, body []byte) string {
	le := binary.LittleEndian
	b := le.AppendUint16([]byte("\xfeSMB"), 64)
	b = append(b, make([]byte, 6)...) // CreditCharge and Status
	b = le.AppendUint16(b, command)
	b = le.AppendUint16(b, 1)
	flags := uint32(0)
	if answer {
		flags = 1
	}
	b = le.AppendUint32(b, flags)
	b = append(b, make([]byte, 44)...) // up to the end of the header
	b = append(b, body...)
	return string([]byte{0, 0, byte(len(b) >> 8), byte(len(b))}) + string(b)
}

// adminShare has a client connect to ADMIN$ of a server ([MS-SMB2], 2.2.9 and 2.2.10).
func (l *lab) adminShare(client, server string) {
	const treeConnect = 3
	le := binary.LittleEndian
	name := utf16.Encode([]rune(`\\server\ADMIN$`))
	body := le.AppendUint16([]byte{9, 0, 0, 0, 72, 0}, uint16(2*len(name)))
	for _, u := range name {
		body = le.AppendUint16(body, u)
	}
	c := l.Connect(client, server, l.port(), 445)
	c.Says(smb2(treeConnect, false, body))
	c.Hears(smb2(treeConnect, true, append([]byte{16, 0, 1}, make([]byte, 13)...)))
	c.Close()
}
