package watch

// update is what a browser is sent: how things stand, and what it has not seen of the
// curves.
type update struct {
	Run       string           `json:"run"` // another one after a restart
	State     State            `json:"state"`
	Final     bool             `json:"final"`
	Text      string           `json:"text"`    // how it ended, and what it came to
	Elapsed   float64          `json:"elapsed"` // seconds
	Trainings []trainingUpdate `json:"trainings"`
}

type trainingUpdate struct {
	Number int       `json:"number"`
	About  *Training `json:"about,omitempty"` // the first time

	Epoch     int     `json:"epoch"` // under way
	Step      int     `json:"step"`
	Documents int     `json:"documents"` // seen in the epoch
	Speed     float64 `json:"speed"`     // documents a second; 0: not known
	Rest      float64 `json:"rest"`      // seconds to go, at the most; 0: not known
	Best      points  `json:"best"`      // epoch, if any

	Steps  news `json:"by_step"`
	Epochs news `json:"by_epoch"`
}

// reader is how much a browser has seen.
type reader struct {
	training        int // number; those before it are seen to their ends
	known           bool
	bySteps, epochs place
}

// since returns what is new to a reader, who then has seen it.
func (s *Server) since(r *reader) update {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now() // under the lock, so that it is not before what it goes with
	if s.state.Final() {
		now = s.ended
	}
	u := update{Run: s.run, State: s.state, Final: s.state.Final(), Text: s.text, Elapsed: now.Sub(s.started).Seconds()}
	for _, c := range s.courses {
		if c.number < r.training {
			continue
		}
		if c.number > r.training {
			*r = reader{training: c.number}
		}
		speed, rest := c.pace(now)
		t := trainingUpdate{
			Number: c.number, Epoch: c.last.Epoch, Step: c.last.Step, Documents: c.last.Documents, Best: c.best, Speed: speed, Rest: rest,
			Steps: c.byStep.since(&r.bySteps), Epochs: c.byEpoch.since(&r.epochs),
		}
		if !r.known {
			t.About, r.known = &c.Training, true
		}
		u.Trainings = append(u.Trainings, t)
		if s.state == InTraining && c.validating() {
			u.State = Evaluating
		}
	}
	return u
}
