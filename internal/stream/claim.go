package stream

// claim takes a slot for the conversation of s, which from sent. Where the last free one
// is taken, the least valuable conversation makes room for the next.
func (f *Follower) claim(s *segment, from side, out []Talk) (int32, []Talk) {
	i := f.slab.take(s, from, f.now)
	f.follow(i, true)
	f.ids++
	f.slab.all[i].id = f.ids
	f.live.add(s.cell)
	f.stats.FollowedEver++
	f.stats.Followed++
	f.dueBy(f.now.Add(f.cfg.Decide))
	if f.slab.free.head < 0 {
		out = f.displace(f.slab.victim(undecided), out)
	}
	return i, out
}

// follow tells whoever asks that a conversation is followed, or no more.
func (f *Follower) follow(i int32, on bool) {
	if f.site.Follow != nil {
		c := &f.slab.all[i]
		f.site.Follow(c.client, c.server, c.clientPort, c.serverPort, on)
	}
}
