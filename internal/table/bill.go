package table

import "unsafe"

// Bill is the memory that one table takes, all of it allocated at start.
type Bill struct {
	Name    string
	Entries int
	Bytes   int64
}

// BillOf returns the bill of a Table[K, V] of so many entries.
func BillOf[K comparable, V any](name string, entries int) Bill {
	var k K
	var v V
	n := Round(entries)
	return Bill{Name: name, Entries: n, Bytes: int64(n) * int64(4+unsafe.Sizeof(k)+unsafe.Sizeof(v))}
}
