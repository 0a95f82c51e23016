# shellcheck shell=bash
# Slow sweeps: one probe in half a second is recorded, then the time between
# conversations is stretched; inside a conversation it stays as it was.

# crawl HOST TARGET... probes 445 of each in half a second, by a full connect as a worm
# does, so that the kernel's retransmits are there.
crawl() {
	local host=$1
	shift
	enter "$host" nmap -n -Pn -sT -p445 --max-rate 2 --max-retries 0 \
		--initial-rtt-timeout 3500ms --min-rtt-timeout 3500ms "$@" >/dev/null
}

# scattered N prints N addresses strewn over 10.30.0.0/16.
scattered() {
	local i
	for ((i = 0; i < $1; i++)); do echo "10.30.$((i * 83 % 256)).$((i * 47 % 250 + 2))"; done
}

# Thirty targets, none of which answers; the users of six workstations work meanwhile.
record_scan_smb_slow_silent() {
	office 6
	farms
	host quiet br0 10.20.0.68
	in_core ip route add blackhole 10.30.0.0/16
	capture core br0 80
	work 6 6 1.6
	# shellcheck disable=SC2046 # one word a target
	crawl quiet $(scattered 30)
	rest
	captured
	"$EDIT" stretch -by 1200 -start 2026-09-07T06:00:00Z "$TMP/live.pcap" "$TMP/10min.pcap"
	"$EDIT" stretch -by 7200 -start 2026-09-07T06:00:00Z "$TMP/live.pcap" "$TMP/1h.pcap"
	keep "$TMP/10min.pcap" scan_smb_slow10min_silent.pcap.zst
	keep "$TMP/1h.pcap" scan_smb_slow1h_silent.pcap.zst
}

# Forty targets of which some answer and some refuse, by a host whose user works as well.
record_scan_smb_slow_mixed() {
	local i=0 target
	office 6
	farms
	{
		echo "route add blackhole 10.30.0.0/16"
		for target in $(scattered 40); do
			case $((i++ % 8)) in
			0 | 5) echo "route add $target via 10.20.1.253" ;;
			1) echo "route add $target via 10.20.1.254" ;;
			2) echo "route add unreachable $target" ;;
			esac
		done
	} | in_core ip -batch -
	capture core br0 80
	work 6 6 1.8
	# shellcheck disable=SC2046 # one word a target
	crawl pc3 $(scattered 40)
	rest
	captured
	"$EDIT" stretch -by 1200 -start 2026-09-07T06:00:00Z "$TMP/live.pcap" "$TMP/10min.pcap"
	keep "$TMP/10min.pcap" scan_smb_slow10min_mixed.pcap.zst
}

# The demonstration: three hours of an office. One workstation crawls over the /16, one
# probe in about five minutes; another sweeps 150 addresses on 139 in four seconds.
record_demo() {
	office 8
	farms
	host quiet br0 10.20.0.68
	host infected br0 10.20.0.66
	local i=0 target
	{
		echo "route add blackhole 10.30.0.0/16"
		for target in $(scattered 36); do
			((i++ % 18)) || echo "route add $target via 10.20.1.253"
		done
	} | in_core ip -batch -
	spread 10.20.8 15 20 10
	capture core br0 80
	work 8 7 6
	(
		sleep 40
		sweep infected 10.20.8.1-10.20.8.150 139 50
	) &
	WORKERS+=("$!")
	# shellcheck disable=SC2046 # one word a target
	enter quiet nmap -n -Pn -sT -p445 --max-rate 0.5 --max-retries 0 \
		--initial-rtt-timeout 3500ms --min-rtt-timeout 3500ms $(scattered 36) >/dev/null
	rest
	captured
	"$EDIT" stretch -by 150 -burst 10.20.0.66 -start 2026-09-07T06:00:00Z \
		"$TMP/live.pcap" "$TMP/demo.pcap"
	keep "$TMP/demo.pcap" demo.pcap.gz
}
