package bpf

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// memory is what the program and user space have in common, mapped.
type memory struct {
	maps [][]byte

	want       *wormwatchSettings
	cpus       []wormwatchCpu
	links      []wormwatchLink // a row of maxLinks for each CPU
	streams    []wormwatchStreamSet
	sights     []wormwatchSightSet
	sourceSets []wormwatchSourceSet
	sources    []wormwatchSource
}

func (m *memory) open(maps map[string]*ebpf.Map, vars map[string]*ebpf.VariableSpec) error {
	all, err := m.mapped(maps, bss)
	if err != nil {
		return err
	}
	at := func(name string) []byte {
		v := vars[name]
		return all[v.Offset : v.Offset+v.Size()]
	}
	m.want = &view[wormwatchSettings](at(wormwatchVarWant))[0]
	m.cpus = view[wormwatchCpu](at(wormwatchVarCpus))
	m.links = view[wormwatchLink](at(wormwatchVarLinks))
	m.streams = view[wormwatchStreamSet](at(wormwatchVarStreams))
	m.sights = view[wormwatchSightSet](at(wormwatchVarSights))
	sets, err := m.mapped(maps, wormwatchMapSourceSets)
	if err != nil {
		return err
	}
	sources, err := m.mapped(maps, wormwatchMapSources)
	if err != nil {
		return err
	}
	m.sourceSets, m.sources = view[wormwatchSourceSet](sets), view[wormwatchSource](sources)
	return nil
}

// mapped returns the memory of an array.
func (m *memory) mapped(maps map[string]*ebpf.Map, name string) ([]byte, error) {
	a := maps[name]
	size := int(a.MaxEntries()) * int(a.ValueSize())
	page := unix.Getpagesize()
	b, err := unix.Mmap(a.FD(), 0, (size+page-1)/page*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s into memory: %w", name, err)
	}
	m.maps = append(m.maps, b)
	return b[:size], nil
}

func (m *memory) close() error {
	var err error
	for _, b := range m.maps {
		err = errors.Join(err, unix.Munmap(b))
	}
	*m = memory{}
	return err
}

// view returns b as an array of T, whose layout is that of C.
func view[T any](b []byte) []T {
	var t T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(t)))
}
