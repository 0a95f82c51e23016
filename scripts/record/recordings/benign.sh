# shellcheck shell=bash
# What looks like a scan to a poor detector and is none.

# People at work: SMB3 on 445 and NT1 on 139, whole payload.
record_benign_office() {
	office 8
	capture core br0 0
	work 8 2 0.5
	rest
	captured
	keep "$TMP/live.pcap" benign_office.pcap.zst
}

# A backup host fetches from 44 live servers within a minute, then again; eight
# workstations use three quarters of the same servers.
record_benign_backup44() {
	local i round
	farms
	host backup br0 10.20.0.9
	for ((i = 1; i <= 8; i++)); do host "pc$i" br0 "10.20.0.$((10 + i))"; done
	in_core ip route add 10.20.10.0/24 via 10.20.1.253
	capture core br0 80
	for ((i = 1; i <= 8; i++)); do
		visitor "$i" &
		WORKERS[i]=$!
		PIDS+=("$!")
	done
	for round in 1 2; do
		for ((i = 1; i <= 44; i++)); do
			smb backup "10.20.10.$i" SMB3 "get report$round.txt /dev/null"
			sleep 1.1
		done
	done
	rest
	captured
	keep "$TMP/live.pcap" benign_backup44.pcap.zst
}

# visitor I: the user of pcI looks into four servers, at leisure.
visitor() {
	local i=$1 n
	for ((n = 0; n < 4; n++)); do
		smb "pc$i" "10.20.10.$(((i - 1) * 4 + n + 1))" SMB3 ls
		sleep 9
	done
}

# Thirty workstations use five servers; then the servers' switch dies, and all of them
# try again and again. Cached neighbours make for silence first, then the router says
# unreachable.
record_benign_outage() {
	local i n
	for ((i = 1; i <= 30; i++)); do host "pc$i" br0 "10.20.0.$((10 + i))"; done
	for ((n = 1; n <= 5; n++)); do
		host "filesrv$n" br1 "10.20.1.$((10 + n))"
		samba "filesrv$n" "FILESRV$n"
	done
	capture core br0 64
	everybody ls
	for ((n = 1; n <= 5; n++)); do in_core ip link set "pfilesrv$n" down; done
	SMB_TIMEOUT=4 everybody ls
	SMB_TIMEOUT=4 everybody ls
	captured
	keep "$TMP/live.pcap" benign_outage.pcap.zst
}

# everybody COMMANDS: each of thirty users does that on each of five servers.
everybody() {
	local i n
	WORKERS=()
	for ((i = 1; i <= 30; i++)); do
		for n in 1 2 3 4 5; do smb "pc$i" "10.20.1.$((10 + n))" SMB3 "$1"; done &
		WORKERS+=("$!")
		PIDS+=("$!")
	done
	rest
}

# Somebody floods a server outside with SYN under our addresses (nmap's decoys). What
# reaches us are the answers: SYN-ACK from 139 and 445, resets from 137, retransmits.
record_benign_backscatter() {
	local round decoys
	farms
	lan br2 198.51.100
	host flooder br2 198.51.100.7
	host victim br2 198.51.100.80
	samba victim VICTIM1
	spread 10.20.8 30 30 10
	capture core br1 96
	for round in 0 1; do
		decoys=$(seq -s, -f '10.20.8.%g' $((round * 100 + 1)) $((round * 100 + 100)))
		enter flooder nmap -n -Pn -sS -p137,139,445 --max-retries 0 -D "$decoys,ME" 198.51.100.80 >/dev/null
	done
	captured 5
	keep "$TMP/live.pcap" benign_backscatter.pcap.gz
}

# A sweep from outside into the office LAN, seen inside it: only the router's ARP for
# hosts that are not there, and the few SYN for those that are. The router scans nobody.
# That it is a router shows in the work before the sweep: servers and a web page.
record_benign_router_arp() {
	office 6
	lan br2 198.51.100
	host stranger br2 198.51.100.7
	host website br2 198.51.100.20
	start website python3 -m http.server 80 --directory "$TMP/samba.filesrv1/share" >/dev/null 2>&1
	await listens website ':80 '
	capture core br0 96
	work 6 4 1
	browse pc2 http://198.51.100.20/report1.txt
	sleep 2
	sweep stranger 10.20.0.0/24 445 40
	browse pc3 http://198.51.100.20/report2.txt
	rest
	captured
	keep "$TMP/live.pcap" benign_router_arp.pcap.gz
}

# browse HOST URL fetches a page.
browse() {
	enter "$1" python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1]).read()' "$2"
}
