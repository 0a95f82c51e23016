package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wormwatch/wormwatch/internal/quality"
)

// job is one run.
type job struct {
	network int
	params  quality.Params
	cold    bool
	result  *quality.Result
}

// do runs all jobs, some at one time.
func (c *command) do(ctx context.Context, jobs []*job) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, c.parallel))
	for _, j := range jobs {
		g.Go(func() (err error) {
			simulate := quality.Run
			if j.cold {
				simulate = quality.ColdStart
			}
			j.result, err = simulate(ctx, j.params, c.opt)
			return err
		})
	}
	return g.Wait()
}

// jobsFor makes the runs of every network and seed.
func (c *command) jobsFor(params quality.Params, cold bool) []*job {
	var jobs []*job
	for i, d := range c.networks {
		for _, seed := range c.seeds {
			p := params
			p.Seed, p.Alive = seed, d.Alive
			jobs = append(jobs, &job{network: i, params: p, cold: cold})
		}
	}
	return jobs
}

// report runs the month and the cold starts on every network and prints the tables.
func (c *command) report(ctx context.Context, out io.Writer) (met bool, err error) {
	begun := time.Now()
	var jobs []*job
	if c.month {
		jobs = append(jobs, c.jobsFor(c.params, false)...)
	}
	if c.cold {
		jobs = append(jobs, c.jobsFor(c.params, true)...)
	}
	if err := c.do(ctx, jobs); err != nil {
		return false, err
	}
	met = true
	for i, d := range c.networks {
		months, colds := results(jobs, i, false), results(jobs, i, true)
		if len(months) > 0 {
			r := quality.Merge(months)
			met = quality.Report(out, d, r, c.markdown) && met
			if c.explain {
				quality.Alarms(os.Stderr, r)
				quality.Missed(os.Stderr, r, 60)
			}
		}
		if len(colds) > 0 {
			r := quality.Merge(colds)
			met = quality.ReportCold(out, r, c.markdown) && met
			if c.explain {
				quality.Alarms(os.Stderr, r)
				quality.Missed(os.Stderr, r, 20)
			}
		}
	}
	fmt.Fprintf(out, "\n%d runs, seeds %v, disturbances %s; %.0f s\n", len(jobs), c.seeds, orBase(c.disturbed), time.Since(begun).Seconds())
	return met, nil
}

func orBase(disturbed []string) string {
	if len(disturbed) == 0 {
		return "as given"
	}
	return strings.Join(disturbed, ",")
}

func results(jobs []*job, network int, cold bool) []*quality.Result {
	var rs []*quality.Result
	for _, j := range jobs {
		if j.network == network && j.cold == cold {
			rs = append(rs, j.result)
		}
	}
	return rs
}

// sweepDisturbances runs the month as it is, and with every disturbance twofold and
// tenfold, and prints a row for each.
func (c *command) sweepDisturbances(ctx context.Context, out io.Writer) error {
	var names []string
	var all [][]*job
	add := func(name string, p quality.Params) {
		names, all = append(names, name), append(all, c.jobsFor(p, false))
	}
	add("none", c.params)
	for _, name := range quality.Disturbances {
		for _, factor := range []float64{2, 10} {
			p := c.params
			if err := p.Disturb(name, factor); err != nil {
				return err
			}
			add(fmt.Sprintf("%s x%g", name, factor), p)
		}
	}
	var jobs []*job
	for _, js := range all {
		jobs = append(jobs, js...)
	}
	if err := c.do(ctx, jobs); err != nil {
		return err
	}
	for i, d := range c.networks {
		var rows []quality.Disturbed
		for k, name := range names {
			rows = append(rows, quality.Disturbed{Name: name, Result: quality.Merge(results(all[k], i, false))})
		}
		quality.ReportDisturbed(out, d, rows, c.markdown)
	}
	return nil
}
