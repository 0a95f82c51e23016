package outbox

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// encoded is an entry as version 1 of the format has it: what stands in the outboxes of
// the world. A change of it needs a new version.
const encoded = "e4d18324" + "01" + "01020400" + "0000019ca94515b8" + "0000019ca9450a00" +
	"0a7569642d303030303033" + "0831302e302e302e31" + "097363616e2e66617374" + "07657069736f6465" +
	"06636f72652d31" + "07746f6f20626967" + "0464646464"

func TestEncodingStays(t *testing.T) {
	e := Entry{ID: 9, Record: rec(3, 2, 4, 4), Reason: "too big", Died: epoch}
	key := deadKey(9)
	value := e.append(nil, key)
	if got := hex.EncodeToString(value); got != encoded {
		t.Errorf("%s", got)
	}
	got, err := decode(key, value)
	if err != nil || !same(got.Record, e.Record) || got.ID != 9 || got.Reason != e.Reason || !got.Died.Equal(e.Died) {
		t.Errorf("%+v, %v", got, err)
	}
}

// A value is believed under its own key alone, and only if each of its octets is as it was.
func TestEachOctetCounts(t *testing.T) {
	e := Entry{ID: 9, Record: rec(3, 2, 4, 4)}
	key := waitingKey(e.Rank(), 9)
	value := e.append(nil, key)
	for i := range value {
		value[i] ^= 0x10
		if _, err := decode(key, value); !errors.Is(err, errEntry) {
			t.Errorf("octet %d does not count", i)
		}
		value[i] ^= 0x10
		if _, err := decode(key, value[:i]); !errors.Is(err, errEntry) {
			t.Errorf("%d octets are enough", i)
		}
	}
	for _, other := range [][]byte{waitingKey(e.Rank(), 10), waitingKey(e.Rank()+1, 9), deadKey(9)} {
		if _, err := decode(other, value); !errors.Is(err, errEntry) {
			t.Errorf("it is believed under key %x", other)
		}
	}
}

// A record of a stream that nobody knows is not handed out: who sends could not place it.
func TestUnknownStream(t *testing.T) {
	e := Entry{ID: 9, Record: rec(3, 2, 4, 4)}
	e.Stream = record.Health + 1
	key := waitingKey(e.Rank(), 9)
	if _, err := decode(key, e.append(nil, key)); !errors.Is(err, errEntry) {
		t.Error(err)
	}
}
