package health

import (
	"reflect"
	"strings"
)

// attributes returns the plain fields of data as the log takes them, by their names in the
// record. What is nested stays in the record: a line is for people.
func attributes(data any) (args []any) {
	v := reflect.Indirect(reflect.ValueOf(data))
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if f := v.Field(i); name != "" && plain(f) && !f.IsZero() {
			args = append(args, name, f.Interface())
		}
	}
	return args
}

func plain(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Bool, reflect.String, reflect.Int, reflect.Int64, reflect.Uint64, reflect.Uint8:
		return true
	case reflect.Slice:
		e := v.Type().Elem().Kind()
		return e == reflect.Int || e == reflect.String
	}
	return false
}
