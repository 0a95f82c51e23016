package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the README shows is what the command writes: each line of it, but for ... .
func TestReadmeExamples(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for begin, recording := range map[string]string{
		"$ bin/wormwatch replay -o text testdata/demo.pcap.gz\n": "demo.pcap.gz",
		"Who infected whom:\n": "story.pcap.gz",
	} {
		_, block, found := strings.Cut(string(readme), "\n```\n"+begin)
		block, _, _ = strings.Cut(block, "```")
		if !found || block == "" {
			t.Fatalf("no block begins with %q", begin)
		}
		got := command(t, nil, "replay", "-o", "text", filepath.Join("../../testdata", recording))
		written := "\n" + got.stdout + got.stderr
		for line := range strings.Lines(block) {
			if line != "...\n" && !strings.Contains(written, "\n"+line) {
				t.Errorf("%s: not written: %s", recording, line)
			}
		}
	}
}
