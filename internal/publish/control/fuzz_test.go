package control

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/wormwatch/wormwatch/internal/publish/outbox"
)

// strictBox fails the test for whatever a server must not ask of a box.
type strictBox struct{ t *testing.T }

func (b strictBox) List(_ bool, _ uint64, most int) ([]Item, error) {
	if most < 1 || most > MaxPage {
		b.t.Errorf("a list of %d", most)
	}
	return []Item{{Octets: 3}}, nil
}

func (b strictBox) Find(uid string) (outbox.Entry, bool, error) {
	if uid == "" || len(uid) > maxUID {
		b.t.Errorf("find %q", uid)
	}
	return outbox.Entry{}, false, outbox.ErrUnknown
}

func (b strictBox) Retry(uids []string, all bool) (int, error) { return b.Drop(uids, all, true) }

func (b strictBox) Drop(uids []string, all, _ bool) (int, error) {
	if o := (order{UIDs: uids, All: all}); o.check() != nil {
		b.t.Errorf("an order for %q, all %v", uids, all)
	}
	return len(uids), nil
}

func (b strictBox) Stats() outbox.Stats { return outbox.Stats{} }

// FuzzServer puts foreign octets to the server as a request: none brings it down, none has
// it ask something of the box that it should not, and each is answered in JSON or by the
// router.
func FuzzServer(f *testing.F) {
	for _, body := range []string{"", `{"all":true}`, `{"uids":["a","b"],"dead":true}`, `{"uids":["a"],"all":true}`, `{"uids":null}`, `[1]`} {
		for _, target := range []string{statusPath, listPath + "?dead=true&after=1&max=5", findPath + "?uid=%ff", retryPath, dropPath, "//", "*"} {
			for _, method := range []string{"GET", "POST"} {
				f.Add(fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: outbox\r\nContent-Length: %d\r\n\r\n%s", method, target, len(body), body))
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
		if err != nil {
			return // net/http answers it by itself
		}
		s := &server{box: strictBox{t}, slots: make(chan struct{}, maxRequests), ended: make(chan struct{})}
		w := httptest.NewRecorder()
		s.routes().ServeHTTP(w, r)
		if w.Header().Get("Content-Type") == "application/json" && !json.Valid(w.Body.Bytes()) || w.Code >= 500 || len(s.slots) != 0 {
			t.Errorf("%d %q, %d slots taken", w.Code, w.Body, len(s.slots))
		}
	})
}

// FuzzOrder holds that an order that is accepted says what it is about.
func FuzzOrder(f *testing.F) {
	for _, s := range []string{`{"all":true}`, `{"uids":["a"]}`, `{"ALL":true}`, `{"all":true,"all":false}`, `{"uids":["a"]} x`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := readOrder(bytes.NewReader(b))
		if err == nil && (o.check() != nil || o.All == (len(o.UIDs) > 0)) {
			t.Errorf("%+v", o)
		}
	})
}
