package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
)

// maxIdle is how long a connection may lie unused before another is made: less than what
// the usual balancers and firewalls on the way forget one after.
const maxIdle = 3 * time.Minute

// link is an authenticated connection to one broker, for one request at a time.
type link struct {
	address string
	conn    net.Conn
	kafka   *protocol.Conn
	frames  *framed
	agreed  map[protocol.ApiKey]int16 // versions
	used    time.Time
	until   time.Time // the broker ends what SASL began then; zero: never
	broken  bool
}

// dial makes a link. The library's own transport is not used: it polls metadata behind
// the caller's back, reads TLS files once, waits for ever for a broker that falls silent
// during SASL, and forgets which broker failed.
func (p *pool) dial(ctx context.Context, address string) (_ *link, err error) {
	c := p.cfg
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, c.failed(connecting, address, timely(ctx, err))
	}
	l := &link{address: address, conn: raw}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	if c.TLS.Enabled {
		if l.conn, err = c.TLS.shake(ctx, raw, address); err != nil {
			return nil, c.failed(handshake, address, timely(ctx, err))
		}
	}
	l.frames = &framed{Conn: l.conn}
	l.kafka = protocol.NewConn(l.frames, p.client)
	if err = l.greet(ctx); err != nil {
		return nil, c.failed(greeting, address, err)
	}
	if c.SASL.Mechanism != "" {
		if err = c.SASL.authenticate(ctx, l); err != nil {
			return nil, c.failed(authenticating, address, err)
		}
	}
	return l, nil
}

// greet learns which versions of each request the broker speaks.
func (l *link) greet(ctx context.Context) error {
	r, err := l.ask(ctx, &apiversions.Request{})
	if err != nil {
		return err
	}
	res := r.(*apiversions.Response)
	if res.ErrorCode != 0 {
		return coded(res.ErrorCode, "")
	}
	l.agreed = map[protocol.ApiKey]int16{}
	for _, k := range res.ApiKeys {
		if a, ok := apis[protocol.ApiKey(k.ApiKey)]; ok && k.MinVersion <= a.most && k.MaxVersion >= a.least {
			l.agreed[protocol.ApiKey(k.ApiKey)] = min(a.most, k.MaxVersion)
		}
	}
	l.kafka.SetVersions(l.agreed)
	return nil
}

// ask sends a request and returns the response. After an error the link is of no use.
func (l *link) ask(ctx context.Context, req protocol.Message) (res protocol.Message, err error) {
	defer func() {
		if p := recover(); p != nil { // of the library's decoder, for what it does not expect
			err = fmt.Errorf("%w: %v", errForeign, p)
		}
		l.broken = l.broken || err != nil
	}()
	if err := l.prepare(req.ApiKey()); err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := l.conn.SetDeadline(deadline); err != nil {
			return nil, err
		}
	}
	stop := context.AfterFunc(ctx, func() { _ = l.conn.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		if !stop() && err == nil {
			l.broken = true // its deadline may come at any time
		}
	}()
	if res, err = l.kafka.RoundTrip(req); err != nil {
		return nil, timely(ctx, err)
	}
	l.used = time.Now()
	return res, nil
}

// prepare sees to it that the response is what can be read.
func (l *link) prepare(key protocol.ApiKey) error {
	version, agreed := l.agreed[key]
	if !agreed && key != protocol.ApiVersions { // which is how they agree
		return fmt.Errorf("%w: %v", said(kafka.UnsupportedVersion), key)
	}
	l.frames.expect = func(response []byte) error { return plausible(response, apis[key].response, version) }
	return nil
}

func (l *link) close() {
	l.broken = true
	_ = l.conn.Close() // nothing is under way
}

// fresh reports whether the broker will probably still take a request.
func (l *link) fresh(now time.Time) bool {
	return !l.broken && now.Sub(l.used) < maxIdle && (l.until.IsZero() || now.Before(l.until))
}

// timely returns why ctx ended, if that is what err comes from.
func timely(ctx context.Context, err error) error {
	if e := ctx.Err(); e != nil && !errors.Is(err, e) {
		return fmt.Errorf("%w (%w)", e, err)
	}
	return err
}

// pool holds the links that nobody uses: one a broker.
type pool struct {
	cfg    *Config
	client string // what the brokers call us in their logs and quotas
	mu     sync.Mutex
	links  map[string]*link
}

// take returns a link to a broker, and whether it is one that was used before; give takes
// it back.
func (p *pool) take(ctx context.Context, address string) (l *link, old bool, err error) {
	p.mu.Lock()
	l = p.links[address]
	delete(p.links, address)
	p.mu.Unlock()
	if l != nil {
		if l.fresh(time.Now()) {
			return l, true, nil
		}
		l.close()
	}
	l, err = p.dial(ctx, address)
	return l, false, err
}

func (p *pool) give(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old := p.links[l.address]; l.broken || old != nil {
		l.close()
		return
	}
	p.links[l.address] = l
}

// keep closes the links to all brokers but these.
func (p *pool) keep(of map[string]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.links, func(address string, l *link) bool {
		if !of[address] {
			l.close()
		}
		return !of[address]
	})
}

// drop closes the link to a broker.
func (p *pool) drop(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.links[address]; l != nil {
		l.close()
		delete(p.links, address)
	}
}

// has reports whether a link to a broker is at hand.
func (p *pool) has(address string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.links[address] != nil
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.links {
		l.close()
	}
	clear(p.links)
}
