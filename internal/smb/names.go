package smb

import "math/bits"

// names lists those of table whose bits are in set.
func names(set uint32, table []string) []string {
	var list []string
	for ; set != 0; set &= set - 1 {
		if i := bits.TrailingZeros32(set); i < len(table) {
			list = append(list, table[i])
		}
	}
	return list
}

// Dialect is a set of dialects: one of a conversation, what the server chose; several of
// a sum.
type Dialect uint16

// The dialects: of SMB 1 by their strings ([MS-CIFS], 1.7), of SMB 2 and 3 by revision
// ([MS-SMB2], 2.2.4).
const (
	DialectCore     Dialect = 1 << iota // PC NETWORK PROGRAM 1.0
	DialectLANMAN10                     // LANMAN1.0
	DialectLANMAN12                     // LM1.2X002
	DialectLANMAN21                     // LANMAN2.1
	DialectNTLM012                      // NT LM 0.12
	DialectSMB1                         // SMB 1, the dialect was not seen
	DialectAny2                         // SMB 2.???: some revision of SMB 2, yet to be chosen
	Dialect202                          // SMB 2.0.2
	Dialect210                          // SMB 2.1
	Dialect300                          // SMB 3.0
	Dialect302                          // SMB 3.0.2
	Dialect311                          // SMB 3.1.1
	DialectSMB2                         // SMB 2 or 3, the revision was not seen
	DialectSMB3                         // SMB 3, the revision was not seen
)

var dialectNames = []string{
	"SMB 1 (PC NETWORK PROGRAM 1.0)", "SMB 1 (LANMAN1.0)", "SMB 1 (LM1.2X002)", "SMB 1 (LANMAN2.1)",
	"SMB 1 (NT LM 0.12)", "SMB 1", "SMB 2.???", "SMB 2.0.2", "SMB 2.1", "SMB 3.0", "SMB 3.0.2",
	"SMB 3.1.1", "SMB 2 or 3", "SMB 3",
}

// Names returns the dialects, SMB 1 first.
func (d Dialect) Names() []string { return names(uint32(d), dialectNames) }

// Trees is a set of shares by their names.
type Trees uint32

// The shares. From firstDrive on follow A$ to Z$.
const (
	TreeAdmin    Trees = 1 << iota // ADMIN$, the system's folder
	TreeIPC                        // IPC$, the named pipes
	TreePrint                      // print$, printer drivers
	TreeSysvol                     // SYSVOL of a domain controller
	TreeNetlogon                   // NETLOGON, the same
	TreeOther                      // any other name
	firstDrive   = 6
	// AdminTrees are the shares that only administrators may use: ADMIN$ and the drives.
	AdminTrees = TreeAdmin | (1<<32 - 1<<firstDrive)
)

var treeNames = []string{
	"ADMIN$", "IPC$", "print$", "SYSVOL", "NETLOGON", "other shares",
	"A$", "B$", "C$", "D$", "E$", "F$", "G$", "H$", "I$", "J$", "K$", "L$", "M$",
	"N$", "O$", "P$", "Q$", "R$", "S$", "T$", "U$", "V$", "W$", "X$", "Y$", "Z$",
}

// Drive returns the set of one drive share, by its capital letter.
func Drive(letter byte) Trees { return 1 << (firstDrive + letter - 'A') }

// Names returns the shares, drives last.
func (t Trees) Names() []string { return names(uint32(t), treeNames) }

// number returns which share is the only one in t.
func (t Trees) number() uint8 { return uint8(bits.TrailingZeros32(uint32(t))) }

// treeOf finds the share in a path \\server\share, by number.
func treeOf(path text) uint8 {
	share := path.last()
	if share.len() == 2 && share.at(1) == '$' && share.at(0) >= 'a' && share.at(0) <= 'z' {
		return firstDrive + share.at(0) - 'a'
	}
	other := TreeOther.number()
	for i := range other {
		if share.is(treeNames[i]) {
			return i
		}
	}
	return other
}
