// Command quality simulates offices with worms in them and prints how well the sensor
// tells them apart: the tables of docs/quality.md. It ends with 1 if a goal is missed.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"

	"github.com/wormwatch/wormwatch/internal/config"
	"github.com/wormwatch/wormwatch/internal/quality"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	met, err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case !met:
		os.Exit(1)
	}
}

// command is what the flags say.
type command struct {
	params    quality.Params
	opt       quality.Options
	seeds     []uint64
	networks  []quality.Density
	parallel  int
	markdown  bool
	sweep     bool
	cold      bool
	month     bool
	explain   bool
	profile   string
	into      string
	disturbed []string
}

func run(ctx context.Context, args []string, out io.Writer) (met bool, err error) {
	c, err := parse(args)
	if err != nil {
		return false, err
	}
	if c.profile != "" {
		f, err := os.Create(c.profile)
		if err != nil {
			return false, fmt.Errorf("profile: %w", err)
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return false, fmt.Errorf("profile: %w", err)
		}
		defer pprof.StopCPUProfile()
	}
	var text bytes.Buffer
	name := "report"
	if c.sweep {
		name, met = "disturbances", true
		err = c.sweepDisturbances(ctx, io.MultiWriter(out, &text))
	} else {
		met, err = c.report(ctx, io.MultiWriter(out, &text))
	}
	if err == nil && c.into != "" {
		err = section(c.into, name, text.Bytes())
	}
	return met, err
}

// parse reads the flags over the parameters of the size that they ask for.
func parse(args []string) (*command, error) {
	c, short, err := parseOver(quality.DefaultParams(0.25), args)
	if short && err == nil {
		c, _, err = parseOver(quality.ShortParams(0.25), args)
	}
	return c, err
}

// lists are the flags that settle reads.
type lists struct{ seeds, networks, disturb, trace string }

func parseOver(p quality.Params, args []string) (c *command, short bool, err error) {
	c = &command{params: p}
	var l lists
	var sets []string
	fs := flag.NewFlagSet("quality", flag.ContinueOnError)
	fs.BoolVar(&short, "short", false, "5000 workstations, 12 days: a look in seconds")
	fs.StringVar(&l.seeds, "seeds", "1", "seeds, as 1,2,3: one run each")
	fs.StringVar(&l.networks, "networks", "sparse,normal,dense", "kinds of network to simulate")
	fs.StringVar(&l.disturb, "disturb", "", "multiply disturbances, as outage=2,link=10,stale=2,churn=2,dark=10")
	fs.StringVar(&l.trace, "trace", "", "addresses of which every contact is written to standard error")
	alive := fs.Float64("alive", 0, "share of addresses alive in the swept /16, instead of -networks")
	file := fs.String("c", "", "configuration `file` of the sensor")
	fs.Func("s", "override a key of the sensor's configuration, as `detect.slow.score=20`; repeatable", func(s string) error {
		sets = append(sets, s)
		return nil
	})
	fs.BoolVar(&c.markdown, "markdown", false, "write Markdown, for docs/quality.md")
	fs.StringVar(&c.into, "into", "", "put the tables into this `document` as well, between its marks")
	fs.BoolVar(&c.sweep, "sweep", false, "run each disturbance twofold and tenfold, and print one table a network")
	fs.BoolVar(&c.cold, "cold", true, "simulate cold starts")
	fs.BoolVar(&c.month, "month", true, "simulate the month")
	fs.BoolVar(&c.explain, "explain", false, "list false alarms and late or missed scanners on standard error")
	fs.IntVar(&c.parallel, "parallel", 2, "runs at one time; each takes about 400 MB")
	fs.StringVar(&c.profile, "profile", "", "write a CPU profile to this `file`")
	flags(fs, &c.params)
	if err := fs.Parse(args); err != nil {
		return nil, short, err
	}
	sensor, err := config.Load(*file, sets, nil)
	if err != nil {
		return nil, short, err
	}
	c.opt = quality.Options{Flow: sensor.Flow(), Detect: sensor.Detect.Config}
	c.markdown = c.markdown || c.into != ""
	if err := c.settle(&l); err != nil {
		return nil, short, err
	}
	if *alive != 0 {
		c.networks = []quality.Density{{Name: "given", Alive: *alive}}
	}
	return c, short, nil
}

// flags offers the population's parameters.
func flags(fs *flag.FlagSet, p *quality.Params) {
	for _, f := range []struct {
		v    *int
		name string
		text string
	}{
		{&p.Workstations, "workstations", "number of workstations"},
		{&p.Days, "days", "days of capture"},
		{&p.StaleTargets, "stale-targets", "decommissioned servers that names still point at"},
		{&p.Terminal, "terminals", "terminal servers with 40 users each"},
		{&p.Trials, "trials", "lone scanners with random targets per pace; other kinds half as many"},
		{&p.Probes, "probes", "a scanner's budget of probes"},
	} {
		fs.IntVar(f.v, f.name, *f.v, f.text)
	}
	for _, f := range []struct {
		v    *float64
		name string
		text string
	}{
		{&p.Answering, "answering", "share of workstations that answer on 445"},
		{&p.DarkRate, "dark-rate", "contacts to unused addresses, per workstation and day"},
		{&p.Stale, "stale", "mappings to decommissioned servers, per workstation"},
		{&p.Churn, "churn", "share of workstations that change address, per day"},
		{&p.NightOff, "night-off", "share of workstations switched off at night"},
		{&p.Leave, "leave", "share of workstations off for weeks"},
		{&p.PeerRate, "peers", "SMB from workstation to workstation, per workstation and day"},
		{&p.Outages, "outages", "outages of a popular server, per day"},
		{&p.LinkFailures, "link-failures", "failures of a /16 or /20, per day"},
		{&p.Unreachable, "unreachable", "share of probes of absent hosts answered by ICMP"},
	} {
		fs.Float64Var(f.v, f.name, *f.v, f.text)
	}
}

// settle reads the flags that are lists.
func (c *command) settle(l *lists) error {
	for _, s := range strings.Split(l.seeds, ",") {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return fmt.Errorf("-seeds %s: write numbers, as 1,2,3", l.seeds)
		}
		c.seeds = append(c.seeds, n)
	}
	for _, name := range strings.Split(l.networks, ",") {
		i := slices.IndexFunc(quality.Densities, func(d quality.Density) bool { return d.Name == name })
		if i < 0 {
			return fmt.Errorf("-networks %s: write some of sparse,normal,dense", l.networks)
		}
		c.networks = append(c.networks, quality.Densities[i])
	}
	for _, s := range given(l.disturb) {
		name, factor, _ := strings.Cut(s, "=")
		x, err := strconv.ParseFloat(factor, 64)
		if err != nil {
			return fmt.Errorf("-disturb %s: write NAME=FACTOR", s)
		}
		if err := c.params.Disturb(name, x); err != nil {
			return err
		}
		c.disturbed = append(c.disturbed, s)
	}
	for _, s := range given(l.trace) {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return fmt.Errorf("-trace: %w", err)
		}
		c.opt.Trace, c.opt.Traced = os.Stderr, append(c.opt.Traced, a)
	}
	return nil
}

// given splits a list that may be empty.
func given(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
}
