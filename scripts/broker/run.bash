# shellcheck shell=bash disable=SC2154
# How scripts/kafka runs Java, and the processes of the brokers. It is sourced there and uses
# its dir and brokers, and what setup.bash sets.

# java_at MEGABYTES ARGUMENT...: sets command to Java with the jars, made to start fast rather
# than to run fast.
java_at() {
	command=(java "-Xmx$1m" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -XX:+ExitOnOutOfMemoryError
		-Dlog4j2.configurationFile="file:$home/log4j2.properties" -cp "$lib/*" "${@:2}")
}

# jvm ARGUMENT...: runs a command of Kafka's.
jvm() {
	local command
	java_at 128 "$@"
	"${command[@]}"
}

# alive FILE WORDS: the process of a pid file runs and has the words in its command line.
alive() {
	local words
	[[ -s $1 ]] && words=$(tr '\0' ' ' 2>/dev/null <"/proc/$(<"$1")/cmdline") && [[ $words == *"$2"* ]]
}

# up N: broker N runs.
up() {
	alive "$dir/$1/pid" "kafka.Kafka $dir/$1/server.properties"
}

# launch N: starts broker N in a session of its own, so that no terminal ends it. setsid and
# java keep the number of the process.
launch() {
	local command n=$1
	java_at 320 -Dlevel=info -Djava.io.tmpdir="$dir/$n/tmp" kafka.Kafka "$dir/$n/server.properties"
	setsid "${command[@]}" </dev/null >>"$dir/$n/log" 2>&1 &
	echo $! >"$dir/$n/pid"
}

# await ALL N...: the brokers answer, and each knows of itself, or of all if ALL is true.
await() {
	local all=$1 n pid address deadline=$((SECONDS + 120))
	shift
	for n in "$@"; do
		pid=$(<"$dir/$n/pid")
		address=127.0.0.1:$(port "$n" plaintext)
		until knows "$address" "$all" "$n"; do
			kill -0 "$pid" 2>/dev/null || die "broker $n ended: $(tail -n 20 "$dir/$n/log")"
			((SECONDS < deadline)) || die "broker $n does not answer: $(tail -n 20 "$dir/$n/log")"
			sleep 0.1
		done
	done
}

# knows ADDRESS ALL N: the broker there lists broker N, or all of them.
knows() {
	local metadata
	(: <>"/dev/tcp/${1/://}") 2>/dev/null || return 1
	metadata=$(kcat -L -b "$1" -m 3 2>/dev/null) || return 1
	if $2; then
		[[ $(grep -c '^  broker [0-9]' <<<"$metadata") == "$brokers" ]]
	else
		grep -q "^  broker $3 at" <<<"$metadata"
	fi
}

# gone WITHIN N...: waits for brokers to end; false after WITHIN tenths of a second.
gone() {
	local tenths=$1 n
	shift
	for n in "$@"; do
		while up "$n"; do
			((tenths-- > 0)) || return 1
			sleep 0.1
		done
	done
}

# signal NAME N...: to brokers that run.
signal() {
	local name=$1 n
	shift
	for n in "$@"; do
		! up "$n" || kill -s "$name" "$(<"$dir/$n/pid")" 2>/dev/null || :
	done
}

# all: the numbers of the brokers.
all() {
	seq "$brokers"
}

# numbers N...: each is that of a broker.
numbers() {
	local n
	(($#)) || die "which broker? 1 to $brokers"
	for n in "$@"; do
		[[ $n =~ ^[1-9]$ && $n -le $brokers ]] || die "${n@Q} is no broker: 1 to $brokers"
	done
}

# running N...: each of these brokers runs.
running() {
	local n
	numbers "$@"
	for n in "$@"; do
		up "$n" || die "broker $n does not run: scripts/kafka restart $n --dir $dir starts it"
	done
}
