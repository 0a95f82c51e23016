// Package wormwatch holds only the tests of the architecture: who may import whom, and
// who may ask for the time.
package wormwatch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/wormwatch/wormwatch/"

// ours says which of our packages a package may import. Data flows one way: a package
// that is not listed behind another is none of its business.
var ours = map[string][]string{
	"internal/table":            {},
	"internal/packet":           {},
	"internal/problem":          {},
	"internal/alert":            {},
	"internal/irc":              {"internal/packet"},
	"internal/smb":              {},
	"internal/allow":            {"internal/alert", "internal/packet"},
	"internal/state":            {},
	"internal/flow":             {"internal/packet", "internal/problem", "internal/table"},
	"internal/stream":           {"internal/irc", "internal/packet", "internal/problem", "internal/smb", "internal/table"},
	"internal/novelty":          {"internal/packet", "internal/problem", "internal/table"},
	"internal/blocklist":        {"internal/packet", "internal/problem", "internal/table"},
	"internal/detect/episode":   {"internal/alert", "internal/packet", "internal/table"},
	"internal/detect/knock":     {"internal/alert", "internal/smb", "internal/table"},
	"internal/detect/lineage":   {"internal/flow", "internal/packet", "internal/problem", "internal/table"},
	"internal/detect/c2":        {"internal/alert", "internal/allow", "internal/detect/episode", "internal/irc", "internal/packet", "internal/problem", "internal/stream", "internal/table"},
	"internal/detect/edge":      {"internal/alert", "internal/allow", "internal/detect/episode", "internal/detect/knock", "internal/flow", "internal/packet", "internal/problem", "internal/smb", "internal/table"},
	"internal/detect/incident":  {"internal/alert", "internal/detect/episode", "internal/packet", "internal/problem", "internal/table"},
	"internal/detect/outward":   {"internal/alert", "internal/allow", "internal/blocklist", "internal/detect/episode", "internal/detect/incident", "internal/flow", "internal/novelty", "internal/packet", "internal/stream", "internal/table"},
	"internal/detect":           {"internal/alert", "internal/allow", "internal/detect/episode", "internal/detect/knock", "internal/flow", "internal/packet", "internal/problem", "internal/stream", "internal/table"},
	"internal/sensor":           {"internal/alert", "internal/allow", "internal/blocklist", "internal/detect", "internal/detect/c2", "internal/detect/edge", "internal/detect/incident", "internal/detect/lineage", "internal/detect/outward", "internal/flow", "internal/novelty", "internal/packet", "internal/stream", "internal/table"},
	"internal/capture":          {"internal/packet", "internal/problem"},
	"internal/capture/ring":     {"internal/capture", "internal/packet"},
	"internal/capture/live":     {"bpf", "internal/capture", "internal/capture/ring", "internal/packet"},
	"internal/capture/afpacket": {"internal/capture", "internal/packet", "internal/table"},
	"bpf":                       {"internal/capture", "internal/packet"},
	"internal/size":             {},
	"internal/health":           {"internal/alert", "internal/problem", "internal/publish/record"},
	"internal/publish/record":   {"internal/alert"},
	"internal/publish/outbox":   {"internal/alert", "internal/problem", "internal/publish/record", "internal/size"},
	"internal/publish/control":  {"internal/publish/outbox"},
	"internal/publish/kafka":    {"internal/problem", "internal/publish", "internal/publish/record", "internal/size"},
	"internal/publish/lines":    {"internal/alert", "internal/problem", "internal/size"},
	"internal/publish":          {"internal/alert", "internal/health", "internal/publish/outbox", "internal/publish/record"},
	"internal/config":           {"internal/alert", "internal/allow", "internal/blocklist", "internal/capture", "internal/health", "internal/irc", "internal/publish/kafka", "internal/publish/lines", "internal/publish/outbox", "internal/size", "internal/detect", "internal/detect/c2", "internal/detect/edge", "internal/detect/incident", "internal/detect/lineage", "internal/flow", "internal/novelty", "internal/problem", "internal/sensor", "internal/stream"},
}

// bans say who alone may import a module, and why.
var bans = []struct {
	module, why string
	only        []string
	testsToo    bool // tests may everywhere
}{
	{
		"github.com/spf13/viper",
		"its traps (bare numbers as nanoseconds, lower-cased keys) are fenced in by internal/config",
		[]string{"internal/config"},
		false,
	},
	{
		"github.com/segmentio/kafka-go",
		"its defaults lose messages; internal/publish/kafka is where they are set right",
		[]string{"internal/publish/kafka", "examples/"},
		true,
	},
	{
		"go.etcd.io/bbolt",
		"it panics on a damaged file; internal/publish/outbox guards each use",
		[]string{"internal/publish/outbox"},
		true,
	},
	{
		"github.com/cilium/ebpf",
		"the kernel is asked by the capture alone; all behind it must work on a recording",
		[]string{"internal/capture", "internal/capture/", "internal/lab/blast", "bpf", "scripts/"},
		true,
	},
	{
		"github.com/google/gopacket",
		"it allocates for every packet: it is the oracle of tests, and makes test traffic",
		[]string{"internal/capture", "internal/packettest", "internal/lab", "scripts/"},
		true,
	},
}

// clockless are the packages between capture and publishing: their clock is the packet's
// time, else a replay is not the live run.
var clockless = []string{
	"internal/table", "internal/packet", "internal/flow", "internal/irc", "internal/smb", "internal/stream",
	"internal/novelty", "internal/blocklist", "internal/allow", "internal/detect", "internal/detect/", "internal/sensor", "internal/alert",
}

// sourceFile is a parsed Go file of this module.
type sourceFile struct {
	pkg  string // directory, slash-separated, relative to the module
	name string
	test bool
	ast  *ast.File
	fset *token.FileSet
}

func sourceFiles(t *testing.T) (files []sourceFile) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, sourceFile{
			pkg: filepath.ToSlash(filepath.Dir(path)), name: path,
			test: strings.HasSuffix(path, "_test.go"), ast: f, fset: fset,
		})
		return nil
	})
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files read: %v", len(files), err)
	}
	return files
}

func (f *sourceFile) imports() (paths []string) {
	for _, i := range f.ast.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		paths = append(paths, p)
	}
	return paths
}

// within reports whether a package is one of list, or below one that ends in a slash.
func within(pkg string, list []string) bool {
	return slices.ContainsFunc(list, func(l string) bool {
		return pkg == l || strings.HasSuffix(l, "/") && strings.HasPrefix(pkg, l)
	})
}

func TestDataFlowsOneWay(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range sourceFiles(t) {
		may, listed := ours[f.pkg]
		seen[f.pkg] = true
		if !listed || f.test {
			continue
		}
		for _, p := range f.imports() {
			if rest, own := strings.CutPrefix(p, module); own && !slices.Contains(may, rest) {
				t.Errorf("%s imports %s: %s may import only %v of ours", f.name, rest, f.pkg, may)
			}
		}
	}
	for pkg := range ours {
		if !seen[pkg] {
			t.Errorf("%s is listed and does not exist", pkg)
		}
	}
}

func TestWhoMayImport(t *testing.T) {
	for _, f := range sourceFiles(t) {
		for _, p := range f.imports() {
			for _, b := range bans {
				if p != b.module && !strings.HasPrefix(p, b.module+"/") {
					continue
				}
				if !within(f.pkg, b.only) && !(f.test && b.testsToo) {
					t.Errorf("%s imports %s, which only %v may: %s", f.name, p, b.only, b.why)
				}
			}
		}
	}
}

func TestPacketTimeIsTheClock(t *testing.T) {
	banned := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	for _, f := range sourceFiles(t) {
		if f.test || !within(f.pkg, clockless) {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(banned, s.Sel.Name) {
				t.Errorf("%s: time.%s: the clock is the packet's time", f.fset.Position(s.Pos()), s.Sel.Name)
			}
			return true
		})
	}
}
