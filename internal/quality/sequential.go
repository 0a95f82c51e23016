package quality

import (
	"math"

	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/packet"
)

// sequential is a sequential hypothesis test on the first contacts of a source: with
// every one that succeeds or fails the likelihood ratio of "scanner" to "benign" grows or
// shrinks, until it crosses a threshold. Kept as logarithms.
type sequential struct {
	name    string
	success float64 // ln of P(success | scanner) / P(success | benign)
	failure float64
	upper   float64 // a scanner from here on
	lower   float64 // benign from here on: the test starts anew
	reverse bool    // the ratio never falls below 1
	ratio   map[packet.Addr]float64
}

// newTRW is Threshold Random Walk: Jung, Paxson, Berger, Balakrishnan, "Fast Portscan
// Detection Using Sequential Hypothesis Testing", IEEE S&P 2004. theta0 is the share of
// first contacts of a benign source that succeed (0.8), theta1 of a scanner (0.2); the
// probability of detection is 0.99, of a false positive 0.01. A source found benign is
// tested anew, without which its later scan would never be seen.
func newTRW() *sequential {
	const theta0, theta1, detection, falsePositive = 0.8, 0.2, 0.99, 0.01
	return &sequential{
		name:    "TRW",
		success: math.Log(theta1 / theta0),
		failure: math.Log((1 - theta1) / (1 - theta0)),
		upper:   math.Log(detection / falsePositive),
		lower:   math.Log((1 - detection) / (1 - falsePositive)),
		ratio:   map[packet.Addr]float64{},
	}
}

// newReverse is reverse sequential hypothesis testing: Schechter, Jung, Berger, "Fast
// Detection of Scanning Worm Infections", RAID 2004, in its optimised form, which is
// Page's CUSUM: the ratio never falls below 1, so a good past does not mask a scan.
// theta0 0.7, theta1 0.1, detection 0.99 and false positives 0.00005 as in the paper.
func newReverse() *sequential {
	const theta0, theta1, detection, falsePositive = 0.7, 0.1, 0.99, 0.00005
	return &sequential{
		name:    "reverse sequential",
		success: math.Log(theta1 / theta0),
		failure: math.Log((1 - theta1) / (1 - theta0)),
		upper:   math.Log(detection / falsePositive),
		lower:   math.Inf(-1),
		reverse: true,
		ratio:   map[packet.Addr]float64{},
	}
}

func (s *sequential) title() string { return s.name }

// observe reports whether c makes its source a scanner; the test then starts anew.
func (s *sequential) observe(c *flow.Contact) bool {
	if !c.Has(flow.First) {
		return false
	}
	x := s.ratio[c.Source]
	switch c.Outcome {
	case flow.Answered:
		x += s.success
	case flow.Refused, flow.Silent:
		x += s.failure
	default:
		return false
	}
	if s.reverse {
		x = max(0, x)
	}
	if x >= s.upper || x <= s.lower || x == 0 {
		delete(s.ratio, c.Source)
		return x >= s.upper
	}
	s.ratio[c.Source] = x
	return false
}
