package watch

import (
	"math"
	"time"
)

const (
	stepPoints  = 1024 // of the curves by step, at the most
	epochPoints = 512  // of those by epoch
	mostKept    = 10   // trainings; of a longer cross-validation the last ones
)

// Fact is a line of the headline: what the data are, the network, the solver.
type Fact struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Training is what stands over the curves.
type Training struct {
	Name      string `json:"name"` // such as "fold 2/5"; empty for the only one
	Facts     []Fact `json:"facts"`
	Epochs    int    `json:"epochs_at_most"` // the training may end earlier
	Documents int    `json:"documents"`      // in each
	Measure   string `json:"measure"`        // what Epoch.Measure is, such as "accuracy"
	Scheduled bool   `json:"scheduled"`      // the learning rate changes

	// Done counts the documents of an earlier run that this one goes on from.
	Done int `json:"-"`
}

// Step is what a training step came to. Numbers count from 1.
type Step struct {
	Epoch, Step  int     // Step counts through all epochs
	Documents    int     // seen in this epoch
	Loss         float64 // before the step
	LearningRate float64
}

// Epoch is what an epoch came to.
type Epoch struct {
	Number    int     // from 1
	Loss      float64 // mean training loss
	ValidLoss float64 // NaN if nothing was validated
	Measure   float64 // on the validation part; NaN likewise
}

// State is what the program does, or how it ended.
type State string

const (
	Reading     State = "reading"    // the data, before the first training
	InTraining  State = "training"   // between Begin and End
	Evaluating  State = "evaluating" // on the validation or the test part
	Finished    State = "finished"
	Stopped     State = "stopped" // before all epochs were done, as it was told to
	Interrupted State = "interrupted"
	Diverged    State = "diverged"
	Failed      State = "failed"
)

// Final says whether nothing comes after it.
func (s State) Final() bool { return s != Reading && s != InTraining && s != Evaluating }

// course is how a training went so far.
type course struct {
	Training
	number  int // from 0
	begun   time.Time
	ended   time.Time // zero: it goes on
	last    Step
	epochs  int    // that have ended
	best    points // the one of them with the least validation loss, if any
	byStep  curve  // x, loss, learning rate
	byEpoch curve  // x, loss, validation loss, measure
}

func newCourse(number int, t Training, now time.Time) *course {
	return &course{
		Training: t, number: number, begun: now, best: points{},
		byStep: newCurve(stepPoints), byEpoch: newCurve(epochPoints),
	}
}

// end says that no step comes any more.
func (c *course) end(now time.Time) {
	if c.ended.IsZero() {
		c.ended = now
	}
}

func (c *course) step(s Step) {
	c.last = s
	c.byStep.add(point{float64(s.Step), s.Loss, s.LearningRate})
}

func (c *course) epoch(e Epoch) {
	c.epochs = e.Number
	p := point{float64(e.Number), e.Loss, e.ValidLoss, e.Measure}
	if !math.IsNaN(e.ValidLoss) && (len(c.best) == 0 || e.ValidLoss < c.best[0][2]) {
		c.best = points{p} // a new one, as a reader may hold the last
	}
	c.byEpoch.add(p)
}

// validating says whether all steps of an epoch are done and its end has not come.
func (c *course) validating() bool {
	return c.last.Documents >= c.Documents && c.last.Epoch > c.epochs
}

// pace is documents a second of this run, and the seconds to go if all epochs are trained;
// 0 where that is not known yet.
func (c *course) pace(now time.Time) (speed, rest float64) {
	all := c.Epochs * c.Documents
	done := max(c.last.Epoch-1, 0)*c.Documents + c.last.Documents
	if !c.ended.IsZero() {
		now = c.ended
	}
	seconds := now.Sub(c.begun).Seconds()
	if done <= c.Done || seconds <= 0 {
		return 0, 0
	}
	speed = float64(done-c.Done) / seconds
	return speed, float64(max(all-done, 0)) / speed
}
