# shellcheck shell=bash
# Samba servers and the people who use them.

# samba HOST NAME starts smbd there on 139 and 445 with one public share.
samba() {
	local host=$1 name=$2 dir=$TMP/samba.$1 i
	mkdir -p "$dir/share" "$dir/private"
	for i in 1 2 3 4; do head -c $((i * 3000)) /dev/zero | tr '\0' "$i" >"$dir/share/report$i.txt"; done
	chmod a+rwx "$TMP" # guests are nobody
	chmod -R a+rwX "$dir/share"
	cat >"$dir/smb.conf" <<-END
		[global]
		netbios name = $name
		workgroup = OFFICE
		server string = $name
		server role = standalone server
		server min protocol = NT1
		map to guest = Bad User
		smb ports = 445 139
		load printers = no
		disable spoolss = yes
		lock directory = $dir
		state directory = $dir
		cache directory = $dir
		pid directory = $dir
		private dir = $dir/private
		ncalrpc dir = $dir/ncalrpc
		log file = $dir/log.%m
		[pub]
		path = $dir/share
		guest ok = yes
		read only = no
	END
	start "$host" smbd -F --no-process-group -s "$dir/smb.conf" >"$dir/out" 2>&1
	await listens "$host" ':445 '
}

# names HOST starts nmbd beside the smbd of that host.
names() {
	start "$1" nmbd -F --no-process-group -s "$TMP/samba.$1/smb.conf" >"$TMP/samba.$1/nmbd" 2>&1
	await binds "$1" ':137 '
}

listens() { ip netns exec "$LAB$1" ss -Hltn | grep -q "$2"; }
binds() { ip netns exec "$LAB$1" ss -Hlun | grep -q "$2"; }

# await COMMAND...: until it succeeds, at most ten seconds, or AWAIT.
await() {
	local i
	for ((i = 0; i < ${AWAIT:-10} * 10; i++)); do
		"$@" && return
		sleep 0.1
	done
	echo "record: gave up waiting: $*" >&2
	exit 1
}

# smb HOST SERVER PROTOCOL COMMANDS [OPTION...]: one session of the user of that host. A
# server that cannot be reached is part of some recordings, so failure is none here.
smb() {
	local host=$1 server=$2 protocol=$3 commands=$4
	shift 4
	[[ -e $TMP/client.conf ]] || printf '[global]\nworkgroup = OFFICE\nclient min protocol = NT1\nname resolve order = host\nlock directory = %s\ncache directory = %s\nstate directory = %s\nprivate dir = %s\n' "$TMP" "$TMP" "$TMP" "$TMP" >"$TMP/client.conf"
	enter "$host" timeout "${SMB_TIMEOUT:-20}" smbclient "//$server/pub" -s "$TMP/client.conf" \
		-n "${host^^}" -U "user-$host%invented" -m "$protocol" "$@" -c "$commands" >/dev/null 2>&1 || true
}

# office N plugs in the workstations pc1 to pcN and two file servers.
office() {
	local i
	for ((i = 1; i <= $1; i++)); do host "pc$i" br0 "10.20.0.$((10 + i))"; done
	host filesrv1 br1 10.20.1.11
	host filesrv2 br1 10.20.1.12
	samba filesrv1 FILESRV1
	samba filesrv2 FILESRV2
}

# work N SESSIONS PAUSE lets the users of pc1 to pcN work in the background: each has so
# many sessions with the file servers, PAUSE seconds apart. WORKERS are waited for by rest.
work() {
	local i
	WORKERS=()
	for ((i = 1; i <= $1; i++)); do
		user "$i" "$2" "$3" &
		WORKERS+=("$!")
		PIDS+=("$!")
	done
}

user() {
	local i=$1 sessions=$2 pause=$3 n
	sleep "0.$((i * 37 % 10))"
	for ((n = 0; n < sessions; n++)); do
		local server=10.20.1.$((11 + (i + n / 3) % 2)) file=report$(((i + n) % 4 + 1)).txt
		if (((i + n) % 7 == 0)); then
			smb "pc$i" "$server" NT1 "get $file /dev/null" -p 139
		else
			smb "pc$i" "$server" SMB3 "ls; get $file /dev/null"
		fi
		sleep "$pause"
	done
}

rest() { wait "${WORKERS[@]}"; }
