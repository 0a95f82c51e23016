package packet

import "fmt"

// MACText returns a link address as aa:bb:cc:dd:ee:ff, empty for the zero one, which stands
// for one that is not known.
func MACText(m [6]byte) string {
	if m == ([6]byte{}) {
		return ""
	}
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}
