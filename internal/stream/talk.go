package stream

import (
	"github.com/wormwatch/wormwatch/internal/irc"
	"github.com/wormwatch/wormwatch/internal/packet"
	"github.com/wormwatch/wormwatch/internal/smb"
)

// Proto is what a conversation was recognised as.
type Proto uint8

// The protocols that are followed.
const (
	None Proto = iota // not known yet; no Talk has it
	IRC
	TLS // on a port of IRC over TLS: nothing of what is said is known
	SMB
)

// Talk is a recognised conversation of which more is known than before, or that ended.
type Talk struct {
	Time           packet.Time
	Began          packet.Time // the SYN, or the first segment seen
	ID             uint64      // of the conversation, unique in a run
	Client, Server packet.Addr
	ClientPort     uint16
	ServerPort     uint16
	Realm          uint32
	VLAN, Iface    uint16
	MAC            [6]byte // of the client; zero if it was not heard
	Proto          Proto
	OneWay         bool // of the server nothing was ever seen, not even that it took the connection
	// End: closed, reset, silent for Config.Idle, or displaced. It is the last of its ID.
	End bool
	IRC *irc.Session // the one of Proto is there; valid until the next call
	SMB *smb.Session
}

// talk returns what c came to.
func (c *conversation) talk(now packet.Time, end bool) Talk {
	t := Talk{
		Time: now, Began: c.began, ID: c.id,
		Client: c.client, Server: c.server, ClientPort: c.clientPort, ServerPort: c.serverPort,
		Realm: c.realm, VLAN: c.vlan, Iface: c.iface, MAC: c.mac,
		Proto: c.proto, OneWay: !c.has(taken), End: end,
	}
	switch c.proto {
	case IRC:
		t.IRC = &c.irc
	case SMB:
		t.SMB = &c.smb
	}
	return t
}
