# shellcheck shell=bash
# People who chat on IRC, beside the work of the office and the web.

# chats CLIENT HOST NICK SERVER PORT <SCRIPT: in the background, waited for by rest.
chats() {
	person "$@" <&0 & # else the shell gives it nothing to read
	WORKERS+=("$!")
	PIDS+=("$!")
}

# site plugs in a web server outside, 198.51.100.20.
site() {
	host website br2 198.51.100.20
	mkdir -p "$TMP/www"
	seq -f 'line %g of a page' 300 >"$TMP/www/page.txt"
	start website python3 -m http.server 80 --directory "$TMP/www" >/dev/null 2>&1
	await listens website ':80 '
}

# An ngircd outside on 6667 and 4915: three people in one channel, one of them in a keyed
# one as well.
record_irc_people_ngircd() {
	office 6
	outside
	site
	host ircd br2 198.51.100.67
	ngircd_on ircd 6667,4915
	capture core br0 0
	work 6 3 14
	chats irssi pc1 martha 198.51.100.67 6667 <<-END
		3 join #tea
		8 say #tea good morning, has anybody seen the kettle
		12 say #tea thanks, found it
		15 say #tea the update of the printer driver is done, by the way
		14 quit lunch
	END
	chats weechat pc2 joris 198.51.100.67 4915 <<-END
		4 join #tea
		10 say #tea it is in the small kitchen
		3 join #allotment marrow5
		9 say #allotment we should download the seed list before it is gone
		20 quit bye
	END
	chats ii pc3 wim_1962 198.51.100.67 4915 <<-END
		2 join #tea
		13 say #tea morning all
		16 say #tea please scan page 4 again, it is not readable
		18 quit
	END
	sleep 10
	browse pc4 http://198.51.100.20/page.txt
	sleep 9
	browse pc5 http://198.51.100.20/page.txt
	rest
	captured
	keep "$TMP/live.pcap" irc_people_ngircd.pcap.gz
}

# An InspIRCd outside with IRCv3 on 6667, 4915, and 6697 with TLS; and an ngircd inside.
record_irc_people_inspircd() {
	office 6
	outside
	site
	host ircd br3 203.0.113.67
	host inner br1 10.20.1.67
	inspircd_on ircd 6667 4915 6697
	ngircd_on inner 6667
	capture core br0 0
	work 6 2 12
	chats irssi pc1 martha 203.0.113.67 6697 <<-END
		3 join #tea
		9 say #tea is it raining where you are
		15 say #tea then I take the tram
		8 quit
	END
	chats weechat pc2 joris 203.0.113.67 6667 <<-END
		3 join #tea
		12 say #tea cats and dogs
		13 say #tea the scan of the contract is on the share
		9 quit bye
	END
	chats ii pc3 wim_1962 203.0.113.67 4915 <<-END
		3 join #tea
		14 say #tea not here
		14 quit
	END
	chats irssi pc4 annika 10.20.1.67 6667 <<-END
		3 join #helpdesk
		10 say #helpdesk ticket 4711 is done
		12 quit
	END
	chats ii pc5 bert 10.20.1.67 6667 <<-END
		4 join #helpdesk
		16 say #helpdesk thank you
		5 quit
	END
	sleep 15
	browse pc6 http://198.51.100.20/page.txt
	rest
	captured
	keep "$TMP/live.pcap" irc_people_inspircd.pcap.gz
}
