// Package knock sums up what a source said to those that answered it on SMB: what the
// knock was for.
package knock

import (
	"github.com/wormwatch/wormwatch/internal/alert"
	"github.com/wormwatch/wormwatch/internal/smb"
	"github.com/wormwatch/wormwatch/internal/table"
)

// Sum is what was said to all of them.
type Sum struct {
	all       smb.Knock
	targets   table.Sketch
	encrypted table.Sketch // of them, those with which it went on encrypted
}

// Add takes what a conversation with a target, given by its hash, came to so far; at its
// end is when its failures are counted.
func (s *Sum) Add(target uint64, k smb.Knock, end bool) {
	s.targets.Add(target)
	if k.Encrypted {
		s.encrypted.Add(target)
	}
	if !end {
		k.LogonFailures = 0
	}
	s.all.Merge(k)
}

// Grave reports whether it was for more than file sharing: admin shares, control pipes,
// guessing, exploits.
func (s *Sum) Grave() bool { return len(s.all.Suspicious()) > 0 }

// Alert returns the sum as findings tell it, nil if nothing was said.
func (s *Sum) Alert() *alert.Knock {
	if s.targets == 0 {
		return nil
	}
	return &alert.Knock{
		Hosts:         s.targets.Count(),
		Dialects:      s.all.Dialect.Names(),
		Trees:         s.all.Trees.Names(),
		Pipes:         s.all.Pipes.Names(),
		LogonFailures: int(s.all.LogonFailures),
		Encrypted:     s.encrypted.Count(),
		Telling:       s.all.Suspicious(),
	}
}
