#!/bin/sh
# kcat.sh reads the findings that are on a topic, drops those that came twice, and prints the
# latest state of every episode, one JSON object a line. It needs kcat and jq.
#
#	examples/kcat.sh BROKERS [TOPIC [KCAT-ARGUMENT...]]
#	examples/kcat.sh kafka-1:9093 wormwatch.alerts -X security.protocol=SSL -X ssl.ca.location=ca.pem
set -eu
brokers=${1:?BROKERS is missing: write HOST:PORT,...}
topic=${2:-wormwatch.alerts}
shift
[ $# -eq 0 ] || shift
all=$(mktemp)
read=$(mktemp)
trap 'rm -f "$all" "$read"' EXIT
# Into a file first: in a pipe an error of kcat would look like a topic that ends there.
kcat -C -q -e -o beginning -b "$brokers" -t "$topic" -J "$@" >"$all"
# One record that is no finding must not hold up the others.
jq -c '
	try ((.headers // []) as $headers | .payload | fromjson | select(.finding_info.uid != null)
		| {id: ($headers | index("alert-id") as $i | if $i then .[$i + 1] else null end), finding: .}
		| .id //= .finding.metadata.uid)
	catch empty' "$all" >"$read"
jq -cs '
	unique_by(.id) | map(.finding)
	| map(select(.metadata.event_code != "test"))
	| group_by(.finding_info.uid) | map(max_by(.metadata.sequence))
	| sort_by(.time)[]' "$read"
bad=$(($(wc -l <"$all") - $(wc -l <"$read")))
[ "$bad" -eq 0 ] || echo "kcat.sh: $bad records are no findings" >&2
