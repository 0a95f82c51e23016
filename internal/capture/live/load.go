package live

import (
	"cmp"
	"fmt"
	"math/bits"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/wormwatch/wormwatch/bpf"
	"github.com/wormwatch/wormwatch/internal/capture"
)

const (
	// eventRoom is what an event takes in a ring on average: 80 octets and a header, and
	// now and then some payload.
	eventRoom = 96
	// leastRing is the smallest ring that is of use.
	leastRing = 64 << 10
	// frameRing is the room for whole frames, and frameSnap how much of each is kept.
	frameRing = 1 << 20
	frameSnap = 2048
)

// load creates the maps, with the sizes that cfg asks for.
func load(cfg *capture.Config) (*bpf.Kernel, error) {
	cpus, err := onlineCPUs("/sys/devices/system/cpu/online")
	if err != nil {
		return nil, err
	}
	k, err := bpf.Load(bpf.Config{
		CPUs:        cpus,
		RingOctets:  ringOctets(cfg.RingEvents),
		FrameOctets: frameRing,
		Slots:       cfg.Sources,
		PerSource:   cfg.PerSource,
		Punts:       cfg.Punts,
		Snap:        frameSnap,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", capture.ErrNoBPF, err)
	}
	return k, nil
}

// atOnce runs f for 0 to n-1, as many at once as there are processors: the verifier takes
// its time over each copy of the program. It returns the error of the lowest number.
func atOnce(n int, f func(i int) error) error {
	errs := make([]error, n)
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for i := range n {
		turns <- struct{}{}
		all.Go(func() {
			errs[i] = f(i)
			<-turns
		})
	}
	all.Wait()
	return cmp.Or(errs...)
}

// ringOctets is the size of a ring for so many events: a power of two.
func ringOctets(events int) int {
	n := max(leastRing, events*eventRoom)
	return 1 << bits.Len(uint(n-1))
}

// onlineCPUs returns how many CPUs there are up to the last that is online: all that can
// receive. (Those possible are far more on many virtual machines, and each costs a ring.
// One that is added later shares a ring.) file holds a list such as 0-3,5
// (Documentation/ABI/testing/sysfs-devices-system-cpu).
func onlineCPUs(file string) (int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("number of CPUs: %w", err)
	}
	list := strings.TrimSpace(string(text))
	last, err := strconv.Atoi(list[strings.LastIndexAny(list, ",-")+1:])
	if err != nil {
		return 0, fmt.Errorf("number of CPUs: %s: %w", file, err)
	}
	return last + 1, nil
}
