// Command genpcap writes a capture of office traffic for benchmarks: TCP sessions on the
// usual ports between many hosts, one packet in twenty a SYN, five sweeps of port 445
// among it. The same flags write the same bytes.
//
//	go run ./scripts/genpcap -packets 1000000 -size 380 -snaplen 0 -seed 1 [-web] -o FILE
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"

	"github.com/wormwatch/wormwatch/scripts/genpcap/office"
)

func main() {
	var t office.Traffic
	flag.IntVar(&t.Packets, "packets", 1_000_000, "how many packets")
	flag.IntVar(&t.Size, "size", 380, "average `octets` of a frame, from 66 to 1000")
	flag.IntVar(&t.SnapLen, "snaplen", 0, "keep this many `octets` of a frame (0: all)")
	flag.BoolVar(&t.Web, "web", false, "web and DNS only: no file servers, no sweeps")
	flag.Uint64Var(&t.Seed, "seed", 1, "seed")
	name := flag.String("o", "", "`file` to write (- is standard output)")
	flag.Parse()
	if *name == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := write(*name, t); err != nil {
		fmt.Fprintln(os.Stderr, "genpcap:", err)
		os.Exit(1)
	}
}

// write writes t to the file called name.
func write(name string, t office.Traffic) error {
	f := os.Stdout
	if name != "-" {
		var err error
		if f, err = os.Create(name); err != nil {
			return err
		}
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if err := t.Write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
