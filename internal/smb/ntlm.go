package smb

import "bytes"

// ntlmAuth begins an AUTHENTICATE_MESSAGE, the last of a logon by NTLM ([MS-NLMP],
// 2.2.1.3).
var ntlmAuth = []byte("NTLMSSP\x00\x03\x00\x00\x00")

// nameless reports whether a security token, wrapped in SPNEGO or not, is a logon by NTLM
// without account and without response: a null session.
func nameless(token []byte) bool {
	at := bytes.Index(token, ntlmAuth)
	if at < 0 || at+38 > len(token) {
		return false
	}
	response, account := le16(token, at+20), le16(token, at+36)
	return response == 0 && account == 0
}
