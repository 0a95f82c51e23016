# shellcheck shell=bash
# NetBIOS and SMB across the edge of the home networks.

# A workstation uses three file servers outside, one of them by NT1 on 139. Somebody outside
# uses a share at home; somebody else outside is refused. Another workstation asks thirty
# addresses outside for their names within twelve seconds, as Windows does, and nobody answers.
record_netbios_edge() {
	local round
	office 3
	outside
	host partner1 br2 198.51.100.31
	host partner2 br2 198.51.100.32
	host partner3 br3 203.0.113.33
	for round in 1 2 3; do samba "partner$round" "PARTNER$round"; done
	host desk br0 10.20.0.21
	samba desk DESK1
	host visitor br3 203.0.113.9
	host knocker br2 198.51.100.7
	in_core ip route add blackhole 198.51.100.128/25
	in_core ip route add blackhole 203.0.113.128/25
	capture core br0 0
	work 3 3 3
	enter pc3 python3 "$HERE/actors/nbstat.py" 0.4 198.51.100.{130..144} 203.0.113.{150..164} &
	WORKERS+=("$!")
	for round in 1 2; do
		smb pc1 198.51.100.31 SMB3 "ls; get report$round.txt /dev/null"
		smb pc1 198.51.100.32 SMB3 "get report3.txt /dev/null"
		smb pc1 203.0.113.33 NT1 "get report$round.txt /dev/null" -p 139
		smb visitor 10.20.0.21 SMB3 "ls; get report$round.txt /dev/null"
		sleep 2
	done
	enter knocker nmap -n -Pn -sT -p139,445 10.20.0.11-13 >/dev/null
	rest
	captured
	keep "$TMP/live.pcap" netbios_edge.pcap.gz
}

# What a knock at 445 is for, at a server at home: wrong passwords by SMB3 and by NT1, the
# trees ADMIN$, C$ and IPC$, pipes of the exploits of the day, and an encrypted session.
record_smb_knock() {
	local i protocol tree pipes
	office 1
	host curious br0 10.20.0.67
	host desk br0 10.20.0.21
	samba desk DESK1
	# The only account besides the guest; it is one that every machine has.
	printf 'invented\ninvented\n' | smbpasswd -c "$TMP/samba.desk/smb.conf" -s -a nobody >/dev/null
	capture core br0 0
	for protocol in SMB3 NT1; do
		for i in 1 2 3 4 5 6; do smb curious 10.20.0.21 "$protocol" ls -U "nobody%guess$i"; done
		for tree in ADMIN C; do
			enter curious smbclient "//10.20.0.21/$tree\$" -s "$TMP/client.conf" -U nobody%invented -m "$protocol" -c ls \
				>/dev/null 2>&1 || true # the server has neither
		done
		pipes=(-s "$TMP/client.conf" -U nobody%invented
			--option="client ipc max protocol=$protocol" --option="client ipc min protocol=$protocol")
		enter curious rpcclient 10.20.0.21 "${pipes[@]}" -c 'srvinfo; lsaquery; enumdomusers' >/dev/null
		enter curious net rpc service list -S 10.20.0.21 "${pipes[@]}" >/dev/null
	done
	smb pc1 10.20.0.21 SMB3 "ls; get report1.txt /dev/null" --client-protection=encrypt -U nobody%invented
	captured
	keep "$TMP/live.pcap" smb_knock.pcap.gz
}
