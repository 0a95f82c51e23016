package smb

import (
	"fmt"
	"math"
	"strings"
)

// Knock is what a conversation was for, or the sum of several. It is comparable; the zero
// value knows nothing.
type Knock struct {
	Trees   Trees // asked for
	Granted Trees // of them, those that the server gave
	Refused Trees // those that it did not give
	Written Trees // those on which a file was opened for writing, and the server let it

	Pipes  Pipes // asked for
	Opened Pipes // of them, those that the server opened

	Dialect       Dialect // what the server chose
	LogonFailures uint16  // refused logons that named an account; 65535 is as many or more
	Reasons       Reasons // why

	Probes Probes

	LogonOK    bool // a logon as somebody went through: neither guest nor without name
	Guest      bool // the server took the client for a guest
	Null       bool // a session without name and password was granted
	Encrypted  bool // part of the conversation was encrypted and is not known
	Compressed bool // part of it was compressed and is not known
}

// Probes is a set of requests that no file sharing makes, and what they brought to light.
type Probes uint8

// The probes.
const (
	// ProbePeek: TRANS_PEEK_NMPIPE of file 0 ([MS-CIFS], 2.2.5.5), by which scanners and
	// worms ask whether MS17-010 is missing.
	ProbePeek Probes = 1 << iota
	// ProbeUnpatched: the answer to it says that MS17-010 is missing.
	ProbeUnpatched
	// ProbeImplant: TRANS2_SESSION_SETUP, which is reserved and was never built ([MS-CIFS],
	// 2.2.6.15), but is how the DoublePulsar implant is talked to.
	ProbeImplant
	// ProbeImplanted: the implant answered.
	ProbeImplanted
	// ProbeGhost: a compressed message whose data start behind its end (CVE-2020-0796).
	ProbeGhost
)

var probeNames = []string{
	"check for MS17-010", "MS17-010 is missing", "check for DoublePulsar", "DoublePulsar answered",
	"malformed compression (CVE-2020-0796)",
}

// Names returns the probes in words.
func (p Probes) Names() []string { return names(uint32(p), probeNames) }

// Merge adds what o knows.
func (k *Knock) Merge(o Knock) {
	k.Trees |= o.Trees
	k.Granted |= o.Granted
	k.Refused |= o.Refused
	k.Written |= o.Written
	k.Pipes |= o.Pipes
	k.Opened |= o.Opened
	k.Dialect |= o.Dialect
	k.LogonFailures = uint16(min(uint32(k.LogonFailures)+uint32(o.LogonFailures), math.MaxUint16))
	k.Reasons |= o.Reasons
	k.Probes |= o.Probes
	k.LogonOK = k.LogonOK || o.LogonOK
	k.Guest = k.Guest || o.Guest
	k.Null = k.Null || o.Null
	k.Encrypted = k.Encrypted || o.Encrypted
	k.Compressed = k.Compressed || o.Compressed
}

// guesses is how many failed logons are more than a wrong password: Windows tries one
// four times over by itself.
const guesses = 5

// Suspicious says what an analyst should look at first, a short phrase each, the gravest
// first; nothing for what file sharing does every day.
func (k Knock) Suspicious() []string {
	list := k.Probes.Names()
	say := func(what string, names []string) {
		if len(names) > 0 {
			list = append(list, what+strings.Join(names, ", "))
		}
	}
	admin, control := k.Trees&AdminTrees, k.Pipes&ControlPipes
	say("opened files for writing on ", (k.Written & AdminTrees).Names())
	say("opened control pipe ", (k.Opened & control).Names())
	say("asked for control pipe ", (control &^ k.Opened).Names())
	say("connected to ", (k.Granted & admin &^ k.Written).Names())
	say("asked in vain for ", (k.Refused & admin &^ k.Granted).Names())
	if k.LogonFailures >= guesses && k.Reasons&Secrets != 0 {
		list = append(list, fmt.Sprintf("%d failed logons (%s)", k.LogonFailures, strings.Join(k.Reasons.Names(), ", ")))
	}
	return list
}
