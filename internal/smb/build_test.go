package smb

import (
	"encoding/binary"
	"unicode/utf16"
)

var le = binary.LittleEndian

// wide returns s in UTF-16LE.
func wide(s string) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = le.AppendUint16(b, u)
	}
	return b
}

func join(parts ...[]byte) (b []byte) {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// words returns 16-bit words.
func words(w ...uint16) (b []byte) {
	for _, v := range w {
		b = le.AppendUint16(b, v)
	}
	return b
}

// framed puts messages into one session packet.
func framed(messages ...[]byte) []byte {
	b := join(messages...)
	return join([]byte{sessionMessage, byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}, b)
}

// head2 is what varies in an SMB 2 header.
type head2 struct {
	command uint16
	status  status
	id      uint32
	tree    uint32
	answer  bool
}

// msg2 returns an SMB 2 message ([MS-SMB2], 2.2.1.2).
func msg2(h head2, body []byte) []byte {
	b := join([]byte("\xfeSMB"), words(64, 0), le.AppendUint32(nil, uint32(h.status)), words(h.command, 1))
	flags := uint32(0)
	if h.answer {
		flags = 1
	}
	b = le.AppendUint32(b, flags)
	b = le.AppendUint32(b, 0) // NextCommand
	b = le.AppendUint64(b, uint64(h.id))
	b = le.AppendUint32(b, 0xfeff)
	b = le.AppendUint32(b, h.tree)
	b = append(b, make([]byte, 8+16)...)
	return append(b, body...)
}

// compound links messages ([MS-SMB2], 3.2.4.1.4).
func compound(messages ...[]byte) (b []byte) {
	for i, m := range messages {
		if i < len(messages)-1 {
			m = append(m, make([]byte, -len(m)&7)...)
			le.PutUint32(m[20:], uint32(len(m)))
		}
		b = append(b, m...)
	}
	return b
}

// linked sets where the next message of a compound starts.
func linked(m []byte, next uint32) []byte {
	le.PutUint32(m[20:], next)
	return m
}

// renamed is a CREATE of a pipe on a share that is not known, with its name elsewhere.
func renamed(id uint32, offset, length uint16) []byte {
	m := append(create2Ask(id, 1, 3, ""), make([]byte, 1000)...)
	le.PutUint16(m[header2+44:], offset)
	le.PutUint16(m[header2+46:], length)
	copy(m[600:], wide("svcctl"))
	copy(m[500:], wide("svcctl"))
	return m
}

func tree2(id uint32, path string) []byte {
	p := wide(path)
	return msg2(head2{command: treeConnect2, id: id}, join(words(9, 0, 72, uint16(len(p))), p))
}

func treeAnswer2(id, tree uint32, st status) []byte {
	return msg2(head2{command: treeConnect2, id: id, tree: tree, status: st, answer: true}, words(16, 1, 0, 0, 0, 0, 0, 0))
}

func create2Ask(id, tree uint32, access uint32, name string) []byte {
	n := wide(name)
	b := join(words(57), make([]byte, 22), le.AppendUint32(nil, access), make([]byte, 16),
		words(120, uint16(len(n))), make([]byte, 8), n)
	return msg2(head2{command: create2, id: id, tree: tree}, b)
}

func answer2(command uint16, id uint32, st status) []byte {
	return msg2(head2{command: command, id: id, status: st, answer: true}, words(9, 0, 0, 0))
}

func negotiated2(revision uint16) []byte {
	return msg2(head2{command: negotiate2, answer: true}, join(words(65, 1, revision), make([]byte, 58)))
}

func session2(id uint32, token []byte) []byte {
	return msg2(head2{command: sessionSetup2, id: id}, join(words(25, 0, 0, 0, 0, 0, 88, uint16(len(token))), make([]byte, 8), token))
}

func sessionAnswer2(id uint32, st status, flags uint16) []byte {
	return msg2(head2{command: sessionSetup2, id: id, status: st, answer: true}, words(9, flags, 72, 0))
}

// ntlm returns an AUTHENTICATE_MESSAGE in something like SPNEGO.
func ntlm(account string, response int) []byte {
	b := append([]byte("\xa1\x81\x77NTLMSSP\x00"), make([]byte, 80)...)
	le.PutUint32(b[11:], 3)
	le.PutUint16(b[3+20:], uint16(response))
	le.PutUint16(b[3+36:], uint16(len(account)))
	return append(b, account...)
}

// head1 is what varies in an SMB 1 header.
type head1 struct {
	status status
	flags2 uint16
	tree   uint16
	pid    uint16
	mid    uint16
	answer bool
}

// part1 is one command of an SMB 1 message.
type part1 struct {
	command uint8
	words   []byte
	data    []byte
}

// msg1 returns an SMB 1 message ([MS-CIFS], 2.2.3), its commands chained.
func msg1(h head1, parts ...part1) []byte {
	flags := byte(0x18)
	if h.answer {
		flags |= answers1
	}
	b := join([]byte("\xffSMB"), []byte{parts[0].command}, le.AppendUint32(nil, uint32(h.status)), []byte{flags},
		words(h.flags2, 0), make([]byte, 10), words(h.tree, h.pid, 0x800, h.mid))
	for i, p := range parts {
		at := len(b)
		b = append(b, byte(len(p.words)/2))
		b = append(b, p.words...)
		b = append(b, words(uint16(len(p.data)))...)
		b = append(b, p.data...)
		if i < len(parts)-1 {
			b[at+1] = parts[i+1].command
			le.PutUint16(b[at+3:], uint16(len(b)))
		}
	}
	return b
}

// alone are the words that end a chain.
var alone = words(0xff, 0)

func treeX1(password int, path []byte) part1 {
	return part1{treeAndX1, join(alone, words(0, uint16(password))), join(make([]byte, password), path, []byte("?????\x00"))}
}

func ntCreate1(access uint32, name []byte) part1 {
	w := join(alone, []byte{0}, words(uint16(len(name))), make([]byte, 8), le.AppendUint32(nil, access), make([]byte, 29))
	return part1{ntCreateAndX1, w, name}
}

// transact1 is TRANSACTION and TRANSACTION2, with its setup words.
func transact1(command uint8, data []byte, setup ...uint16) part1 {
	return part1{command, join(make([]byte, 26), []byte{byte(len(setup)), 0}, words(setup...)), data}
}

func offer1(names ...string) []byte {
	var b []byte
	for _, n := range names {
		b = append(append(append(b, 2), n...), 0)
	}
	return framed(msg1(head1{}, part1{negotiate1, nil, b}))
}
