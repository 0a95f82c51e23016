# shellcheck shell=bash
# Servers of other protocols, for one invented user.

CLERK=clerk
PASSWORD=invented

# ftp_server HOST PORT starts vsftpd there. It knows only the invented user: this machine's
# own accounts are hidden from it.
ftp_server() {
	local host=$1 port=$2 dir=$TMP/ftp.$1
	if [[ ! -e $dir ]]; then
		mkdir -p "$dir/home" "$dir/empty" "$dir/pam"
		printf 'root:x:0:0::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n%s:x:9001:9001::%s:/bin/false\n' \
			"$CLERK" "$dir/home" >"$dir/passwd"
		printf '%s:%s:19000:0:99999:7:::\n' "$CLERK" "$(openssl passwd -6 "$PASSWORD")" >"$dir/shadow"
		printf 'auth required pam_unix.so nodelay\naccount required pam_unix.so\n' >"$dir/pam/vsftpd"
		gossip >"$dir/home/gossip.txt"
		chmod a+rx "$TMP" "$dir"
		chown -R 9001:9001 "$dir/home"
	fi
	cat >"$dir/conf.$port" <<-END
		listen=YES
		listen_port=$port
		background=NO
		anonymous_enable=NO
		local_enable=YES
		write_enable=YES
		chroot_local_user=YES
		allow_writeable_chroot=YES
		pam_service_name=vsftpd
		secure_chroot_dir=$dir/empty
		delay_failed_login=0
		delay_successful_login=0
		seccomp_sandbox=NO
	END
	# shellcheck disable=SC2016 # expanded by the inner shell
	start "$host" sh -c 'mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/shadow" /etc/shadow &&
		mount --bind "$1/pam" /etc/pam.d && exec vsftpd "$1/conf.$2"' sh "$dir" "$port" >"$dir/out.$port" 2>&1
	await listens "$host" ":$port "
}

# pop3_server HOST starts dovecot there, with three messages for the user.
pop3_server() {
	local host=$1 dir=$TMP/pop3.$1 i
	mkdir -p "$dir/mail/new" "$dir/mail/cur" "$dir/mail/tmp"
	for i in 1 2; do letter "message $i" <<<"Nothing new here." >"$dir/mail/new/$i"; done
	protocol_dump | letter "what the server said" >"$dir/mail/new/3"
	chmod a+rx "$TMP" "$dir"
	chown -R nobody "$dir/mail"
	echo "$CLERK:{PLAIN}$PASSWORD" >"$dir/users"
	cat >"$dir/conf" <<-END
		protocols = pop3
		base_dir = $dir/run
		state_dir = $dir
		log_path = $dir/log
		ssl = no
		disable_plaintext_auth = no
		auth_failure_delay = 0
		mail_location = maildir:$dir/mail
		first_valid_uid = 1
		service anvil {
		  unix_listener anvil-auth-penalty {
		    mode = 0
		  }
		}
		passdb {
		  driver = passwd-file
		  args = $dir/users
		}
		userdb {
		  driver = static
		  args = uid=nobody gid=nogroup home=$dir
		}
	END
	start "$host" dovecot -F -c "$dir/conf" >"$dir/out" 2>&1
	await listens "$host" ':110 '
}

# smtp_server HOST starts exim there, which takes every message and keeps it.
smtp_server() {
	local host=$1 dir=$TMP/smtp.$1
	mkdir -p "$dir"
	chmod a+rx "$TMP"
	chown Debian-exim "$dir"
	cat >"$dir/conf" <<-END
		primary_hostname = mail.example.net
		spool_directory = $dir
		log_file_path = $dir/%slog
		local_interfaces = 0.0.0.0
		tls_advertise_hosts =
		rfc1413_query_timeout = 0s
		queue_only
		acl_smtp_rcpt = all
		acl_smtp_data = all
		begin acl
		all:
		accept
	END
	start "$host" exim4 -bdf -C "$dir/conf" >"$dir/out" 2>&1
	await listens "$host" ':25 '
}

# web_server HOST PORT... starts nginx there; on 8443 with TLS.
web_server() {
	local host=$1 port dir=$TMP/web.$1
	shift
	certificate
	mkdir -p "$dir/www"
	chmod a+rx "$TMP" "$dir"
	seq -f 'line %g of a page' 60 >"$dir/www/index.html"
	protocol_dump >"$dir/www/dump.txt"
	{
		printf 'daemon off;\npid %s/pid;\nerror_log %s/error;\nevents {}\nhttp {\naccess_log off;\n' "$dir" "$dir"
		printf '%s_temp_path %s/tmp;\n' client_body "$dir" proxy "$dir" fastcgi "$dir" uwsgi "$dir" scgi "$dir"
		printf 'ssl_certificate %s/cert.pem;\nssl_certificate_key %s/key.pem;\n' "$TMP" "$TMP"
		for port in "$@"; do
			printf 'server { listen %s%s; root %s/www; }\n' "$port" "$([[ $port == 8443 ]] && echo ' ssl')" "$dir"
		done
		echo '}'
	} >"$dir/conf"
	start "$host" nginx -e "$dir/error" -c "$dir/conf" >"$dir/out" 2>&1
	await listens "$host" ":$1 "
}

# letter SUBJECT <BODY prints a message.
letter() {
	printf 'From: a@example.net\nTo: %s@example.net\nSubject: %s\n\n' "$CLERK" "$1"
	cat
}

# gossip prints a log of a chat as IRC clients write it.
gossip() {
	printf -- '--- Log opened Mon Nov 23 09:00:00 2026\n09:01 -!- martha [martha@10.20.0.11] has joined #tea\n'
	printf '09:%02d <martha> USER and NICK and JOIN #tea, is that all?\n' 2 3 4 5
}

# protocol_dump prints what goes over the wire when somebody joins a channel.
protocol_dump() {
	printf '%s\r\n' 'NICK martha' 'USER martha 0 * :martha' \
		':irc.example.net 001 martha :Welcome to the Internet Relay Network' 'JOIN #tea' \
		':martha!martha@10.20.0.11 JOIN :#tea' ':irc.example.net 332 martha #tea :.advscan is what bots do' \
		'PRIVMSG #tea :hello'
}
