package smb

import "math/bits"

// Pipes is a set of named pipes.
type Pipes uint32

// The pipes, and what has come through them.
const (
	PipeSrvsvc       Pipes = 1 << iota // server service: MS06-040, MS08-067; share lists
	PipeBrowser                        // computer browser: another way in for MS05-039, MS06-040, MS08-067
	PipeSvcctl                         // service control: PsExec and its kin
	PipeLsarpc                         // local security authority: MS04-011; account look-ups
	PipeSamr                           // account manager: user lists, password changes
	PipeWkssvc                         // workstation service: MS03-049, MS06-070
	PipeNetlogon                       // domain logon: CVE-2020-1472
	PipeEpmapper                       // endpoint mapper: MS03-026, MS03-039
	PipeAtsvc                          // task scheduler
	PipeSpoolss                        // print spooler: MS05-043, MS10-061, CVE-2021-34527
	PipeWinreg                         // remote registry
	PipeNtsvcs                         // plug and play: MS05-039
	PipeMsgsvc                         // messenger: MS03-043
	PipeTrkwks                         // link tracking
	PipeLsass                          // another name of lsarpc
	PipeEventlog                       // event log
	PipePlugplay                       // another name of ntsvcs
	PipeScerpc                         // security configuration
	PipeLlsrpc                         // licence logging: MS05-010
	PipeLocator                        // RPC locator: MS03-001
	PipeRouter                         // routing and remote access: MS06-025
	PipeInitshutdown                   // remote shutdown
	PipeNetdfs                         // distributed file system: coerced authentication
	PipeEfsrpc                         // encrypting file system: coerced authentication
	PipeFssagent                       // shadow copies: coerced authentication
	PipeTapsrv                         // telephony: MS05-040
	PipeDNSServer                      // DNS management: MS07-029
	PipeNddeapi                        // network DDE: MS04-031
	PipeLANMAN                         // remote administration protocol: host and share lists
	PipePsexesvc                       // left by PsExec on the host that it runs on
	PipeRemCom                         // left by RemCom, which others build on
	PipeOther                          // any other name
	// ControlPipes are those by which programs are started or settings changed from afar.
	ControlPipes = PipeSvcctl | PipeAtsvc | PipeWinreg | PipePsexesvc | PipeRemCom
	// manyPipes go by names that go on after what is listed.
	manyPipes = PipePsexesvc | PipeRemCom
)

var pipeNames = []string{
	"srvsvc", "browser", "svcctl", "lsarpc", "samr", "wkssvc", "netlogon", "epmapper", "atsvc",
	"spoolss", "winreg", "ntsvcs", "msgsvc", "trkwks", "lsass", "eventlog", "plugplay", "scerpc",
	"llsrpc", "locator", "router", "InitShutdown", "netdfs", "efsrpc", "FssagentRpc", "tapsrv",
	"dnsserver", "nddeapi", "LANMAN", "PSEXESVC", "RemCom_", "other pipes",
}

// Names returns the pipes.
func (p Pipes) Names() []string { return names(uint32(p), pipeNames) }

// pipeOf finds a pipe by its name, by number.
func pipeOf(name text) uint8 {
	other := uint8(bits.TrailingZeros32(uint32(PipeOther)))
	for i := range other {
		if name.is(pipeNames[i]) || manyPipes&(1<<i) != 0 && name.hasPrefix(pipeNames[i]) {
			return i
		}
	}
	return other
}
