package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/wormwatch/wormwatch/internal/publish/outbox"
)

const (
	helloTime = 10 * time.Second // for the first answer
	orderTime = 2 * time.Minute  // for each other: as long as the server takes at most
	maxAnswer = 64 << 20         // octets; a record has far less
)

// ErrNobody says that no sensor answers for the outbox.
var ErrNobody = errors.New("no sensor answers for this outbox")

// Client is the outbox of a running sensor.
type Client struct {
	ctx    context.Context // of the command that all the calls are made for
	dir    string
	way    http.Transport // used as it is: redirections and cookies are none of its business
	status status
}

// Dial asks the sensor that has the outbox in dir open how it stands. The error wraps
// ErrNobody when none listens.
func Dial(ctx context.Context, dir string) (*Client, error) {
	c := &Client{ctx: ctx, dir: dir}
	c.way = http.Transport{
		DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, dir) },
		DisableKeepAlives:  true, // a connection a request: there is nothing to close
		DisableCompression: true,
	}
	err := c.call(helloTime, http.MethodGet, statusPath, nil, nil, &c.status)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		err = fmt.Errorf("%w: %w", ErrNobody, err)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Stats is how the outbox stood when the client was made.
func (c *Client) Stats() outbox.Stats { return c.status.Stats }

// Degraded says why records waited when the client was made, empty if they need not.
func (c *Client) Degraded() string { return c.status.Degraded }

// List is Local.List.
func (c *Client) List(dead bool, after uint64, most int) ([]Item, error) {
	q := url.Values{}
	q.Set("dead", strconv.FormatBool(dead))
	q.Set("after", strconv.FormatUint(after, 10))
	q.Set("max", strconv.Itoa(min(most, MaxPage)))
	var p page
	err := c.call(orderTime, http.MethodGet, listPath, q, nil, &p)
	return p.Items, err
}

// Find is Store.Find.
func (c *Client) Find(uid string) (outbox.Entry, bool, error) {
	var f found
	err := c.call(orderTime, http.MethodGet, findPath, url.Values{"uid": {uid}}, nil, &f)
	return f.Entry, f.Dead, err
}

// Retry is Store.Retry. Of an error with a count above 0, so many were retried before it.
func (c *Client) Retry(uids []string, all bool) (int, error) {
	return c.order(retryPath, order{UIDs: uids, All: all})
}

// Drop is Store.Drop. Of an error with a count above 0, so many were dropped before it.
func (c *Client) Drop(uids []string, all, dead bool) (int, error) {
	return c.order(dropPath, order{UIDs: uids, All: all, Dead: dead})
}

func (c *Client) order(path string, o order) (count int, err error) {
	for rest := o.UIDs; ; {
		o.UIDs = rest[:min(len(rest), maxUIDs)]
		rest = rest[len(o.UIDs):]
		if err := o.check(); err != nil {
			return count, err
		}
		var d done
		if err := c.call(orderTime, http.MethodPost, path, nil, &o, &d); err != nil {
			return count, err
		}
		count += d.Count
		if len(rest) == 0 {
			return count, nil
		}
	}
}

// call asks, and reads the answer into out.
func (c *Client) call(limit time.Duration, method, path string, q url.Values, in, out any) error {
	ctx, cancel := context.WithTimeout(c.ctx, limit)
	defer cancel()
	err := c.exchange(ctx, method, path, q, in, out)
	var said *problem
	switch {
	case err == nil, errors.As(err, &said):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: the sensor does not answer within %s on %s: is it stopped, or its disk hanging?", c.dir, limit, Socket)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: ask the sensor on %s: %w: run this as root, or as the user that the sensor runs as", c.dir, Socket, err)
	}
	return fmt.Errorf("%s: ask the sensor on %s: %w", c.dir, Socket, err)
}

func (c *Client) exchange(ctx context.Context, method, path string, q url.Values, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://outbox"+path+"?"+q.Encode(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	w, err := c.way.RoundTrip(r)
	if err != nil {
		return err
	}
	defer w.Body.Close()
	b, err := io.ReadAll(io.LimitReader(w.Body, maxAnswer+1))
	switch {
	case err != nil:
		return err
	case len(b) > maxAnswer:
		return fmt.Errorf("the answer is over %d octets", maxAnswer)
	case w.StatusCode == http.StatusOK:
		return json.Unmarshal(b, out)
	}
	p := &problem{}
	if json.Unmarshal(b, p) != nil || p.Text == "" {
		return fmt.Errorf("status %s", w.Status)
	}
	return p
}
