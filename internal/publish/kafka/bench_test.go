package kafka

import (
	"fmt"
	"testing"

	"github.com/wormwatch/wormwatch/internal/lab/broker"
)

// BenchmarkSend writes batches of findings of 3 KB to a real broker on loopback.
func BenchmarkSend(b *testing.B) {
	c := broker.Shared(b, broker.Options{TLS: true})
	cfg := DefaultConfig()
	cfg.Brokers, cfg.Topic, cfg.HealthTopic, cfg.CreateTopic = c.Bootstrap, "test.bench", "test.bench.health", true
	s, err := New(cfg, "core-1")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			batch := records(n, 50)
			for _, r := range batch {
				r.Body = noise(3000)
			}
			b.SetBytes(int64(n * 3000))
			for b.Loop() {
				for _, err := range s.Send(b.Context(), batch) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
