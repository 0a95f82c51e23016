# shellcheck shell=bash
# Fast sweeps. The ranges 10.20.8.0/24 and 10.30.0.0/16 lie behind the router; who
# answers there, refuses, is unreachable or stays silent is dealt out by spread.

# sweep HOST RANGE PORTS RATE [OPTION...]: masscan from that host's eth0. Its own stack
# and the kernel's do not know of each other: each SYN-ACK earns resets from both.
sweep() {
	local host=$1 range=$2 ports=$3 rate=$4 ip
	shift 4
	ip=$(ip -n "$LAB$host" -br -4 address show eth0 | awk '{ sub("/.*", "", $3); print $3 }')
	enter "$host" masscan "$range" -p"$ports" --rate "$rate" --seed 7 --wait 3 -e eth0 \
		--adapter-ip "$ip" --router-mac "$(mac 02:02 "${ip%.*}.1")" "$@" >/dev/null 2>&1
}

# One infected workstation sweeps a /24 on 139 and 445 while eight others work. The same
# frames are then put into the encapsulations that no kernel device here makes.
record_scan_smb_masscan24() {
	office 8
	farms
	host infected br0 10.20.0.66
	spread 10.20.8 15 20 10
	capture core br0 96
	work 8 3 0.5
	sleep 2
	sweep infected 10.20.8.0/24 139,445 300
	rest
	captured
	keep "$TMP/live.pcap" scan_smb_masscan24.pcap.gz
	local kind
	for kind in vlan qinq mpls gre erspan; do
		"$EDIT" wrap -as "$kind" "$TMP/live.pcap" "$TMP/$kind.pcap"
		keep "$TMP/$kind.pcap" "enc_$kind.pcap.gz"
	done
}

# A sixteenth of a /16, drawn by masscan itself (--shard).
record_scan_smb_masscan16() {
	local i
	office 2
	farms
	host infected br0 10.20.0.66
	{
		echo "route add blackhole 10.30.0.0/16"
		for ((i = 0; i < 256; i++)); do
			echo "route add 10.30.$i.32/27 via 10.20.1.254"
			echo "route add 10.30.$i.96/28 via 10.20.1.253"
			echo "route add unreachable 10.30.$i.112/29"
		done
	} | in_core ip -batch -
	capture core br0 64
	work 2 3 2
	sweep infected 10.30.0.0/16 445 500 --shard 3/16
	rest
	captured
	keep "$TMP/live.pcap" scan_smb_masscan16.pcap.zst
}

# nmap's SYN scan of 139 and 445, nanosecond time stamps.
record_scan_smb_nmap24() {
	office 3
	farms
	host curious br0 10.20.0.67
	spread 10.20.9 10 30 5
	capture core br0 96 --time-stamp-precision=nano
	work 3 3 1
	enter curious nmap -n -Pn -sS -p139,445 --max-retries 1 10.20.9.0/24 >/dev/null
	rest
	captured
	keep "$TMP/live.pcap" scan_smb_nmap24.pcap.zst
}

# The message queue's ports of the same worm (MS05-017); nothing listens there, so live
# targets refuse.
record_scan_msmq_nmap24() {
	office 3
	farms
	host infected br0 10.20.0.66
	spread 10.20.9 10 30 10
	capture core br0 96
	work 3 2 1
	enter infected nmap -n -Pn -sS -p1801,2103,2105 --max-rate 100 --max-retries 0 10.20.9.0/24 >/dev/null
	rest
	captured
	keep "$TMP/live.pcap" scan_msmq_nmap24.pcap.gz
}

# nmap's host discovery in its own subnet: ARP, and a few hosts that are there.
record_scan_arp_nmap24() {
	office 6
	host curious br0 10.20.0.67
	capture core br0 96
	work 6 2 1
	enter curious nmap -n -sn 10.20.0.0/24 >/dev/null
	rest
	captured
	keep "$TMP/live.pcap" scan_arp_nmap24.pcap
}

# Four hosts of the server LAN know their NetBIOS name (nmbd), three are there without
# it, the others do not exist: the router asks for them in vain and says so.
name_servers() {
	local i
	office 3
	host curious br0 10.20.0.67
	for i in 31 32 33 34; do
		host "desk$i" br1 "10.20.1.$i"
		samba "desk$i" "DESK$i"
		names "desk$i"
	done
	for i in 41 42 43; do host "box$i" br1 "10.20.1.$i"; done
}

record_scan_nbns_nbtscan24() {
	name_servers
	capture core br0 0
	work 3 2 1
	enter curious nbtscan -q 10.20.1.0/24 >/dev/null
	rest
	captured 4
	keep "$TMP/live.pcap" scan_nbns_nbtscan24.pcap.gz
}

record_scan_nbns_nmap24() {
	name_servers
	capture core br0 160
	work 3 1 1
	enter curious nmap -n -Pn -sU -p137 --max-retries 1 10.20.1.0/24 >/dev/null
	rest
	captured 4
	editcap -F pcapng "$TMP/live.pcap" "$TMP/ng.pcapng"
	keep "$TMP/ng.pcapng" scan_nbns_nmap24.pcapng
}

# A host of the internet sweeps a /24 of ours; the mirror is that of the edge.
record_scan_smb_outside24() {
	farms
	lan br2 198.51.100
	host stranger br2 198.51.100.7
	spread 10.20.8 10 20 10
	capture core br2 96
	sweep stranger 10.20.8.0/24 445 100
	captured
	keep "$TMP/live.pcap" scan_smb_outside24.pcap.gz
}

# The sweep runs over a VXLAN of the kernel; the mirror sees the underlay.
record_enc_vxlan() {
	farms
	lan br3 172.31.1
	host infected br3 172.31.1.9
	spread 10.20.8 15 20 10
	vxlan core 172.31.1.1 172.31.1.9 10.20.4.1 br3
	vxlan infected 172.31.1.9 172.31.1.1 10.20.4.66 eth0
	ip -n "${LAB}infected" route add 10.20.8.0/24 via 10.20.4.1
	capture core br3 146
	enter infected nmap -n -Pn -sS -p445 --max-retries 1 10.20.8.0/24 >/dev/null
	captured
	keep "$TMP/live.pcap" enc_vxlan.pcap.gz
}

# vxlan HOST LOCAL REMOTE ADDRESS DEVICE adds the interface vx0, network 4242.
vxlan() {
	ip -n "$LAB$1" link add vx0 address "$(mac 02:04 "$4")" type vxlan id 4242 \
		local "$2" remote "$3" dev "$5" dstport 4789
	ip -n "$LAB$1" address add "$4/24" dev vx0
	ip -n "$LAB$1" link set vx0 up
}
