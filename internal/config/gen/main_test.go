package main

import (
	"os"
	"testing"
)

// TestOutputs holds that what is committed is what the code makes.
func TestOutputs(t *testing.T) {
	for _, o := range outputs {
		got, err := os.ReadFile("../../../" + o.path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(o.text()) {
			t.Errorf("%s is not what the code makes: run make generate", o.path)
		}
	}
}
