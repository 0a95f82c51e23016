package smb

// status is an NT status ([MS-ERREF], 2.3.1).
type status uint32

const (
	statusOK             status = 0
	statusPending        status = 0x00000103 // an interim answer ([MS-SMB2], 3.3.4.2)
	statusUnsuccessful   status = 0xc0000001
	statusNotImplemented status = 0xc0000002
	statusAccessDenied   status = 0xc0000022
	statusWrongPassword  status = 0xc000006a
	statusLogonFailure   status = 0xc000006d
	statusNoResources    status = 0xc0000205 // STATUS_INSUFF_SERVER_RESOURCES
)

// ok reports whether what was asked for is done.
func (st status) ok() bool { return st>>30 == 0 }

// failed reports whether the severity is that of an error.
func (st status) failed() bool { return st>>30 == 3 }

// Error classes of SMB 1 servers that do not speak NT status ([MS-CIFS], 2.2.2.4).
const (
	classDOS    = 1
	classServer = 2
)

// fromDOS translates class and code; a code that says nothing about access is a plain
// failure. Servers of Windows put LOGON_FAILURE and NO_SUCH_USER into ERRnoaccess.
func fromDOS(class uint8, code uint16, logon bool) status {
	switch {
	case class == 0 && code == 0:
		return statusOK
	case class == classDOS && code == 5 && logon: // ERRnoaccess
		return statusLogonFailure
	case class == classDOS && code == 5, class == classServer && code == 4: // ERRaccess
		return statusAccessDenied
	case class == classDOS && code == 86, class == classServer && code == 2: // ERRbadpw
		return statusWrongPassword
	case class == classServer && code == 2239: // ERRaccountExpired
		return 0xc0000193
	case class == classServer && code == 2240: // ERRbadClient
		return 0xc0000070
	case class == classServer && code == 2241: // ERRbadLogonTime
		return 0xc000006f
	case class == classServer && code == 2242: // ERRpasswordExpired
		return 0xc0000071
	}
	return statusUnsuccessful
}

// Reasons is a set of reasons for which logons failed.
type Reasons uint16

// Secrets are the reasons that somebody who guesses accounts and passwords meets.
const Secrets Reasons = 0x003f

// reasons are the statuses that refuse a logon, by the bit in Reasons.
var reasons = [...]struct {
	status status
	name   string
}{
	{statusLogonFailure, "STATUS_LOGON_FAILURE"},
	{statusWrongPassword, "STATUS_WRONG_PASSWORD"},
	{0xc0000064, "STATUS_NO_SUCH_USER"},
	{0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT"},
	{0xc0000072, "STATUS_ACCOUNT_DISABLED"},
	{0xc0000193, "STATUS_ACCOUNT_EXPIRED"},
	{0xc0000071, "STATUS_PASSWORD_EXPIRED"},
	{0xc0000224, "STATUS_PASSWORD_MUST_CHANGE"},
	{0xc000006e, "STATUS_ACCOUNT_RESTRICTION"},
	{0xc000006f, "STATUS_INVALID_LOGON_HOURS"},
	{0xc0000070, "STATUS_INVALID_WORKSTATION"},
	{0xc000015b, "STATUS_LOGON_TYPE_NOT_GRANTED"},
	{0xc000005e, "STATUS_NO_LOGON_SERVERS"},
	{0xc000018d, "STATUS_TRUSTED_RELATIONSHIP_FAILURE"},
	{0xc0000418, "STATUS_NTLM_BLOCKED"},
	{statusAccessDenied, "STATUS_ACCESS_DENIED"},
}

// reason returns why a status refuses a logon, nothing for one that does not: an error of
// the server's own, or STATUS_MORE_PROCESSING_REQUIRED, by which a logon goes on.
func (st status) reason() Reasons {
	for i := range reasons {
		if reasons[i].status == st {
			return 1 << i
		}
	}
	return 0
}

// Names returns the reasons as the names of NT statuses.
func (r Reasons) Names() []string {
	var list []string
	for i := range reasons {
		if r&(1<<i) != 0 {
			list = append(list, reasons[i].name)
		}
	}
	return list
}
