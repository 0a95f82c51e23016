package control

import (
	"context"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// raw sends one request, and returns the status.
func raw(t *testing.T, dir, method, target, body string) int {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, dir) }}
	r, err := http.NewRequestWithContext(t.Context(), method, "http://outbox"+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	w, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	w.Body.Close()
	return w.StatusCode
}

func TestBadRequests(t *testing.T) {
	dir := t.TempDir()
	store := newStore(t, dir, 2)
	serve(t, Local{store}, dir)
	before := store.Stats()
	for _, c := range []struct {
		method, target, body string
		want                 int
	}{
		{"GET", "/", "", 404},
		{"POST", statusPath, "", 405},
		{"GET", dropPath, "", 405},
		{"GET", listPath, "", 400},
		{"GET", listPath + "?dead=maybe&after=0&max=1", "", 400},
		{"GET", listPath + "?dead=true&after=-1&max=1", "", 400},
		{"GET", listPath + "?dead=true&after=0&max=0", "", 400},
		{"GET", listPath + "?dead=true&after=0&max=201", "", 400},
		{"GET", listPath + "?dead=true&after=0&max=200", "", 200},
		{"GET", findPath, "", 400},
		{"GET", findPath + "?uid=" + strings.Repeat("u", 257), "", 400},
		{"GET", findPath + "?uid=none", "", 404},
		{"GET", statusPath + "?" + strings.Repeat("u", 20<<10), "", 431},
		{"POST", dropPath, "", 400},
		{"POST", dropPath, "null", 400},
		{"POST", dropPath, "{}", 400},
		{"POST", dropPath, `{"uids":[]}`, 400},
		{"POST", dropPath, `{"uids":[""]}`, 400},
		{"POST", dropPath, `{"uids":["a"],"all":true}`, 400},
		{"POST", dropPath, `{"all":true,"older_than":"1h"}`, 400},
		{"POST", dropPath, `{"all":true}{"all":true}`, 400},
		{"POST", dropPath, `{"all":tru`, 400},
		{"POST", dropPath, `{"all":true,"uids":["` + strings.Repeat("u", 3<<20) + `"]}`, 400},
		{"POST", retryPath, `{"uids":["` + strings.Repeat(`a","`, 1001) + `"]}`, 400},
		{"POST", retryPath, `{"uids":["none"]}`, 200},
	} {
		if got := raw(t, dir, c.method, c.target, c.body); got != c.want {
			t.Errorf("%s %.80s %.80s: %d, want %d", c.method, c.target, c.body, got, c.want)
		}
	}
	if after := store.Stats(); !reflect.DeepEqual(before, after) {
		t.Errorf("%+v, before it was %+v", after, before)
	}
}

// TestSilentConnections holds that connections which say nothing do not keep others out
// for good.
func TestSilentConnections(t *testing.T) {
	dir := t.TempDir()
	serve(t, Local{newStore(t, dir, 1)}, dir)
	for range 2 * maxConns {
		c, err := dial(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	var err error
	for range 6 { // each waits for helloTime at most
		if _, err = Dial(t.Context(), dir); err == nil {
			return
		}
	}
	t.Error(err)
}
