package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/describeconfigs"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/saslhandshake"
)

// script is a connection whose other side has said everything already.
type script struct {
	net.Conn // nil: nothing else is called
	io.Reader
}

func (s *script) Read(b []byte) (int, error)      { return s.Reader.Read(b) }
func (s *script) Write(b []byte) (int, error)     { return len(b), nil }
func (s *script) SetDeadline(time.Time) error     { return nil }
func (s *script) SetReadDeadline(time.Time) error { return nil }

// examples are responses as brokers give them.
var examples = []protocol.Message{
	&apiversions.Response{ApiKeys: []apiversions.ApiKeyResponse{{ApiKey: 3, MinVersion: 0, MaxVersion: 12}, {ApiKey: 0, MinVersion: 3, MaxVersion: 12}}},
	&saslhandshake.Response{ErrorCode: 33, Mechanisms: []string{"PLAIN", "SCRAM-SHA-512"}},
	&saslauthenticate.Response{ErrorCode: 58, ErrorMessage: "no", AuthBytes: []byte("r=x"), SessionLifetimeMs: 9},
	&metadata.Response{
		Brokers: []metadata.ResponseBroker{{NodeID: 1, Host: "a", Port: 9092, Rack: "r"}}, ClusterID: "c", ControllerID: 1,
		Topics: []metadata.ResponseTopic{{Name: "t", Partitions: []metadata.ResponsePartition{{LeaderID: 1, ReplicaNodes: []int32{1, 2}, IsrNodes: []int32{1}}}}},
	},
	&produce.Response{Topics: []produce.ResponseTopic{{Topic: "t", Partitions: []produce.ResponsePartition{{
		Partition: 4, ErrorCode: 87, RecordErrors: []produce.ResponseError{{BatchIndex: 1, BatchIndexErrorMessage: "m"}}, ErrorMessage: "e",
	}}}}},
	&createtopics.Response{Topics: []createtopics.ResponseTopic{{Name: "t", ErrorCode: 38, ErrorMessage: "e"}}},
	&describeconfigs.Response{Resources: []describeconfigs.ResponseResource{{ResourceName: "t", ConfigEntries: []describeconfigs.ResponseConfigEntry{
		{ConfigName: "a", ConfigValue: "b", ConfigSynonyms: []describeconfigs.ResponseConfigSynonym{{ConfigName: "c", ConfigValue: "d"}}},
	}}}},
}

// frame returns a response as it comes over the wire.
func frame(tb testing.TB, m protocol.Message, version int16, correlation int32) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := protocol.WriteResponse(&b, version, correlation, m); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// TestPlausible: each response is plausible in each version, and none that is cut is.
func TestPlausible(t *testing.T) {
	if len(examples) != len(apis) {
		t.Fatalf("%d examples of %d responses", len(examples), len(apis))
	}
	for _, m := range examples {
		a := apis[m.ApiKey()]
		for v := a.least; v <= a.most; v++ {
			b := frame(t, m, v, 7)[4:]
			if err := plausible(b, a.response, v); err != nil {
				t.Errorf("%v version %d: %v", m.ApiKey(), v, err)
			}
			for n := range b {
				if plausible(b[:n], a.response, v) == nil {
					t.Errorf("%v version %d: cut at %d of %d", m.ApiKey(), v, n, len(b))
				}
			}
		}
	}
}

// TestHugeCount: a count is not believed, so that nothing is allocated for it.
func TestHugeCount(t *testing.T) {
	b := binary.BigEndian.AppendUint32(nil, 14)
	b = append(b, 0, 0, 0, 1, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := scripted(b).greet(t.Context())
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, errForeign) || grown > 1<<20 {
		t.Errorf("%d octets allocated: %v", grown, err)
	}
}

// scripted is a link to what says b.
func scripted(b []byte) *link {
	l := &link{conn: &script{Reader: bytes.NewReader(b)}}
	l.frames = &framed{Conn: l.conn}
	l.kafka = protocol.NewConn(l.frames, "x")
	return l
}

// FuzzPlausible: what is found plausible, the library's decoder reads without complaint.
func FuzzPlausible(f *testing.F) {
	for i, m := range examples {
		a := apis[m.ApiKey()]
		f.Add(frame(f, m, a.most, 1)[4:], uint8(i), uint8(a.most))
	}
	f.Fuzz(func(t *testing.T, b []byte, which, version uint8) {
		key := examples[int(which)%len(examples)].ApiKey()
		a := apis[key]
		v := a.least + int16(version)%(a.most-a.least+1)
		if plausible(b, a.response, v) != nil {
			return
		}
		whole := append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)
		if _, _, err := protocol.ReadResponse(bytes.NewReader(whole), key, v); err != nil {
			t.Errorf("%v version %d: %v", key, v, err)
		}
	})
}

// FuzzBroker: a link survives whatever a broker says, from the first word to the answer
// about the topics.
func FuzzBroker(f *testing.F) {
	versions := &apiversions.Response{}
	for key, a := range apis {
		versions.ApiKeys = append(versions.ApiKeys, apiversions.ApiKeyResponse{ApiKey: int16(key), MinVersion: 0, MaxVersion: a.most})
	}
	talk := frame(f, versions, 0, 1)
	for i, m := range examples[1:4] {
		talk = append(talk, frame(f, m, apis[m.ApiKey()].most, int32(i+2))...)
	}
	f.Add(talk)
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	f.Add([]byte{0x15, 3, 3, 0, 2, 2, 80})
	f.Add([]byte("SSH-2.0-OpenSSH_9.2\r\n"))
	user := &SASL{Mechanism: ScramSHA256, Username: "u", Password: "open sesame"}
	cfg := DefaultConfig()
	f.Fuzz(func(t *testing.T, b []byte) {
		l := scripted(b)
		err := l.greet(t.Context())
		if err == nil {
			err = user.authenticate(t.Context(), l)
		}
		if err != nil {
			text := cfg.failed(authenticating, "a:1", err).Error()
			if strings.Contains(text, "runtime error") || strings.Contains(text, "open sesame") || strings.ContainsAny(text, "\n\r\x1b") {
				t.Errorf("%q", text)
			}
		}
		l = scripted(b)
		if l.greet(t.Context()) != nil {
			return
		}
		if r, err := l.ask(t.Context(), &metadata.Request{}); err == nil {
			c := newCluster(&cfg, "x")
			for i := range r.(*metadata.Response).Topics {
				c.layout(&r.(*metadata.Response).Topics[i])
			}
		}
	})
}
