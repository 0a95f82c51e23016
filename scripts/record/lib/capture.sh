# shellcheck shell=bash
# Taking a capture and putting it into testdata.

# capture HOST INTERFACE SNAP [TCPDUMP OPTION...] starts to capture into $TMP/live.pcap.
capture() {
	local host=$1 interface=$2 snap=$3
	shift 3
	: >"$TMP/tcpdump"
	ip netns exec "$LAB$host" tcpdump -i "$interface" -s "$snap" -n -U -Z root "$@" \
		-w "$TMP/live.pcap" 2>"$TMP/tcpdump" &
	CAPTURE=$!
	PIDS+=("$CAPTURE")
	await grep -q 'listening on' "$TMP/tcpdump"
	sleep 0.3
}

# captured ends the capture; it waits for late answers first.
captured() {
	sleep "${1:-1}"
	kill -INT "$CAPTURE"
	wait "$CAPTURE" || true
	if ! grep -q '^0 packets dropped by kernel' "$TMP/tcpdump"; then
		echo "record: the capture lost packets:" >&2
		cat "$TMP/tcpdump" >&2
		exit 1
	fi
}

# keep FILE NAME stores a capture in testdata, compressed as the name says.
keep() {
	case $2 in
	*.gz) gzip -9nc "$1" ;;
	*.zst) zstd -19qc "$1" ;;
	*) cat "$1" ;;
	esac >"$OUT/$2"
	[[ -z ${SUDO_UID:-} ]] || chown "$SUDO_UID" "$OUT/$2"
	echo "  $2: $(stat -c %s "$OUT/$2") bytes"
}
