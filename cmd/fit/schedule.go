package main

import (
	"errors"
	"fmt"

	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/nestnet/nestnet/solvers"
	"github.com/spf13/pflag"
)

// addSchedule adds the flags of the learning rate's course.
func addSchedule(flags *pflag.FlagSet, s *solvers.Schedule) {
	flags.StringVar(&s.Name, "schedule", solvers.Constant, wordFlag("how the learning rate `changes`", solvers.ScheduleNames()))
	flags.Float64Var(&s.Warmup, "warmup", 0, "`steps` in which the learning rate rises to what it is, or below 1 a share of all steps")
	flags.IntVar(&s.Every, "schedule-every", 0, "step: epochs from one cut to the next; plateau: epochs without improvement before a cut (default 3, plateau 1)")
	flags.Float64Var(&s.Drop, "schedule-factor", 0, "step, plateau: what a cut multiplies the learning rate by (default 0.1)")
	flags.Float64Var(&s.Min, "schedule-min", 0, "step, linear, cosine, plateau: `share` of the learning rate that stays at least")
}

// planSchedule checks the schedule, alone and with what it depends on.
func (p *plan) planSchedule(set *pflag.FlagSet) error {
	s := &p.schedule
	err := errors.Join(s.Check(), notZero(set, "schedule-factor"))
	if set.Changed("schedule-every") && s.Every == 0 {
		err = errors.Join(err, errors.New("--schedule-every is 0, want at least 1 epoch"))
	}
	if err != nil {
		return err
	}
	*s = s.Explicit()
	switch {
	case s.Changes() && p.engine == string(feedforward.Gorgonia):
		return errors.New("--schedule and --warmup need --engine native: Gorgonia's own solvers cannot change their learning rate")
	case s.Name != solvers.Plateau:
		return nil
	case p.validFraction == 0:
		return errors.New("--schedule plateau follows the validation loss, so it needs a --valid-fraction above 0")
	case p.patience > 0 && p.patience <= s.Every:
		return fmt.Errorf("--schedule plateau would not come to act: it waits for %s without improvement, and --patience %d stops training by then; give --patience %d or more, or 0",
			count(s.Every, "epoch"), p.patience, s.Every+1)
	}
	return nil
}
