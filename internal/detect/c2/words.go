package c2

import "strings"

// countries are the codes of ISO 3166-1, alpha-3 and alpha-2, each with a blank behind it.
// Windows gives the former (LOCALE_SABBREVCTRYNAME), where most bots have it from.
const countries = " " +
	"ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS " +
	"BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV " +
	"CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM " +
	"GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN " +
	"IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE " +
	"LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS " +
	"MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK " +
	"PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR " +
	"SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY " +
	"USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE " +
	"AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW " +
	"BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI " +
	"FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN " +
	"IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME " +
	"MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF " +
	"PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV " +
	"SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE " +
	"YT ZA ZM ZW "

// systems are what bots call the system that they run on, each with a blank behind it.
const systems = " 2K 2K3 2K8 2K12 2K16 32BIT 64BIT ARM ARM5 ARM7 BSD DEBIAN I386 I686 LINUX LNX MAC MIPS MPSL NT NT4 NT5 " +
	"OSX PPC SERVER SH4 SP0 SP1 SP2 SP3 SRV UBUNTU UNIX VIS VISTA VST W10 W11 W2K W2K3 W2K8 W7 W8 W81 W95 W98 WIN WIN10 " +
	"WIN11 WIN2K WIN2K3 WIN2000 WIN32 WIN64 WIN7 WIN8 WIN95 WIN98 WINNT WINXP WME WNT WXP X64 X86 XP XPSP1 XPSP2 XPSP3 "

// families are bots that are named after themselves, each with a blank behind it.
const families = " agobot forbot gtbot kaiten phatbot rbot rxbot sdbot spybot urbot urxbot zotob "

// guests are the names that servers and clients give to people who have none of their own,
// with a number behind it: those of NickServ, of Twitch and of web clients. Each with
// a blank behind it.
const guests = " anon anonymous guest justinfan kiwi mib mibbit newbie qwebirc unknown user visitor web webchat "

// guestDigits is how much of a guest's number tells at most: it was drawn by lot, but not
// by a bot.
const guestDigits = 5

// isGuest reports whether a nick is a guest's name and a number.
func isGuest(nick string) bool {
	name := strings.TrimRight(nick, "0123456789")
	return len(name) < len(nick) && isWord(guests, strings.ToLower(strings.TrimRight(name, "-_|")))
}

// drawn is how many digits behind a code are a number drawn by lot, and none of the code.
const drawn = 4

// isCountry reports whether a field is the code of a country, in capitals.
func isCountry(field string) bool { return isWord(countries, withoutNumber(field)) }

// isSystem reports whether a field names an operating system, in capitals.
func isSystem(field string) bool {
	return isWord(systems, field) || isWord(systems, withoutNumber(field))
}

// isFamily reports whether a field is the name of a family of bots.
func isFamily(field string) bool { return isWord(families, strings.ToLower(withoutNumber(field))) }

// isWord reports whether list has word, between blanks.
func isWord(list, word string) bool {
	for {
		i := strings.Index(list, word)
		if i < 0 || word == "" {
			return false
		}
		end := i + len(word)
		if i > 0 && list[i-1] == ' ' && list[end] == ' ' {
			return true
		}
		list = list[end:]
	}
}

// withoutNumber strikes the number behind a code.
func withoutNumber(field string) string {
	end := len(field)
	for end > 0 && isDigit(field[end-1]) {
		end--
	}
	if len(field)-end >= drawn {
		return field[:end]
	}
	return field
}
