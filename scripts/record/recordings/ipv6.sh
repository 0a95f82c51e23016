# shellcheck shell=bash
# IPv6: nobody sweeps a /64 address by address; a scanner brings a list.

# listed PREFIX N prints N addresses below PREFIX.
listed() {
	local i
	for ((i = 1; i <= $2; i++)); do printf '%s%x\n' "$1" $((i * 257)); done
}

# Sixty targets behind the router: silent, refusing, unreachable, answering.
record_scan_smb_ipv6() {
	local i=0 target
	office 3
	farms
	host curious br0 10.20.0.67
	{
		echo "route add blackhole fd00:20:8::/64"
		for target in $(listed fd00:20:8:: 60); do
			case $((i++ % 6)) in
			0) echo "route add $target via fd00:20:1::fd" ;;
			1) echo "route add $target via fd00:20:1::fe" ;;
			2) echo "route add unreachable $target" ;;
			esac
		done
	} | in_core ip -6 -batch -
	capture core br0 110
	work 3 2 1
	# shellcheck disable=SC2046 # one word a target
	enter curious nmap -6 -n -Pn -sS -p139,445 --max-retries 1 $(listed fd00:20:8:: 60) >/dev/null
	rest
	captured
	keep "$TMP/live.pcap" scan_smb_ipv6.pcap.gz
}

# Forty neighbours that are not there and six that are: solicitations.
record_scan_arp_ipv6() {
	office 6
	host curious br0 10.20.0.67
	capture core br0 110
	work 6 1 1
	# shellcheck disable=SC2046 # one word a target
	enter curious nmap -6 -n -sn fd00:20::{b,c,d,e,f,10} $(listed fd00:20:: 40) >/dev/null
	rest
	captured
	keep "$TMP/live.pcap" scan_arp_ipv6.pcap.gz
}
