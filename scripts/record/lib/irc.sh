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
