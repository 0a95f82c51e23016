package stream

import (
	"testing"

	"github.com/wormwatch/wormwatch/internal/packet"
	"pgregory.net/rapid"
)

// Whoever asks is told of each conversation once when it is followed, and once when it is
// no more; what is followed is what the slab holds.
func TestFollowIsToldOfEachConversation(t *testing.T) {
	type ends struct {
		client, server         packet.Addr
		clientPort, serverPort uint16
	}
	rapid.Check(t, func(t *rapid.T) {
		w := newWire(t, func(c *Config) { c.Followed = 64 })
		followed := map[ends]bool{}
		w.f.site.Follow = func(client, server packet.Addr, clientPort, serverPort uint16, on bool) {
			e := ends{client, server, clientPort, serverPort}
			if followed[e] == on {
				t.Fatalf("%v is told twice: %v", e, on)
			}
			if followed[e] = on; !on {
				delete(followed, e)
			}
		}
		for i := range rapid.IntRange(1, 200).Draw(t, "connections") {
			c := dial("10.0.0.5", "192.0.2.7", uint16(1024+i), 6667)
			w.open(c)
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				w.talk(c, bot()...)
			case 1:
				w.see(c.says(client, "NICK x\r\n"))
			case 2:
				w.see(c.says(client, "GET / HTTP/1.1\r\n"))
			case 3:
				w.talk(c, person()...)
				w.see(c.fin(client))
				w.see(c.fin(server))
			}
			if len(followed) != w.f.Stats().Followed {
				t.Fatalf("%d are told of, %d are followed", len(followed), w.f.Stats().Followed)
			}
		}
	})
}
