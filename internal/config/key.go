package config

import (
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/wormwatch/wormwatch/internal/size"
)

// Key is one key of the configuration: a section, a value, or a list of entries that
// have keys of their own.
type Key struct {
	Name   string // last part of Path
	Path   string // as detect.fast.window; of an entry's key as allow[].source
	Desc   string // meaning
	Type   string // for the reference, as "duration" or "list of prefixes"; "" of a section
	Secret bool
	Keys   []*Key // of a section, or of one entry of a list

	typ   reflect.Type
	index []int // of the field, below the struct of the key above
}

// Section reports whether k only holds other keys.
func (k *Key) Section() bool { return k.typ.Kind() == reflect.Struct && !leafTypes[k.typ] }

// about is the meaning of the sections.
var about = map[string]string{
	"sensor":          "This sensor.",
	"capture":         "Live capture, for `wormwatch run`.",
	"networks":        "What is inside. Prefixes are written as 10.0.0.0/8; an address alone is that one host.",
	"memory":          "What the tracker keeps, in time and in entries. Tables are allocated at start: `wormwatch check` prints what they take.",
	"detect":          "What is watched, and how it is judged.",
	"detect.fast":     "The sweep in seconds (scan.fast).",
	"detect.slow":     "The sweep at any pace (scan.slow): one score a source and service group, and a proof.",
	"detect.weights":  "What one contact adds to the score.",
	"detect.learning": "The proof by failures while the sensor is learning (scan.slow): a sequential test of a scanner against a management server at night.",
	"detect.roles":    "Roles are learned: servers show themselves by who answers them, over days.",
	"detect.outage":   "Failures that are nobody's fault.",
	"detect.mirror":   "When the sensor sees one direction only.",
	"detect.episodes": "What one episode of findings is.",
	"detect.tables":   "Entries that the scan detectors keep, fixed at start.",

	"detect.streams":          "TCP connections of which the first octets are read: IRC, IRC over TLS, SMB.",
	"detect.irc":              "Bots that take their orders over IRC, on whatever port (irc.c2).",
	"detect.irc.weights":      "What each part adds to the score of a session.",
	"detect.irc.tables":       "Entries that are kept, fixed at start.",
	"detect.boundary":         "NetBIOS and SMB that cross the edge of networks.home (netbios.egress, netbios.ingress).",
	"detect.boundary.tables":  "Entries that are kept, fixed at start.",
	"detect.novelty":          "What was never seen before; it survives a restart in state.path.",
	"detect.novelty.tables":   "Entries that are kept, fixed at start.",
	"detect.lineage":          "Who infected whom.",
	"detect.incidents":        "Home hosts about which two kinds of evidence are known (host.compromised).",
	"detect.incidents.tables": "Entries that are kept, fixed at start.",

	"publish":            "Where findings go.",
	"publish.lines":      "One finding a line, written at once.",
	"publish.outbox":     "Where findings wait for a broker, on disk.",
	"publish.kafka":      "The cluster that findings and health records go to. Describe and Write on both topics are all that the sensor needs there.",
	"publish.kafka.tls":  "How the brokers are believed, and how they believe the sensor. The files are read whenever a connection is made: renewed ones need no restart.",
	"publish.kafka.sasl": "Who the sensor is to the brokers.",
	"health":             "What the sensor says of itself, to the log and to publish.kafka.health_topic.",
	"state":              "What survives a restart.",
}

// leafTypes are structs that are written as one value.
var leafTypes = map[reflect.Type]bool{
	reflect.TypeFor[netip.Prefix](): true,
	reflect.TypeFor[time.Time]():    true,
}

// root is the tree of all keys.
var root = sync.OnceValue(func() *Key {
	t := reflect.TypeFor[Config]()
	return &Key{typ: t, Keys: keysOf(t, "")}
})

// Keys returns the top-level keys, in the order of the structs.
func Keys() []*Key { return root().Keys }

// Leaves returns the keys that have a value of their own, as the environment and --set
// name them: no sections, nothing below a list.
func Leaves() []*Key {
	var out []*Key
	var walk func(ks []*Key)
	walk = func(ks []*Key) {
		for _, k := range ks {
			if k.Section() {
				walk(k.Keys)
			} else {
				out = append(out, k)
			}
		}
	}
	walk(Keys())
	return out
}

func keysOf(t reflect.Type, prefix string) []*Key {
	var out []*Key
	for i := range t.NumField() {
		f := t.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if option == "inline" {
			for _, k := range keysOf(f.Type, prefix) {
				k.index = append([]int{i}, k.index...)
				out = append(out, k)
			}
			continue
		}
		k := &Key{
			Name: name, Path: prefix + name, Desc: f.Tag.Get("desc"), Secret: f.Tag.Get("secret") == "true",
			typ: f.Type, index: []int{i},
		}
		switch {
		case k.Section():
			k.Desc = about[k.Path]
			k.Keys = keysOf(f.Type, k.Path+".")
		case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct && !leafTypes[f.Type.Elem()]:
			k.Type = "list of entries"
			k.Keys = keysOf(f.Type.Elem(), k.Path+"[].")
		case f.Type.Kind() == reflect.Slice:
			k.Type = "list of " + plural(typeName(f.Type.Elem()))
		default:
			k.Type = typeName(f.Type)
		}
		out = append(out, k)
	}
	return out
}

func typeName(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return "duration"
	case reflect.TypeFor[size.Size]():
		return "size"
	case reflect.TypeFor[netip.Prefix]():
		return "prefix"
	case reflect.TypeFor[time.Time]():
		return "date"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Float64:
		return "number"
	default:
		return "whole number"
	}
}

func plural(s string) string {
	switch s {
	case "prefix":
		return "prefixes"
	case "text":
		return "texts"
	}
	return s + "s"
}

// child returns the key of that name below k, nil if there is none.
func (k *Key) child(name string) *Key {
	for _, c := range k.Keys {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// leaf returns the key that path (as detect.services[1].tcp[0]) is, or is an element
// of; nil if there is none.
func leaf(path string) *Key {
	path, _, _ = strings.Cut(path, "[")
	k := root()
	for name := range strings.SplitSeq(path, ".") {
		if k = k.child(name); k == nil {
			return nil
		}
	}
	if k.Section() {
		return nil
	}
	return k
}

// field returns the value of the leaf k in c.
func (k *Key) field(c *Config) reflect.Value {
	v := reflect.ValueOf(c).Elem()
	at := root()
	for name := range strings.SplitSeq(k.Path, ".") {
		at = at.child(name)
		v = v.FieldByIndex(at.index)
	}
	return v
}
