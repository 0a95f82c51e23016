# shellcheck shell=bash
# The lab of one recording: an office LAN and a server LAN behind one router that is
# also their switch, all of it in network namespaces with a prefix of their own.
#
#   br0  10.20.0.1/24  fd00:20:0::1/64   the office: workstations and scanners
#   br1  10.20.1.1/24  fd00:20:1::1/64   the servers, and the two hosts behind which the
#                                        swept ranges lie (farm answers, wall refuses)
#
# A capture on br0 is what a mirror of the office VLAN shows: each frame that crosses it
# once, those between workstations included.

lab_open() {
	LAB=wwrec$$-
	TMP=$(mktemp -d)
	PIDS=()
	trap lab_close EXIT
	trap 'exit 130' INT TERM
	echo "nameserver 127.0.0.1" >"$TMP/resolv.conf"

	ip netns add "${LAB}core"
	in_core ip link set lo up
	in_core sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv6.conf.default.disable_ipv6=1 \
		net.ipv4.icmp_ratelimit=20 net.ipv6.icmp.ratelimit=20 # ms: 50 a second, as routers do
	lan br0 10.20.0
	lan br1 10.20.1
}

# lan BRIDGE NET makes a switched network whose router is NET.1.
lan() {
	local bridge=$1 net=$2
	in_core ip link add "$bridge" address "$(mac 02:02 "$net.1")" type bridge
	in_core sysctl -qw "net.ipv6.conf.$bridge.disable_ipv6=0"
	in_core ip address add "$net.1/24" dev "$bridge"
	in_core ip address add "$(ipv6 "$net.1")/64" dev "$bridge" nodad
	in_core ip link set "$bridge" up
}

# lab_close ends what the lab started and removes its namespaces.
lab_close() {
	local name pid
	set +e # the rest goes, whatever is gone already
	for pid in "${PIDS[@]}"; do end "$pid"; done
	for name in $(ip netns list | awk -v lab="$LAB" 'index($1, lab) == 1 { print $1 }'); do
		for pid in $(ip netns pids "$name"); do kill -9 "$pid" 2>/dev/null; done
		ip netns delete "$name"
	done
	wait 2>/dev/null
	rm -rf "$TMP"
}

# end PID ends a process and what it started.
end() {
	local child
	for child in $(pgrep -P "$1"); do end "$child"; done
	kill "$1" 2>/dev/null
}

# mac PREFIX IPV4: a locally administered link address made of the IP address, so that
# no address of the recording machine gets into a capture.
mac() {
	local a b c d
	IFS=. read -r a b c d <<<"$2"
	printf '%s:%02x:%02x:%02x:%02x' "$1" "$a" "$b" "$c" "$d"
}

# ipv6 IPV4: the IPv6 address that a host of the lab has beside its IPv4 address, of the
# documentation prefix where that one is (RFC 3849, RFC 5737).
ipv6() {
	local a c d net=fd00:20
	IFS=. read -r a _ c d <<<"$1"
	case $a in 198 | 203) net=2001:db8 ;; esac
	printf '%s:%x::%x' "$net" "$c" "$d"
}

# host NAME BRIDGE IPV4 plugs a host in, with the router as its default gateway.
host() {
	local name=$1 bridge=$2 ip=$3 ns=$LAB$1
	ip netns add "$ns"
	ip -n "${LAB}core" link add "p$name" address "$(mac 02:01 "$ip")" type veth \
		peer name eth0 address "$(mac 02:00 "$ip")" netns "$ns"
	in_core ip link set "p$name" master "$bridge" up
	ip -n "$ns" link set lo up
	ip netns exec "$ns" ethtool -K eth0 tx off tso off gso off >/dev/null # as on the wire
	ip -n "$ns" link set eth0 up
	ip -n "$ns" address add "$ip/24" dev eth0
	ip -n "$ns" address add "$(ipv6 "$ip")/64" dev eth0 nodad
	ip -n "$ns" route add default via "${ip%.*}.1"
	ip -n "$ns" route add default via "$(ipv6 "${ip%.*}.1")"
	printf '127.0.0.1 localhost\n%s %s\n' "$ip" "$name" >"$TMP/hosts.$name"
}

# become HOST COMMAND...: replaces this shell by the command on that host, under the
# host's own name, with a resolver that answers nothing, in a session of its own: a
# Samba server that ends takes its process group along.
become() {
	local name=$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	exec setsid ip netns exec "$LAB$name" unshare --uts --mount sh -c '
		hostname "$1" && mount --bind "$2/hosts.$1" /etc/hosts &&
		mount --bind "$2/resolv.conf" /etc/resolv.conf && shift 2 && exec "$@"' \
		sh "$name" "$TMP" "$@"
}

# enter HOST COMMAND... runs it there and waits, at most three minutes.
enter() {
	local name=$1
	shift
	(become "$name" timeout 180 "$@")
}

# start HOST COMMAND... runs it there until the lab closes. How it ends is not told.
start() {
	become "$@" &
	PIDS+=("$!")
	disown "$!"
}

# outside plugs in two networks of the Internet: br2 198.51.100.0/24 and br3 203.0.113.0/24.
outside() {
	lan br2 198.51.100
	lan br3 203.0.113
}

# bad_line HOST SEED moves a host that is plugged in behind a line that loses and reorders
# its segments. Offloading is off on it, else the line would carry segments joined.
bad_line() {
	local name=$1 seed=$2 bridge ns=${LAB}line$1 end
	bridge=$(in_core ip -o link show "p$name" | sed 's/.* master \([^ ]*\) .*/\1/')
	ip netns add "$ns"
	ip netns exec "$ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	ip -n "${LAB}core" link set "p$name" nomaster netns "$ns"
	ip -n "${LAB}core" link add "l$name" address "$(mac 02:05 10.20.0.0)" type veth \
		peer name far address "$(mac 02:06 10.20.0.0)" netns "$ns"
	in_core ip link set "l$name" master "$bridge" up
	for end in "p$name" far; do ip -n "$ns" link set "$end" up; done
	ip netns exec "$ns" python3 "$HERE/actors/badline.py" "p$name" far "$seed" >"$TMP/line.$name" &
	PIDS+=("$!")
	await grep -q ready "$TMP/line.$name"
}

in_core() { ip netns exec "${LAB}core" "$@"; }

# farms plugs in the two hosts behind which the swept ranges lie. Both take every address
# that is routed to them as their own; a Samba server listens on one.
farms() {
	local name
	host farm br1 10.20.1.253
	host wall br1 10.20.1.254
	for name in farm wall; do
		ip -n "$LAB$name" route add local 10.20.8.0/21 dev lo
		ip -n "$LAB$name" route add local 10.30.0.0/16 dev lo
		ip -n "$LAB$name" route add local fd00:20:8::/48 dev lo
	done
	samba farm FARM1
}

# spread NET ANSWERING REFUSING UNREACHABLE deals the 254 addresses of NET (three octets)
# out, in percent; what is left is silent.
spread() {
	local net=$1 answering=$2 refusing=$3 unreachable=$4 i n
	{
		echo "route add blackhole $net.0/24"
		for ((i = 1; i < 255; i++)); do
			n=$((i * 61 % 100))
			if ((n < answering)); then
				echo "route add $net.$i via 10.20.1.253"
			elif ((n < answering + refusing)); then
				echo "route add $net.$i via 10.20.1.254"
			elif ((n < answering + refusing + unreachable)); then
				echo "route add unreachable $net.$i"
			fi
		done
	} | in_core ip -batch -
}
