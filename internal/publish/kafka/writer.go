package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"

	"github.com/wormwatch/wormwatch/internal/publish/record"
)

// maxRequest bounds a request to a broker before compression, in octets, unless
// max_message itself is larger.
const maxRequest = 8 << 20

// acksOfAll has the broker answer once all replicas that are in sync have the records.
const acksOfAll = -1

// writer writes to one broker what it leads: a request at a time, each with a batch for
// as many partitions as fit.
type writer struct {
	*Sink
	batch   []*record.Record
	errs    []error
	address string
	peer    *peer
	parts   []*part
}

func (w *writer) run(ctx context.Context) {
	for {
		left := w.parts[:0]
		for _, p := range w.parts {
			if len(p.items) > 0 {
				left = append(left, p)
			}
		}
		if w.parts = left; len(left) == 0 {
			return
		}
		if err := w.round(ctx); err != nil {
			for _, p := range w.parts {
				w.fail(p, err)
			}
			return
		}
	}
}

// chunk is the first n items of a part, which go with one request.
type chunk struct {
	*part
	n int
}

// round writes a batch to each partition that has something left.
func (w *writer) round(ctx context.Context) error {
	if wait := time.Until(w.peer.quiet); wait > 0 {
		return w.cfg.failed(writing, w.address, fmt.Errorf("%w %v", errQuota, wait.Round(time.Second)))
	}
	req, chunks, size := w.request()
	r, err := w.cluster.exchange(ctx, writing, w.address, req)
	w.peer.went(size, err)
	if err != nil {
		return err
	}
	answer := r.(*produce.Response)
	if w.peer.rest(time.Duration(answer.ThrottleTimeMs)*time.Millisecond, w.cfg.Timeout) {
		w.cluster.pool.drop(w.address) // another answers meanwhile what is not written
	}
	for _, c := range chunks {
		res := find(answer, c.part)
		if res == nil {
			w.fail(c.part, w.cfg.failed(writing, c.name(), fmt.Errorf("%w: no answer about the partition", errForeign)))
			continue
		}
		w.settle(c, coded(res.ErrorCode, res.ErrorMessage))
	}
	return nil
}

// request makes a request of what goes next, and tells its octets before compression.
func (w *writer) request() (_ *produce.Request, chunks []chunk, size int) {
	topics := map[string][]produce.RequestPartition{}
	for _, p := range w.parts {
		n, more := w.fit(p, w.peer.room-size)
		if size+more > w.peer.room && len(chunks) > 0 {
			break
		}
		size += more
		records := make([]protocol.Record, 0, n)
		for _, item := range p.items[:n] {
			records = append(records, message(w.batch[item], p.as))
		}
		topics[p.topic] = append(topics[p.topic], produce.RequestPartition{
			Partition: int32(p.id),
			RecordSet: protocol.RecordSet{Attributes: protocol.Zstd, Records: protocol.NewRecordReader(records...)},
		})
		chunks = append(chunks, chunk{p, n})
	}
	// What the broker waits for the replicas is less than what is waited for the broker, so
	// that it answers before it is given up.
	req := &produce.Request{Acks: acksOfAll, Timeout: int32(w.cfg.Timeout.Milliseconds() * 9 / 10)}
	for name, partitions := range topics {
		req.Topics = append(req.Topics, produce.RequestTopic{Topic: name, Partitions: partitions})
	}
	return req, chunks, size
}

// fit returns how many items of a part make the next batch, one at least, and their octets.
func (w *writer) fit(p *part, room int) (n, size int) {
	room, size = min(room, int(w.cfg.MaxMessage)), batchHead
	for _, item := range p.items {
		more := octets(w.batch[item])
		if n > 0 && (size+more > room || n == p.most) {
			break
		}
		n, size = n+1, size+more
	}
	return n, size
}

// settle takes the answer about a chunk. One that the broker will never take is halved
// until the record is found that is the reason.
func (w *writer) settle(c chunk, err error) {
	switch {
	case err == nil:
		c.items = c.items[c.n:]
		c.most *= 2
	case errors.Is(err, kafka.InvalidTimestamp) && c.as.IsZero():
		c.as = time.Now() // the topic takes none so old, or the clock was ahead then: that never passes
	case c.n > 1 && forGood(err):
		c.most = c.n / 2
	case forGood(err):
		w.errs[c.items[0]] = w.cfg.refused(c.topic, err)
		c.items, c.most = c.items[1:], 0
	default:
		w.fail(c.part, w.cfg.failed(writing, c.name(), err))
	}
}

// forGood reports whether a broker refuses what the records are.
func forGood(err error) bool {
	return errors.Is(err, kafka.MessageSizeTooLarge) || errors.Is(err, kafka.RecordListTooLarge) || errors.Is(err, kafka.InvalidRecord)
}

// fail gives up what is left of a part, for this time.
func (w *writer) fail(p *part, err error) {
	for _, item := range p.items {
		w.errs[item] = later(err)
	}
	p.items = nil
}

func (p *part) name() string { return fmt.Sprintf("%s partition %d", p.topic, p.id) }

// find returns the answer about a partition.
func find(res *produce.Response, p *part) *produce.ResponsePartition {
	for i := range res.Topics {
		t := &res.Topics[i]
		for j := range t.Partitions {
			if t.Topic == p.topic && int(t.Partitions[j].Partition) == p.id {
				return &t.Partitions[j]
			}
		}
	}
	return nil
}
