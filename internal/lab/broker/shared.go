package broker

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// shared are the clusters that the tests of a package have in common.
var shared struct {
	sync.Mutex
	clusters map[Options]*Cluster
	main     bool // Main will stop them
}

// Main runs the tests of a package and stops the clusters they shared:
//
//	func TestMain(m *testing.M) { os.Exit(broker.Main(m)) }
func Main(m *testing.M) int {
	shared.main = true
	code := m.Run()
	shared.Lock()
	defer shared.Unlock()
	for _, c := range shared.clusters {
		if _, err := c.script("stop"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	return code
}

// Shared returns the cluster of all tests of this package that want the same, and starts it
// for the first of them. Each has its own topics, and leaves all brokers running. The
// package's TestMain must call Main.
func Shared(tb testing.TB, o Options) *Cluster {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.main {
		tb.Fatal("broker: Shared needs a TestMain that calls broker.Main")
	}
	if c := shared.clusters[o]; c != nil {
		return c
	}
	c, err := start(o)
	if err != nil {
		tb.Fatal(err)
	}
	if shared.clusters == nil {
		shared.clusters = map[Options]*Cluster{}
	}
	shared.clusters[o] = c
	return c
}
