package main

import (
	"container/list"
	"encoding/json"
)

// counts is what became of the records.
type counts struct {
	Records    int `json:"records"`
	Doubles    int `json:"doubles"`    // delivered before
	Older      int `json:"older"`      // than what is known of their episode
	Tests      int `json:"tests"`      // of the way, by wormwatch check --output
	Unreadable int `json:"unreadable"` // no findings
	Episodes   int `json:"episodes"`   // that are kept, open ones and closed
	Forgotten  int `json:"forgotten"`  // episodes for which there was no more room
}

// memory is what is known of records and episodes, so much of it that it stays bounded:
// the oldest goes first.
type memory struct {
	ids      *kept[struct{}] // by alert-id
	episodes *kept[state]    // by finding_info.uid
	counts   counts
}

func newMemory(ids, episodes int) *memory {
	return &memory{ids: newKept[struct{}](ids), episodes: newKept[state](episodes)}
}

// state is the latest of an episode: the record with the highest metadata.sequence.
type state struct {
	sequence int
	line     []byte
}

// latest returns the state of every episode that is known, in the order in which they
// changed.
func (m *memory) latest() (lines [][]byte) {
	for e := m.episodes.order.Front(); e != nil; e = e.Next() {
		lines = append(lines, e.Value.(*named[state]).value.line)
	}
	return lines
}

// finding is what is needed of one.
type finding struct {
	Metadata struct {
		UID      string `json:"uid"`
		Sequence int    `json:"sequence"`
		Kind     string `json:"event_code"`
	} `json:"metadata"`
	Info struct {
		UID string `json:"uid"`
	} `json:"finding_info"`
}

// take returns the line of a record if it is news: the new state of its episode. Every
// record is complete in itself, so that nothing has to be added up; records may come out of
// order, so that the sequence counts and not the time of arrival.
func (m *memory) take(id string, value []byte) (line []byte) {
	m.counts.Records++
	var f finding
	if err := json.Unmarshal(value, &f); err != nil || f.Info.UID == "" {
		m.counts.Unreadable++ // and go on: one bad record must not stop the others
		return nil
	}
	if id == "" {
		id = f.Metadata.UID // what the header repeats
	}
	if _, double := m.ids.get(id); double {
		m.counts.Doubles++
		return nil
	}
	m.ids.put(id, struct{}{})
	if f.Metadata.Kind == "test" {
		m.counts.Tests++
		return nil
	}
	if latest, known := m.episodes.get(f.Info.UID); known && latest.sequence >= f.Metadata.Sequence {
		m.counts.Older++
		return nil
	}
	m.counts.Forgotten += m.episodes.put(f.Info.UID, state{f.Metadata.Sequence, value})
	m.counts.Episodes = m.episodes.order.Len()
	return value
}

// kept remembers the latest of so many names, with a value each.
type kept[V any] struct {
	most  int
	at    map[string]*list.Element
	order *list.List // of named, latest put last
}

type named[V any] struct {
	name  string
	value V
}

func newKept[V any](most int) *kept[V] {
	return &kept[V]{most, map[string]*list.Element{}, list.New()}
}

func (k *kept[V]) get(name string) (value V, known bool) {
	e, known := k.at[name]
	if known {
		value = e.Value.(*named[V]).value
	}
	return value, known
}

// put returns how many names were forgotten for it.
func (k *kept[V]) put(name string, value V) (forgotten int) {
	if e, known := k.at[name]; known {
		e.Value.(*named[V]).value = value
		k.order.MoveToBack(e)
		return 0
	}
	k.at[name] = k.order.PushBack(&named[V]{name, value})
	for ; k.order.Len() > k.most; forgotten++ {
		oldest := k.order.Remove(k.order.Front()).(*named[V])
		delete(k.at, oldest.name)
	}
	return forgotten
}
