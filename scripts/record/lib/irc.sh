# shellcheck shell=bash
# IRC servers, the people who talk there, and bots.

# certificate makes a key and a self-signed certificate for the recording's TLS servers.
certificate() {
	[[ -e $TMP/cert.pem ]] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
		-days 3650 -subj "/CN=irc.example.net" -keyout "$TMP/key.pem" -out "$TMP/cert.pem" 2>/dev/null
	chmod a+r "$TMP/key.pem"
}

# ngircd_on HOST PORTS [PASSWORD] [CHANNEL KEY TOPIC] starts an ngircd there.
ngircd_on() {
	local host=$1 ports=$2 password=${3:-} channel=${4:-} key=${5:-} topic=${6:-}
	chmod a+rwX "$TMP"
	{
		cat <<-END
			[Global]
			Name = irc.example.net
			Info = a server of the laboratory
			AdminInfo1 = nobody in particular
			Listen = 0.0.0.0,::
			Ports = $ports
			ServerUID = nobody
			ServerGID = nogroup
			MotdPhrase = Be kind to each other.
			$(if [[ $password ]]; then echo "Password = $password"; fi)
			[Limits]
			MaxConnectionsIP = 0
			MaxNickLength = 30
			PingTimeout = 15
			PongTimeout = 15
			[Options]
			DNS = no
			Ident = no
			PAM = no
			IncludeDir = $TMP/none
		END
		if [[ $channel ]]; then
			printf '[Channel]\nName = %s\nModes = +nstk %s\nTopic = %s\n' "$channel" "$key" "$topic"
		fi
	} >"$TMP/ngircd.$host"
	start "$host" ngircd -n -f "$TMP/ngircd.$host" >"$TMP/ngircd.$host.out" 2>&1
	await listens "$host" ":${ports%%,*} "
}

# bot HOST NICK SERVER PORT JOIN [OPTION...] runs a bot there and waits for its end.
bot() {
	local host=$1 nick=$2 server=$3 port=$4 join=$5
	shift 5
	enter "$host" python3 "$HERE/actors/bot.py" --nick "$nick" --join "$join" "$@" "$server" "$port"
}

# inspircd_on HOST PORT... starts an InspIRCd there, which speaks IRCv3; on 6697 with TLS.
inspircd_on() {
	local host=$1 port dir=$TMP/inspircd.$1
	shift
	certificate
	mkdir -p "$dir"
	{
		cat <<-END
			<server name="irc.example.org" description="a server of the laboratory" network="Example" id="0EX">
			<admin name="nobody" nick="nobody" email="nobody@example.org">
			<path configdir="$dir" datadir="$dir" logdir="$dir" runtimedir="$dir">
			<pid file="$dir/pid">
			<connect name="all" allow="*" resolvehostnames="no" pingfreq="15s" timeout="20s" modes="+i">
			<log method="file" type="*" level="default" target="$dir/log">
			<module name="cap"><module name="ircv3"><module name="ircv3_servertime">
			<module name="ircv3_msgid"><module name="ircv3_echomessage"><module name="ssl_gnutls">
			<sslprofile name="self" provider="gnutls" certfile="$TMP/cert.pem" keyfile="$TMP/key.pem">
		END
		for port in "$@"; do
			printf '<bind address="*" port="%s" type="clients"%s>\n' "$port" \
				"$([[ $port == 6697 ]] && echo ' sslprofile="self"')"
		done
	} >"$dir/conf"
	start "$host" inspircd --nofork --runasroot --config "$dir/conf" >"$dir/out" 2>&1
	await listens "$host" ":$1 "
}

# operator HOST PORT CHANNEL KEY TOPIC: who gives the orders sits on the server itself, where
# no mirror sees him, makes the channel, and speaks by orders.
operator() {
	local host=$1 port=$2 channel=$3 key=$4 topic=$5
	start "$host" ii -i "$TMP/ii.$host" -s 127.0.0.1 -p "$port" -n gh0st -f gh0st >/dev/null 2>&1
	await grep -qs 'gh0st' "$TMP/ii.$host/127.0.0.1/out"
	OPERATOR=$TMP/ii.$host/127.0.0.1
	echo "/j $channel" >"$OPERATOR/in"
	await test -p "$OPERATOR/$channel/in"
	printf '%s\n' "/MODE $channel +nstk $key" "/TOPIC $channel :$topic" >"$OPERATOR/in"
}

# orders CHANNEL TEXT: the operator says that in the channel.
orders() { echo "$2" >"$OPERATOR/$1/in"; }
