# shellcheck shell=bash disable=SC2154
# What scripts/kafka does before a broker can run: jars, ports, certificates, configuration.
# It is sourced there and uses its dir, brokers, tls and base.

home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/wormwatch

# tools PROGRAM...: all are there.
tools() {
	local program lack=()
	for program in "$@"; do
		type -P "$program" >/dev/null || lack+=("$program")
	done
	((${#lack[@]} == 0)) ||
		die "missing: ${lack[*]}; install with: sudo apt-get install --no-install-recommends default-jre-headless maven openssl kcat"
	local version
	version=$(java -version 2>&1) || die "java does not run: $version"
	[[ $version =~ \"([0-9]+) ]] && ((BASH_REMATCH[1] >= 17)) ||
		die "Kafka 4 needs Java 17 or later, and this is ${version%%$'\n'*}; install with: sudo apt-get install default-jre-headless"
}

# jars sets lib to the folder of the jars and fetches them once: beside it, then in one step
# to its place, so that two which start at once do not meet.
jars() {
	local version sum
	version=$(sed -n 's|.*<kafka.version>\(.*\)</kafka.version>.*|\1|p' "$home/pom.xml")
	sum=$(sha256sum "$home/pom.xml")
	lib=$cache/kafka-$version-${sum:0:8}
	[[ ! -d $lib ]] || return 0
	tools java mvn
	mkdir -p "$cache"
	local fresh
	fresh=$(mktemp -d "$lib.XXXXXX")
	echo "kafka: fetching Kafka $version from Maven Central" >&2
	if ! mvn -q -B --strict-checksums -f "$home/pom.xml" dependency:copy-dependencies -DoutputDirectory="$fresh" >&2; then
		rm -rf "$fresh"
		die "Maven could not fetch Kafka $version: see above; it needs Maven Central or a mirror in its settings.xml"
	fi
	mv -T "$fresh" "$lib" 2>/dev/null || rm -rf "$fresh" # another was first
	[[ -d $lib ]] || die "$lib cannot be made"
}

# reserve sets base to the first of 16 ports that nobody uses. They lie below those that the
# system gives to clients, so that a broker which is down finds its own again. Whoever holds
# the lock, descriptor 9, has the ports: that is the watcher and the brokers.
reserve() {
	local try port
	mkdir -p "$cache/ports"
	for ((try = 0; try < 100; try++)); do
		base=$((20000 + RANDOM % 750 * 16))
		exec 9>"$cache/ports/$base"
		flock -n 9 || continue
		for ((port = base; port < base + 16; port++)); do
			! (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || continue 2
		done
		return 0
	done
	die "no 16 free ports in a row between 20000 and 32000"
}

# port N KIND: that of a listener of broker N.
port() {
	local kinds=(plaintext controller ssl mtls sasl_ssl) i
	for i in "${!kinds[@]}"; do
		[[ ${kinds[i]} != "$2" ]] || echo $((base + ($1 - 1) * 5 + i))
	done
}

# addresses KIND: those of a listener on every broker.
addresses() {
	local n list=()
	for ((n = 1; n <= brokers; n++)); do
		list+=("127.0.0.1:$(port "$n" "$1")")
	done
	(IFS=, && echo "${list[*]}")
}

# secret: 22 characters of base64 without padding, which Kafka also takes as an identifier.
secret() {
	openssl rand -base64 16 | tr '+/' 'xy' | tr -d =
}

# certificate NAME KIND: DIR/tls/NAME.pem and NAME.key, signed by the CA, or the CA itself.
certificate() {
	local signer=(-CA "$dir/tls/ca.pem" -CAkey "$dir/tls/ca.key")
	[[ $2 != ca ]] || signer=()
	openssl req -x509 -config "$home/openssl.cnf" -extensions "$2" -subj "/CN=$1" -days 3650 \
		-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc \
		-keyout "$dir/tls/$1.key" -out "$dir/tls/$1.pem" "${signer[@]}" 2>"$dir/tls/log" ||
		die "openssl: $(<"$dir/tls/log")"
}

# secrets makes the certificates and the passwords of the users.
secrets() {
	mkdir "$dir/tls"
	certificate ca ca
	certificate localhost server
	certificate sensor client
	cat "$dir/tls/localhost.key" "$dir/tls/localhost.pem" >"$dir/tls/server.pem"
	secret >"$dir/password"
	secret >"$dir/nobody_password"
}

# configure N: DIR/N/server.properties.
configure() {
	local n=$1 kind listeners=() voters=() i
	for kind in PLAINTEXT CONTROLLER $($tls && echo SSL MTLS SASL_SSL); do
		listeners+=("$kind://127.0.0.1:$(port "$n" "${kind,,}")")
	done
	for ((i = 1; i <= brokers; i++)); do
		voters+=("$i@127.0.0.1:$(port "$i" controller)")
	done
	mkdir -p "$dir/$n/tmp"
	{
		cat "$home/server.properties"
		cat <<-END
			node.id=$n
			controller.quorum.voters=$(IFS=, && echo "${voters[*]}")
			listeners=$(IFS=, && echo "${listeners[*]}")
			log.dirs=$dir/$n/data
			default.replication.factor=$brokers
			offsets.topic.replication.factor=$brokers
			transaction.state.log.replication.factor=$brokers
			min.insync.replicas=$((brokers / 2 + 1))
			transaction.state.log.min.isr=$((brokers / 2 + 1))
		END
		! $tls || cat <<-END
			ssl.keystore.location=$dir/tls/server.pem
			ssl.truststore.location=$dir/tls/ca.pem
			listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_sensor="$(<"$dir/password")" user_nobody="$(<"$dir/nobody_password")";
		END
	} >"$dir/$n/server.properties"
}

# format CLUSTER: the empty stores of all brokers, with the users of SCRAM.
format() {
	local users=() mechanism n pids=()
	if $tls; then
		for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do
			users+=(--add-scram "$mechanism=[name=sensor,password=$(<"$dir/password")]")
			users+=(--add-scram "$mechanism=[name=nobody,password=$(<"$dir/nobody_password")]")
		done
	fi
	for ((n = 1; n <= brokers; n++)); do
		jvm kafka.tools.StorageTool format -t "$1" -c "$dir/$n/server.properties" "${users[@]}" >"$dir/$n/log" 2>&1 &
		pids+=($!)
	done
	for ((n = 1; n <= brokers; n++)); do
		wait "${pids[n - 1]}" || die "broker $n cannot be formatted: $(<"$dir/$n/log")"
	done
}
