package kafka

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/describeconfigs"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/saslhandshake"
)

// api is a request that is made: in versions from Kafka 2.1 on, and none of the flexible
// ones, whose numbers are written otherwise.
type api struct {
	least, most int16
	response    reflect.Type
}

var apis = map[protocol.ApiKey]api{
	protocol.ApiVersions:      {0, 0, reflect.TypeFor[apiversions.Response]()},
	protocol.SaslHandshake:    {1, 1, reflect.TypeFor[saslhandshake.Response]()},
	protocol.SaslAuthenticate: {0, 1, reflect.TypeFor[saslauthenticate.Response]()},
	protocol.Metadata:         {5, 8, reflect.TypeFor[metadata.Response]()},
	protocol.Produce:          {7, 8, reflect.TypeFor[produce.Response]()},
	protocol.CreateTopics:     {3, 4, reflect.TypeFor[createtopics.Response]()},
	protocol.DescribeConfigs:  {1, 3, reflect.TypeFor[describeconfigs.Response]()},
}

var errCut = errors.New("a response is cut, or counts more than it holds")

// walker goes over a response as the library's decoder will.
type walker struct {
	b       []byte
	version int16
}

// plausible returns an error unless a response, from its correlation on, holds all that it
// says it does.
func plausible(b []byte, response reflect.Type, version int16) error {
	w := walker{b, version}
	if w.number(4); w.b == nil {
		return errCut
	}
	if w.walk(response); w.b == nil {
		return errCut
	}
	return nil
}

// number reads a number of n octets. b is nil once they do not suffice.
func (w *walker) number(n int) int {
	if w.b == nil || len(w.b) < n {
		w.b = nil
		return 0
	}
	b := w.b[:n]
	w.b = w.b[n:]
	switch n {
	case 2:
		return int(int16(binary.BigEndian.Uint16(b)))
	case 4:
		return int(int32(binary.BigEndian.Uint32(b)))
	}
	return 0
}

// skip goes over n octets, none if n is negative, as nothing is written.
func (w *walker) skip(n int) {
	if n = max(n, 0); w.b == nil || len(w.b) < n {
		w.b = nil
		return
	}
	w.b = w.b[n:]
}

// walk goes over a value.
func (w *walker) walk(t reflect.Type) {
	switch t.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.skip(int(t.Size()))
	case reflect.String:
		w.skip(w.number(2))
	case reflect.Slice:
		n := w.number(4)
		if t.Elem().Kind() == reflect.Uint8 {
			w.skip(n)
			return
		}
		for ; n > 0 && w.b != nil; n-- {
			w.walk(t.Elem())
		}
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); within(f.Tag.Get("kafka"), w.version) {
				w.walk(f.Type)
			}
		}
	default:
		panic(fmt.Sprintf("a response holds a %v", t)) // a new version of the library
	}
}

// within reports whether a field is there in a version, by the library's tag for it:
// min=v3,max=v8,nullable.
func within(tag string, version int16) bool {
	bound := func(name string) int16 {
		_, after, _ := strings.Cut(tag, name+"=v")
		digits, _, _ := strings.Cut(after, ",")
		n, err := strconv.ParseInt(digits, 10, 16)
		if err != nil {
			panic(fmt.Sprintf("tag %q: %v", tag, err))
		}
		return int16(n)
	}
	return bound("min") <= version && version <= bound("max")
}
