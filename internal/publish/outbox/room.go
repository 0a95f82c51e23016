package outbox

// Bound is what all that waits may take, in octets.
func (s *Store) Bound() int64 { return int64(s.cfg.MaxSize) }

// Room returns how many octets more may wait before something is given up. It does not
// touch the disk.
func (s *Store) Room() int64 {
	s.statMu.Lock()
	defer s.statMu.Unlock()
	return int64(s.cfg.MaxSize) - int64(s.stats.Bytes)
}
