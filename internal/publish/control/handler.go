package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]http.HandlerFunc{
		"GET " + statusPath: s.status,
		"GET " + listPath:   s.list,
		"GET " + findPath:   s.find,
		"POST " + retryPath: s.retry,
		"POST " + dropPath:  s.drop,
	} {
		mux.Handle(pattern, s.bounded(h))
	}
	return mux
}

func (s *server) status(w http.ResponseWriter, _ *http.Request) {
	st := status{Stats: s.box.Stats()}
	if s.opts.Degraded != nil {
		st.Degraded = s.opts.Degraded()
	}
	answer(w, http.StatusOK, &st)
}

func (s *server) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	dead, wrongDead := strconv.ParseBool(q.Get("dead"))
	after, wrongAfter := strconv.ParseUint(q.Get("after"), 10, 64)
	most, wrongMax := strconv.Atoi(q.Get("max"))
	if err := errors.Join(wrongDead, wrongAfter, wrongMax); err != nil || most < 1 || most > MaxPage {
		answer(w, http.StatusBadRequest, &problem{Text: fmt.Sprintf("a list needs dead, after, and max from 1 to %d", MaxPage)})
		return
	}
	items, err := s.box.List(dead, after, most)
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, &page{items})
}

func (s *server) find(w http.ResponseWriter, r *http.Request) {
	uid := r.URL.Query().Get("uid")
	if uid == "" || len(uid) > maxUID {
		answer(w, http.StatusBadRequest, &problem{Text: "uid is empty or too long"})
		return
	}
	e, dead, err := s.box.Find(uid)
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, &found{e, dead})
}

func (s *server) retry(w http.ResponseWriter, r *http.Request) {
	s.carryOut(w, r, func(o *order) (int, error) { return s.box.Retry(o.UIDs, o.All) })
}

func (s *server) drop(w http.ResponseWriter, r *http.Request) {
	s.carryOut(w, r, func(o *order) (int, error) { return s.box.Drop(o.UIDs, o.All, o.Dead) })
}

func (s *server) carryOut(w http.ResponseWriter, r *http.Request, do func(*order) (int, error)) {
	o, err := readOrder(http.MaxBytesReader(w, r.Body, maxOrder))
	if err != nil {
		answer(w, http.StatusBadRequest, &problem{Text: err.Error()})
		return
	}
	n, err := do(o)
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, &done{n})
}

// readOrder is strict: an order that is understood by half is not carried out.
func readOrder(r io.Reader) (*order, error) {
	var o order
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		return nil, fmt.Errorf("read order: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read order: something follows it")
	}
	return &o, o.check()
}

// fail tells an error of the box.
func fail(w http.ResponseWriter, err error) {
	p, code := problem{Text: err.Error()}, http.StatusInternalServerError
	for _, c := range codes {
		if errors.Is(err, c.err) {
			p.Code, code = c.code, c.status
		}
	}
	answer(w, code, &p)
}

// answer writes v as JSON, all of it before the server may end: whoever gave an order has to
// hear what became of it. What cannot be written is for a client that is gone.
func answer(w http.ResponseWriter, code int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		code, b = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(code)
	_, _ = w.Write(b)
	_ = http.NewResponseController(w).Flush()
}
