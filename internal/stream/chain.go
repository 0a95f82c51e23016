package stream

// links are the neighbours of a slot in a chain; -1 is none.
type links struct{ prev, next int32 }

// chain is a list of slots in the order in which they were pushed: its head is the oldest.
// A slot is in one chain of those that share their links.
type chain struct{ head, tail int32 }

var noChain = chain{-1, -1}

func (c *chain) push(of []links, i int32) {
	of[i] = links{c.tail, -1}
	if c.tail >= 0 {
		of[c.tail].next = i
	} else {
		c.head = i
	}
	c.tail = i
}

func (c *chain) drop(of []links, i int32) {
	l := of[i]
	if l.prev >= 0 {
		of[l.prev].next = l.next
	} else {
		c.head = l.next
	}
	if l.next >= 0 {
		of[l.next].prev = l.prev
	} else {
		c.tail = l.prev
	}
}
