# shellcheck shell=bash
# People who chat, each with a real client and a script of what they do: lines of
#
#	SECONDS join #CHANNEL [KEY]
#	SECONDS say #CHANNEL TEXT
#	SECONDS quit TEXT
#
# where the seconds are those since the line before.

# person CLIENT HOST NICK SERVER PORT <SCRIPT: irssi, weechat or ii; on 6697 with TLS.
person() { "with_$1" "${@:2}"; }

# typed FUNCTION reads the script and hands each line to the function when it is due.
typed() {
	local pause verb rest
	while read -r pause verb rest; do
		sleep "$pause"
		"$1" "$verb" "$rest"
	done
}

slash() {
	case $1 in
	say) printf '/msg %s\n' "$2" ;;
	*) printf '/%s %s\n' "$1" "$2" ;;
	esac
}

with_irssi() {
	local host=$1 nick=$2 server=$3 port=$4 dir=$TMP/irssi.$1 tls=no
	[[ $port == 6697 ]] && tls=yes
	mkdir -p "$dir"
	cat >"$dir/config" <<-END
		servers = ( { address = "$server"; chatnet = "net"; port = "$port"; use_tls = "$tls"; tls_verify = "no"; autoconnect = "yes"; } );
		chatnets = { net = { type = "IRC"; }; };
		settings = { core = { nick = "$nick"; user_name = "$nick"; real_name = "$nick"; hostname = ""; }; };
	END
	# irssi wants a terminal, and the terminal must outlive what is typed.
	{
		typed slash
		sleep 2
	} | become "$host" env TERM=vt100 timeout 180 script -qc "irssi --home=$dir" /dev/null >"$dir/screen" 2>&1
}

# with_weechat hands WeeChat the whole script at its start, with a time for each line.
with_weechat() {
	local host=$1 nick=$2 server=$3 port=$4 dir=$TMP/weechat.$1 at=0 pause verb rest run=()
	while read -r pause verb rest; do
		at=$(awk -v a="$at" -v b="$pause" 'BEGIN { print (a + b) * 1000 }')
		case $verb in
		say) run+=(-r "/wait ${at}ms /msg -server net $rest") ;;
		quit) run+=(-r "/wait ${at}ms /quit $rest") ;;
		*) run+=(-r "/wait ${at}ms /$verb -server net $rest") ;;
		esac
		at=$(awk -v a="$at" 'BEGIN { print a / 1000 }')
	done
	enter "$host" env TERM=vt100 weechat-headless --dir "$dir" \
		-r "/server add net $server/$port -nicks=$nick -username=$nick -realname=$nick" \
		-r "/connect net" "${run[@]}" >"$dir.out" 2>&1
}

with_ii() {
	local host=$1 nick=$2 server=$3 port=$4 dir=$TMP/ii.$1
	start "$host" ii -i "$dir" -s "$server" -p "$port" -n "$nick" -f "$nick" >/dev/null 2>&1
	await test -p "$dir/$server/in"
	II=$dir/$server
	typed to_ii
}

to_ii() {
	local channel text
	read -r channel text <<<"$2"
	case $1 in
	join) echo "/j $channel $text" >"$II/in" ;;
	say) echo "$text" >"$II/$channel/in" ;;
	quit) echo "/q $2" >"$II/in" ;;
	esac
}
