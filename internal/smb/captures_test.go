package smb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/wormwatch/wormwatch/internal/shared"
)

// recorded returns the conversations on 139 and 445 of a capture, by the client's address
// and port, and in the order in which they began.
func recorded(t testing.TB, path string) (clients []string, talks map[string]talk) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read, link := reader(t, b)
	talks = map[string]talk{}
	streams := map[string]*stream{}
	for {
		frame, _, err := read()
		if errors.Is(err, io.EOF) {
			return clients, talks
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		p := gopacket.NewPacket(frame, link, gopacket.NoCopy)
		tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if !ok {
			continue
		}
		from, to := p.NetworkLayer().NetworkFlow().Endpoints()
		client := fmt.Sprintf("%s:%d", from, tcp.SrcPort)
		server := tcp.SrcPort == 139 || tcp.SrcPort == 445
		if server {
			client = fmt.Sprintf("%s:%d", to, tcp.DstPort)
		} else if tcp.DstPort != 139 && tcp.DstPort != 445 {
			continue
		}
		key := fmt.Sprint(client, server)
		if streams[key] == nil {
			streams[key] = &stream{late: map[uint32][]byte{}}
		}
		data := streams[key].add(tcp)
		if len(data) == 0 {
			continue
		}
		if talks[client] == nil {
			clients = append(clients, client)
		}
		talks[client] = append(talks[client], turn{server, data})
	}
}

func reader(t testing.TB, b []byte) (func() ([]byte, gopacket.CaptureInfo, error), layers.LinkType) {
	t.Helper()
	if bytes.HasPrefix(b, []byte{0x0a, 0x0d, 0x0d, 0x0a}) {
		r, err := pcapgo.NewNgReader(bytes.NewReader(b), pcapgo.DefaultNgReaderOptions)
		if err != nil {
			t.Fatal(err)
		}
		return r.ReadPacketData, r.LinkType()
	}
	r, err := pcapgo.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return r.ReadPacketData, r.LinkType()
}

// stream puts one direction together.
type stream struct {
	began bool
	next  uint32
	late  map[uint32][]byte // segments that came too early
}

// add returns the octets that a segment makes known.
func (s *stream) add(tcp *layers.TCP) (data []byte) {
	seq := tcp.Seq
	if tcp.SYN {
		s.began, s.next = true, seq+1
		return nil
	}
	if !s.began {
		s.began, s.next = true, seq
	}
	if len(tcp.Payload) > 0 {
		s.late[seq] = bytes.Clone(tcp.Payload)
	}
	for found := true; found; {
		found = false
		for at, b := range s.late {
			if ahead := int32(at - s.next); ahead > 0 {
				continue
			} else if skip := int(-ahead); skip < len(b) {
				data = append(data, b[skip:]...)
				s.next += uint32(len(b) - skip)
				found = true
			}
			delete(s.late, at)
		}
	}
	return data
}

// What is true in the captures was read off with
//
//	tshark -r FILE -Y 'smb || smb2' -T fields -e ip.src -e tcp.srcport -e tcp.dstport
//	  -e smb.cmd -e smb2.cmd -e smb2.dialect -e smb.path -e smb2.tree -e smb.file
//	  -e smb2.filename -e smb.access_mask -e smb.nt_status -e smb2.nt_status
//	  -e smb2.session_flags -e smb.setup.action.guest -e ntlmssp.auth.username
var facts = []struct {
	file   string
	client string
	want   Knock
}{
	{"smb1_session.pcap", "192.168.1.78:55770", Knock{Dialect: DialectSMB2}}, // from the middle, SMB 2 for all its name
	{"smb2_session.pcap", "10.0.0.11:49208", Knock{
		Dialect: Dialect202, LogonOK: true,
		Trees: TreeOther | TreeIPC, Granted: TreeOther | TreeIPC, Written: TreeOther,
		Pipes: PipeSrvsvc, Opened: PipeSrvsvc,
	}},
	{"smb2_100files_lo.pcap", "127.0.0.1:34884", Knock{
		Dialect: Dialect311, Guest: true, Trees: TreeOther | TreeIPC, Granted: TreeOther | TreeIPC,
	}},
	{"smb_share_browse_win.pcap", "192.168.1.46:49311", Knock{
		Dialect: Dialect210, LogonOK: true,
		Trees: TreeIPC | TreeSysvol | TreeNetlogon, Granted: TreeIPC | TreeSysvol | TreeNetlogon,
		Pipes: PipeSrvsvc, Opened: PipeSrvsvc,
	}},
	{"smb_share_browse_win.pcap", "192.168.1.195:49835", Knock{
		Dialect: Dialect210, Null: true, Trees: TreeIPC, Granted: TreeIPC,
	}},
	{"smb_share_browse_win.pcap", "192.168.1.195:49836", Knock{
		Dialect: DialectNTLM012, Null: true, Trees: TreeIPC, Granted: TreeIPC,
		Pipes: PipeLANMAN, Opened: PipeLANMAN,
	}},
	{"smb_share_browse_win.pcap", "192.168.1.195:49838", Knock{
		Dialect: Dialect210, LogonOK: true, Trees: TreeIPC | TreeOther, Granted: TreeIPC | TreeOther,
		Pipes: PipeSrvsvc, Opened: PipeSrvsvc,
	}},
	{"smb_win10.pcap", "192.168.199.133:49671", Knock{Dialect: Dialect302}},
	{"smb_win10.pcap", "192.168.199.133:49672", Knock{
		Dialect: DialectNTLM012, Null: true, Trees: TreeIPC, Granted: TreeIPC,
		Pipes: PipeLANMAN, Opened: PipeLANMAN,
	}},
	{"smb_win10.pcap", "192.168.199.132:49670", refusedLogon},
	{"smb_win10.pcap", "192.168.199.132:49671", refusedLogon},
	{"smb_win10.pcap", "192.168.199.132:49672", refusedLogon},
	{"smb_win10.pcap", "192.168.199.132:49673", refusedLogon},
	{"smb_win10.pcap", "192.168.199.132:49674", refusedLogon},
	{"smb_win10.pcap", "192.168.199.132:49675", Knock{
		Dialect: Dialect311, LogonOK: true, Trees: TreeIPC, Granted: TreeIPC,
		Pipes: PipeSrvsvc, Opened: PipeSrvsvc,
	}},
	{"smb_lan_duplicated.pcap", "192.168.0.198:60951", macGuest},
	{"smb_lan_duplicated.pcap", "192.168.0.59:64997", macGuest},
	{"smb_lan_duplicated.pcap", "192.168.0.53:52224", Knock{Dialect: DialectSMB1, Trees: TreeIPC}}, // its server is not in the capture
}

var (
	refusedLogon = Knock{Dialect: Dialect311, LogonFailures: 1, Reasons: 1 << 0}
	macGuest     = Knock{Dialect: DialectNTLM012, Guest: true, Null: true, Trees: TreeIPC, Granted: TreeIPC}
)

func TestCaptures(t *testing.T) {
	dir := shared.Captures(t)
	for _, f := range facts {
		_, talks := recorded(t, filepath.Join(dir, f.file))
		if talks[f.client] == nil {
			t.Errorf("%s: nothing of %s", f.file, f.client)
			continue
		}
		s := hear(t, talks[f.client])
		if s.Verdict() != SMB || s.Knock() != f.want {
			t.Errorf("%s, %s: %d %+v, want %+v", f.file, f.client, s.Verdict(), s.Knock(), f.want)
		}
		if len(s.Knock().Suspicious()) > 0 {
			t.Errorf("%s, %s: suspicious: %q", f.file, f.client, s.Knock().Suspicious())
		}
	}
}

// TestRecordings compares our own recordings (testdata/record) with what the tools that
// made them were told to do.
func TestRecordings(t *testing.T) {
	logon := Knock{Dialect: Dialect311, LogonOK: true}
	admin := Knock{LogonOK: true, Trees: TreeIPC | TreeAdmin, Granted: TreeIPC | TreeAdmin, Written: TreeAdmin}
	for file, want := range map[string][]Knock{
		"guest311.pcap": {{
			Dialect: Dialect311, Guest: true, Trees: TreeIPC | TreeOther, Granted: TreeIPC | TreeOther,
		}},
		"encrypted.pcap": {with(logon, Knock{Encrypted: true})},
		"sealed.pcap": {with(logon, Knock{
			Encrypted: true, Trees: TreeIPC | TreeOther, Granted: TreeIPC | TreeOther,
		})},
		"guess.pcap": {
			refusedLogon, refusedLogon, refusedLogon, refusedLogon, refusedLogon,
			{Dialect: Dialect311, LogonFailures: 1, Reasons: 1 << 4},
		},
		"admin.pcap": {with(admin, Knock{Dialect: Dialect302})},
		"nt1.pcap":   {with(admin, Knock{Dialect: DialectNTLM012})},
		"drive20.pcap": {{
			Dialect: Dialect202, LogonOK: true, Trees: TreeIPC | Drive('C'), Granted: TreeIPC | Drive('C'),
		}},
		"refused.pcap": {{
			Dialect: Dialect311, Null: true, Trees: TreeIPC | Drive('C'), Granted: TreeIPC, Refused: Drive('C'),
		}},
		"service.pcap": {with(logon, Knock{
			Trees: TreeIPC, Granted: TreeIPC, Pipes: PipeLsarpc | PipeSvcctl, Opened: PipeLsarpc | PipeSvcctl,
		})},
		"null139.pcap": {{
			Dialect: Dialect311, Null: true, Trees: TreeIPC, Granted: TreeIPC,
			Pipes: PipeLsarpc | PipeSamr | PipeSrvsvc, Opened: PipeLsarpc | PipeSamr | PipeSrvsvc,
		}},
		"list.pcap": {
			{Dialect: DialectNTLM012, Null: true, Trees: TreeIPC, Granted: TreeIPC, Pipes: PipeSrvsvc, Opened: PipeSrvsvc},
			{Dialect: DialectNTLM012, Null: true, Trees: TreeIPC, Granted: TreeIPC, Pipes: PipeLANMAN, Opened: PipeLANMAN},
		},
		"lanman.pcap": {{Dialect: DialectLANMAN21, LogonFailures: 1, Reasons: 1 << 0}},
		"nmap.pcap": {{
			Dialect: DialectNTLM012, Guest: true, Trees: TreeIPC, Granted: TreeIPC, Probes: ProbePeek | ProbeImplant,
		}},
	} {
		clients, talks := recorded(t, filepath.Join("testdata", file))
		var got []Knock
		for _, c := range clients {
			got = append(got, hear(t, talks[c]).Knock())
		}
		if file == "nmap.pcap" { // runs its scripts side by side
			got[0].Merge(got[1])
			got = got[:1]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%+v, want\n%+v", file, got, want)
		}
	}
}

// with returns k and what more is known.
func with(k, more Knock) Knock {
	k.Merge(more)
	return k
}
