package capture

import (
	"fmt"

	"github.com/wormwatch/wormwatch/internal/packet"
)

// foreignLinks are the registered names (draft-ietf-opsawg-pcaplinktype) of the link
// types that are not read and most likely to be tried, so that a refusal can name them.
var foreignLinks = map[packet.Link]string{
	3: "AX25", 6: "IEEE802_5", 7: "ARCNET_BSD", 8: "SLIP", 10: "FDDI", 51: "PPP_ETHER",
	99: "SYMANTEC_FIREWALL", 100: "ATM_RFC1483", 104: "C_HDLC", 105: "IEEE802_11",
	107: "FRELAY", 109: "ENC", 114: "LTALK", 117: "PFLOG", 119: "IEEE802_11_PRISM",
	122: "IP_OVER_FC", 123: "SUNATM", 127: "IEEE802_11_RADIOTAP", 129: "ARCNET_LINUX",
	138: "APPLE_IP_OVER_IEEE1394", 139: "MTP2_WITH_PHDR", 140: "MTP2", 141: "MTP3",
	142: "SCCP", 143: "DOCSIS", 144: "LINUX_IRDA", 163: "IEEE802_11_AVS", 166: "PPP_PPPD",
	169: "GPRS_LLC", 177: "LINUX_LAPD", 182: "MFR", 187: "BLUETOOTH_HCI_H4",
	189: "USB_LINUX", 192: "PPI", 195: "IEEE802_15_4_WITHFCS", 197: "ERF",
	201: "BLUETOOTH_HCI_H4_WITH_PHDR", 204: "PPP_WITH_DIR", 205: "C_HDLC_WITH_DIR",
	206: "FRELAY_WITH_DIR", 209: "IPMB_LINUX", 220: "USB_LINUX_MMAPPED", 224: "FC_2",
	226: "IPNET", 227: "CAN_SOCKETCAN", 230: "IEEE802_15_4_NOFCS", 231: "DBUS",
	235: "DVB_CI", 240: "NETANALYZER", 242: "IPOIB", 243: "MPEG_2_TS", 247: "INFINIBAND",
	248: "SCTP", 249: "USBPCAP", 251: "BLUETOOTH_LE_LL", 252: "WIRESHARK_UPPER_PDU",
	253: "NETLINK", 254: "BLUETOOTH_LINUX_MONITOR", 258: "PKTAP", 259: "EPON",
	265: "USB_DARWIN", 270: "LORATAP", 271: "VSOCK", 272: "NORDIC_BLE",
	274: "ETHERNET_MPACKET", 285: "ETW", 288: "Z_WAVE_SERIAL",
}

// linkError refuses a link type by name.
func linkError(l packet.Link) error {
	name := foreignLinks[l]
	if name == "" {
		name = "unknown"
	}
	return fmt.Errorf("link type %d (%s) %w: record on an Ethernet, PPP, loopback or raw IP interface, or on \"any\"", l, name, ErrNotSupported)
}
