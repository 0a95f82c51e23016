// Package bpf is the XDP program and what it shares with user space. The objects and the
// Go that goes with them are generated and committed, so that a build needs Go alone.
package bpf

//go:generate go tool -modfile=../scripts/tools/go.mod bpf2go -cc clang-19 -strip llvm-strip-19 -target bpfel -cflags "-O2 -Wall -Werror -mcpu=v3 -I/usr/include/x86_64-linux-gnu -I/usr/include/aarch64-linux-gnu" -type event -type settings -type cpu -type link -type source -type source_set -type stream -type stream_set -type sight_set -type prefix6 -type home_key -no-global-types wormwatch wormwatch.c
