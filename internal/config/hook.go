package config

import (
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"strconv"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/wormwatch/wormwatch/internal/flow"
	"github.com/wormwatch/wormwatch/internal/size"
)

// strict is the decode hook: it turns a value into the type that the field has, or
// says what to write. Nothing is converted silently: no number without a unit to a
// duration, no 2.9 to 2, no text to a number.
func strict(from, to reflect.Value) (any, error) {
	if !from.IsValid() {
		return nil, nil
	}
	v := from.Interface()
	switch to.Type() {
	case reflect.TypeFor[flow.Service]():
		return service(v)
	case reflect.TypeFor[time.Duration]():
		return text(v, parseDuration)
	case reflect.TypeFor[size.Size]():
		return text(v, size.Parse)
	case reflect.TypeFor[netip.Prefix]():
		return text(v, parsePrefix)
	case reflect.TypeFor[time.Time]():
		return text(v, parseTime)
	}
	switch to.Kind() {
	case reflect.String:
		if _, ok := v.(string); !ok {
			return nil, fmt.Errorf("%v is not text: write \"%v\"", v, v)
		}
	case reflect.Bool:
		if _, ok := v.(bool); !ok {
			return nil, fmt.Errorf("%s is neither true nor false: write true or false", show(v))
		}
	case reflect.Float64:
		return number(v)
	case reflect.Int, reflect.Uint16, reflect.Uint32:
		return whole(v, to.Type())
	}
	return v, nil
}

// text reads v, which has to be a string or a number that lacks its unit.
func text[T any](v any, read func(string) (T, error)) (any, error) {
	switch v := v.(type) {
	case string:
		return read(v)
	case float64:
		return read(strconv.FormatFloat(v, 'g', -1, 64))
	}
	return read(fmt.Sprint(v))
}

func number(v any) (any, error) {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%g is not a number: write one", v)
		}
		return v, nil
	case int, int64, uint64:
		return v, nil
	}
	return nil, fmt.Errorf("%s is not a number: write one without quotes, as 0.5", show(v))
}

func whole(v any, t reflect.Type) (any, error) {
	switch n := v.(type) {
	case int:
		if t.Kind() == reflect.Int || n >= 0 && uint64(n) <= 1<<t.Bits()-1 {
			return n, nil
		}
	case float64:
		if n != math.Trunc(n) {
			return nil, fmt.Errorf("%g is not a whole number: write %.0f or %.0f", n, math.Floor(n), math.Ceil(n))
		}
		if math.Abs(n) < 1<<31 {
			return nil, fmt.Errorf("%g is not written as a whole number: write %.0f", n, n)
		}
	case int64, uint64:
	default:
		return nil, fmt.Errorf("%s is not a whole number: write one without quotes, as 20", show(v))
	}
	if t.Kind() == reflect.Int {
		return nil, fmt.Errorf("%v is out of range: write a smaller number", v)
	}
	return nil, fmt.Errorf("%v is out of range: write a whole number from 0 to %d", v, uint64(1)<<t.Bits()-1)
}

// parsePrefix reads a prefix, or an address as the prefix of that host.
func parsePrefix(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return p, fmt.Errorf("%s is not a prefix: write one as 10.0.0.0/8 or fd00::/8", quote(text))
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if a := p.Addr(); a.Is4In6() {
		if p.Bits() < 96 {
			return p, fmt.Errorf("%s covers the IPv4-mapped addresses: write the IPv4 prefix", text)
		}
		return p, fmt.Errorf("%s is an IPv4-mapped prefix: write %s", text, netip.PrefixFrom(a.Unmap(), p.Bits()-96).Masked())
	}
	if p != p.Masked() {
		return p, fmt.Errorf("%s has bits set behind the prefix: write %s", text, p.Masked())
	}
	return p, nil
}

// service gives an entry without a weight the weight 1, since to the engine 0 means
// absent.
func service(v any) (any, error) {
	entry, ok := v.(map[string]any)
	if !ok {
		return v, nil
	}
	weight, given := entry["weight"]
	if !given {
		entry["weight"] = 1.0
	}
	if weight == 0 || weight == 0.0 {
		return nil, fmt.Errorf("weight: 0 would watch and never count: leave the group out")
	}
	return entry, nil
}

// show returns v as it was written, for an error.
func show(v any) string {
	if s, ok := v.(string); ok {
		return quote(s)
	}
	return fmt.Sprint(v)
}

// decoder sets mapstructure up: no conversions but the hook's, unknown names refused,
// lists replaced and not merged.
func decoder(c *mapstructure.DecoderConfig) {
	c.TagName = "yaml"
	c.SquashTagOption = "inline"
	c.DecodeHook = mapstructure.DecodeHookFuncValue(strict)
	c.WeaklyTypedInput = false
	c.ErrorUnused = true
	c.ZeroFields = true
}
