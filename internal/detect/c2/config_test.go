package c2

import (
	"math"
	"reflect"
	"testing"
	"time"
	"unsafe"
)

func TestDefaultConfigIsValid(t *testing.T) {
	c := DefaultConfig()
	if ps := c.Validate(); len(ps) != 0 {
		t.Errorf("%+v", ps)
	}
}

func TestValidateNamesEachKey(t *testing.T) {
	for key, spoil := range map[string]func(*Config){
		"bot":                    func(c *Config) { c.Bot = 0 },
		"weights.orders":         func(c *Config) { c.Weights.Orders = -1 },
		"weights.reports":        func(c *Config) { c.Weights.Reports = math.NaN() },
		"weights.nick_shape":     func(c *Config) { c.Weights.NickShape = math.Inf(1) },
		"weights.nick_pattern":   func(c *Config) { c.Weights.NickPattern = -1 },
		"weights.port":           func(c *Config) { c.Weights.Port = -1 },
		"weights.novel":          func(c *Config) { c.Weights.Novel = -1 },
		"weights.novel_learning": func(c *Config) { c.Weights.NovelLearning = -1 },
		"weights.keyed_channel":  func(c *Config) { c.Weights.Keyed = -1 },
		"weights.company":        func(c *Config) { c.Weights.Company = -1 },
		"weights.company_alike":  func(c *Config) { c.Weights.CompanyAlike = -1 },
		"weights.listed":         func(c *Config) { c.Weights.Listed = -1 },
		"weights.unanswered":     func(c *Config) { c.Weights.Unanswered = -1 },
		"weights.password":       func(c *Config) { c.Weights.Password = -1 },
		"ports":                  func(c *Config) { c.Ports = []uint16{6667, 0} },
		"tls_ports":              func(c *Config) { c.TLSPorts = []uint16{0} },
		"hosts":                  func(c *Config) { c.Hosts = 1 },
		"new_for":                func(c *Config) { c.NewFor = -time.Second },
		"wait":                   func(c *Config) { c.Wait = 0 },
		"quiet":                  func(c *Config) { c.Quiet = time.Second },
		"tables.sessions":        func(c *Config) { c.Tables.Sessions = 0 },
		"tables.places":          func(c *Config) { c.Tables.Places = 1 << 30 },
		"tables.episodes":        func(c *Config) { c.Tables.Episodes = -1 },
	} {
		c := DefaultConfig()
		spoil(&c)
		if ps := c.Validate(); len(ps) != 1 || ps[0].Key != key || ps[0].Text == "" {
			t.Errorf("%s: %+v", key, ps)
		}
	}
}

// TestEveryKeyIsDocumented, and Validate looks at every weight.
func TestEveryKeyIsDocumented(t *testing.T) {
	var walk func(reflect.Type)
	walk = func(s reflect.Type) {
		for f := range s.Fields() {
			if f.Type.Kind() == reflect.Struct {
				walk(f.Type)
			} else if f.Tag.Get("desc") == "" || f.Tag.Get("yaml") == "" {
				t.Errorf("%s.%s has no description, or no key", s, f.Name)
			}
		}
	}
	walk(reflect.TypeFor[Config]())
	if n := reflect.TypeFor[Weights]().NumField(); n != len((&Weights{}).all()) {
		t.Errorf("%d weights, Validate knows %d", n, len((&Weights{}).all()))
	}
}

// TestBill is all that New allocates, but for what does not grow with the configuration.
func TestBill(t *testing.T) {
	c := DefaultConfig()
	j := New(c, Site{}, 1)
	want := int64(j.sessions.Cap())*int64(unsafe.Sizeof(session{})+12) + int64(j.places.Cap())*int64(unsafe.Sizeof(place{})+unsafe.Sizeof(placeKey{})+4) +
		int64(c.Tables.Episodes)*int64(unsafe.Sizeof(evidence{})+unsafe.Sizeof(host{})+4)
	var sum int64
	for _, b := range c.Bill() {
		sum += b.Bytes
	}
	if sum != want {
		t.Errorf("the bill is %d, the tables take %d", sum, want)
	}
}
