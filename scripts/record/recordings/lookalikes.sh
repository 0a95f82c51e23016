# shellcheck shell=bash
# What speaks in lines as IRC does, or is where IRC would be, and is none.

# All servers are outside, 198.51.100.30.
record_benign_lookalikes() {
	local i
	outside
	for i in 1 2 3 4 5; do host "pc$i" br0 "10.20.0.$((10 + i))"; done
	host servers br2 198.51.100.30
	ftp_server servers 21
	ftp_server servers 137
	pop3_server servers
	smtp_server servers
	web_server servers 80 6667 4915 8443
	protocol_dump | letter "a dump" >"$TMP/dump.eml"
	letter "greetings" <<<"USER and NICK send their love." >"$TMP/plain.eml"
	capture core br0 0
	# shellcheck disable=SC2016 # expanded on the clients
	{
		curls pc1 'for i in $(seq 120); do curl $q -u "$u$i:guess$i" ftp://$s/; done
			for i in 1 2 3; do curl $q -u "$u:$p" ftp://$s/ ftp://$s/gossip.txt; done
			curl $q -u "$u:$p" -T $t/plain.eml ftp://$s/'
		curls pc2 'for i in $(seq 120); do curl $q -u "$u:guess$i" ftp://$s:137/; done
			for i in 1 2 3; do curl $q -u "$u:$p" ftp://$s:137/gossip.txt; done'
		curls pc3 'for i in $(seq 20); do python3 -c "$guess" $s $u $i; done
			for i in 1 2 3; do curl $q -u "$u:$p" pop3://$s/ pop3://$s/$i; done'
		curls pc4 'for i in $(seq 5); do for m in plain dump; do
			curl $q --crlf --mail-from a@example.net --mail-rcpt $u@example.net -T $t/$m.eml smtp://$s/pc4; done; done'
		curls pc5 'for i in 1 2 3; do for port in 80 6667 4915; do
			curl $q http://$s:$port/ http://$s:$port/dump.txt; curl $q --data-binary @$t/dump.eml http://$s:$port/; done
			curl $q -k https://$s:8443/; done'
	}
	rest
	captured
	keep "$TMP/live.pcap" benign_lookalikes.pcap.gz
}

GUESS='import poplib, sys
p = poplib.POP3(sys.argv[1])
p.user(sys.argv[2])
try:
    p.pass_("guess" + sys.argv[3])
except poplib.error_proto:
    p.quit()'

# curls HOST SCRIPT runs a script of curl there in the background. In it $s is the server,
# $u and $p are the user's name and password, $t has files, $q keeps curl quiet, and $guess
# is a program that tries a password by POP3's own USER and PASS, which curl does not use.
curls() {
	local settings="s=198.51.100.30 u=$CLERK p=$PASSWORD t=$TMP q='-s -S -m 10' guess='$GUESS'"
	enter "$1" bash -c "$settings; $2" >"$TMP/curl.$1" 2>&1 &
	WORKERS+=("$!")
	PIDS+=("$!")
}
