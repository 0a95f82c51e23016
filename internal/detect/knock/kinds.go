package knock

import "github.com/wormwatch/wormwatch/internal/smb"

// Kinds is the set of kinds of things that a sum tells: a bit for each phrase of
// smb.Knock.Suspicious, whichever shares, pipes and numbers it names, and one for going on
// encrypted. An episode is told of again for each that is new to it, which bounds how often.
type Kinds uint16

// The kinds above those of smb.Probes, which have the lowest eight bits.
const (
	written Kinds = 1 << (8 + iota)
	opened
	asked
	connected
	refused
	guessed
	encrypted
)

// Kinds returns what there is to tell.
func (s *Sum) Kinds() Kinds {
	k := &s.all
	set := Kinds(k.Probes)
	say := func(kind Kinds, is bool) {
		if is {
			set |= kind
		}
	}
	admin, control := k.Trees&smb.AdminTrees, k.Pipes&smb.ControlPipes
	say(written, k.Written&smb.AdminTrees != 0)
	say(opened, k.Opened&control != 0)
	say(asked, control&^k.Opened != 0)
	say(connected, k.Granted&admin&^k.Written != 0)
	say(refused, k.Refused&admin&^k.Granted != 0)
	say(guessed, len(smb.Knock{LogonFailures: k.LogonFailures, Reasons: k.Reasons}.Suspicious()) > 0)
	say(encrypted, s.encrypted != 0)
	return set
}
