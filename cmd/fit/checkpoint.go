package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/spf13/pflag"
)

// checkpointFlags say when a training is written to a file, and which one goes on.
type checkpointFlags struct {
	path   string
	every  string
	resume string
}

func (f *checkpointFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.path, "checkpoint", "", "`file` from which --resume goes on, written while training and at its end")
	flags.StringVar(&f.every, "checkpoint-every", "1epoch", "`how` often it is written: 1000 (steps), 30s, 10m or 1epoch")
	flags.StringVar(&f.resume, "resume", "", "checkpoint `file` of a training to go on with; flags not given are as they were, and it ends with the bytes of one that never stopped")
}

// often is how often a checkpoint is due.
type often struct {
	steps, epochs int
	time          time.Duration
}

func parseOften(text string) (often, error) {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return often{steps: n}, nil
	}
	number, ok := strings.CutSuffix(text, "epochs")
	if !ok {
		number, ok = strings.CutSuffix(text, "epoch")
	}
	if n, err := strconv.Atoi(strings.TrimSpace(number)); ok && err == nil && n > 0 {
		return often{epochs: n}, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return often{time: d}, nil
	}
	return often{}, fmt.Errorf("--checkpoint-every %q: want a number of steps such as 1000, a time such as 30s or 10m, or 1epoch", text)
}

// runNotes is what the program keeps in a checkpoint.
type runNotes struct {
	Flags     map[string]string `json:"flags"`
	Documents map[string]int    `json:"documents"` // of each part
	Rows      string            `json:"rows"`      // hash of the examples trained and validated on
	// How many bytes of examples are in memory at a time, which is part of their
	// order; 0 for all of them.
	CacheBytes int64 `json:"cache_bytes,omitempty"`
}

// freeFlags may differ from those of the checkpoint: they say where things are, how long
// to train and what is written. All others decide over the result. The files that
// are read are known by their content.
var freeFlags = []string{"data", "format", "label-column", "text-column", "test", "stop-words", "cache", "cache-bytes",
	"epochs", "target-loss", "patience", "workers",
	"model", "json", "quiet", "log", "checkpoint", "checkpoint-every", "resume", "watch", "help", "plot", "report", "mpi"}

// ownFlags are those of one run, not taken over by the next.
var ownFlags = []string{"json", "quiet", "resume", "checkpoint", "watch", "help", "mpi"}

// resumed reads the checkpoint to go on from, and gives the flags that were not set the
// values that they had. It refuses others that would lead elsewhere.
func (f *trainFlags) resumed(set *pflag.FlagSet) (*feedforward.Checkpoint, *runNotes, error) {
	path := f.checkpoint.resume
	if path == "" {
		return nil, nil, nil
	}
	no := func(err error) (*feedforward.Checkpoint, *runNotes, error) {
		return nil, nil, fmt.Errorf("--resume: %w", loadError(path, "checkpoint", err))
	}
	c, err := feedforward.LoadCheckpoint(path)
	if err != nil {
		return no(err)
	}
	var notes runNotes
	if err := json.Unmarshal([]byte(c.Notes), &notes); err != nil || notes.Flags == nil {
		return no(fmt.Errorf("%s: the checkpoint was not made by fit train", path))
	}
	var errs []error
	given := map[string]bool{}
	set.Visit(func(f *pflag.Flag) { given[f.Name] = true })
	for _, name := range slices.Sorted(maps.Keys(notes.Flags)) {
		was := notes.Flags[name]
		flag := set.Lookup(name)
		if name == "batch" {
			if was, err = f.ownBatch(was); err != nil {
				return no(usagef("%s: %w", path, err))
			}
		}
		switch {
		case flag == nil:
			errs = append(errs, fmt.Errorf("%s: the checkpoint was made with --%s, which this program does not know", path, name))
		case given[name]:
			if is := flag.Value.String(); !slices.Contains(freeFlags, name) && is != was {
				errs = append(errs, usagef("%s: the checkpoint was made with %s, this run has %s; leave the flag out to go on with what it was",
					path, flagText(name, was), flagText(name, is)))
			}
		case slices.Contains(ownFlags, name) || was == flag.DefValue:
		case name == "test-fraction" && given["test"] || name == "test" && given["test-fraction"]:
		default:
			if err := set.Set(name, was); err != nil {
				errs = append(errs, fmt.Errorf("%s: --%s: %w", path, name, err))
			}
		}
	}
	if errs != nil {
		return no(errors.Join(errs...))
	}
	if !given["checkpoint"] {
		f.checkpoint.path = path
	}
	if notes.CacheBytes > 0 && !given["cache-bytes"] {
		f.cache.Bytes = notes.CacheBytes
	}
	return c, &notes, nil
}

func flagText(name, value string) string {
	if value == "" {
		return "no --" + name
	}
	return "--" + name + " " + value
}

// planCheckpoint checks the flags for checkpoints.
func (p *plan) planCheckpoint(set *pflag.FlagSet) (err error) {
	c := &p.checkpoint
	if p.often, err = parseOften(c.every); err != nil {
		return err
	}
	switch {
	case c.path == "" && set.Changed("checkpoint-every"):
		return errors.New("--checkpoint-every is for --checkpoint, which names the file")
	case c.path == "":
		return nil
	case p.crossValidate > 0:
		return errors.New("--checkpoint and --resume are for one training, --cross-validate does several")
	case p.engine == string(feedforward.Gorgonia):
		return errors.New("--checkpoint and --resume need --engine native: Gorgonia's own solvers do not say what they remember")
	}
	p.values = map[string]string{}
	set.VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(ownFlags, f.Name) {
			p.values[f.Name] = f.Value.String()
		}
	})
	p.values["batch"] = strconv.Itoa(p.batch) // of all ranks
	return nil
}

// notes describes this run for its checkpoints.
func (p *plan) notes(ps *parts) (*runNotes, error) {
	n := &runNotes{Flags: p.values, Documents: map[string]int{}}
	hash := sha256.New()
	for _, part := range []struct {
		name string
		set  exampleSet
	}{{"training", ps.train}, {"validation", ps.valid}} {
		if part.set == nil {
			continue
		}
		n.Documents[part.name] = part.set.Len()
		fmt.Fprintln(hash, part.name)
		if err := inTurn(p.cluster, hash, func() error { return hashRows(hash, toEvaluate(part.set)) }); err != nil {
			return nil, err
		}
	}
	n.Rows = hex.EncodeToString(hash.Sum(nil))
	if _, disk := ps.train.OnDisk(); disk {
		n.CacheBytes = p.cache.Explicit().Bytes
	}
	return n, nil
}

// hashedRows is how many rows hashRows writes at a time.
const hashedRows = 1024

// hashRows writes the examples of a set to w, in a form that is theirs alone.
func hashRows(w io.Writer, set data.Source) error {
	pass := set.Pass(hashedRows, nil)
	var b data.Batch
	var buf []byte
	for {
		err := pass.Next(&b)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		buf = buf[:0]
		for i := range len(b.Offsets) - 1 {
			buf = binary.LittleEndian.AppendUint32(buf, uint32(b.Offsets[i+1]-b.Offsets[i]))
		}
		for i := range len(b.LabelOffsets) - 1 {
			buf = binary.LittleEndian.AppendUint32(buf, uint32(len(b.Labels(i))))
		}
		for _, part := range []any{b.Indices, b.Values, b.Dense, b.Classes, b.LabelIndices, b.Targets, b.Weights} {
			if buf, err = binary.Append(buf, binary.LittleEndian, part); err != nil {
				return err
			}
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
}

// sameData says in what the examples differ from those of the checkpoint.
func (p *plan) sameData(ps *parts) error {
	was, now, path := p.was, p.now, p.checkpoint.resume
	no := func(format string, args ...any) error {
		return fmt.Errorf("--resume: %s: the checkpoint was made with "+format, append([]any{path}, args...)...)
	}
	c := p.resumed.Classifier
	if !slices.Equal(c.Labels, ps.labels) {
		return no("the classes %s, %s has %s", strings.Join(cut(c.Labels), ", "), p.source.name(), strings.Join(cut(ps.labels), ", "))
	}
	for _, name := range partNames[:2] {
		if a, b := was.Documents[name], now.Documents[name]; a != b {
			return no("%s %s documents, these are %s", thousands(a), name, thousands(b))
		}
	}
	kind := map[bool]string{true: "numbers", false: "texts"}
	switch {
	case (c.Encoder == nil) != (ps.encoder == nil):
		return no("%s, not %s", kind[c.Encoder == nil], kind[ps.encoder == nil])
	case c.Encoder == nil && was.Rows != now.Rows:
		return no("other rows, or in another order, than those of %s", p.source.name())
	case c.Encoder == nil:
		return p.sameOrder(no)
	}
	if a, b := c.Encoder.Settings().Tokenizer, ps.encoder.Settings().Tokenizer; !slices.Equal(a.StopWords, b.StopWords) {
		return no("other stop words: %s, these are %s", thousands(len(a.StopWords)), thousands(len(b.StopWords)))
	}
	// Hashed words have no dictionary, and --hash-bits is compared.
	if a, b := c.Encoder.Vocabulary(), ps.encoder.Vocabulary(); a != nil && b != nil && !slices.Equal(a.Words(), b.Words()) {
		return no("another dictionary (%s words, now %s): the texts of %s are not the same",
			thousands(a.Len()), thousands(b.Len()), p.source.name())
	}
	if was.Rows != now.Rows {
		return no("other documents, or in another order, than those of %s", p.source.name())
	}
	return p.sameOrder(no)
}

// sameOrder says whether examples come in the order of the checkpoint.
func (p *plan) sameOrder(no func(string, ...any) error) error {
	if was, now := p.was, p.now; was.CacheBytes != now.CacheBytes {
		if was.CacheBytes == 0 {
			return no("all documents in memory, in this run they are on disk, and so in another order; give --cache memory")
		}
		return no("documents on disk and --cache-bytes %d, which decide over their order; give --cache disk --cache-bytes %d", was.CacheBytes, was.CacheBytes)
	}
	return nil
}

// checkpointing makes fit write checkpoints and go on from one. warn says at once that
// one could not be written; the error is kept for the end.
func (p *plan) checkpointing(fit *feedforward.Fit, ps *parts, warn func(string)) {
	fit.Resume = p.resumed
	if p.checkpoint.path == "" {
		return
	}
	text, err := json.Marshal(p.now)
	if err != nil {
		panic(err) // strings and numbers
	}
	fit.Checkpoints = feedforward.Checkpoints{
		Path: p.checkpoint.path, EverySteps: p.often.steps, EveryEpochs: p.often.epochs,
		Encoder: ps.encoder, Numbers: ps.numbers, Labels: ps.labels, Notes: string(text),
		Written: func() { p.failed = nil },
		Failed: func(err error) error {
			if e, ok := errors.AsType[*fs.PathError](err); ok {
				err = fmt.Errorf("%s: %w", p.checkpoint.path, e.Err) // not the temporary file's name
			}
			p.failed = fmt.Errorf("--checkpoint: %w", err)
			warn(fmt.Sprintf("%s; training goes on, the last good checkpoint stays", message(p.failed)))
			return nil
		},
	}
	if p.often.time > 0 {
		last := time.Now()
		fit.Checkpoints.Due = func(feedforward.Step) bool {
			now := time.Now()
			if now.Sub(last) < p.often.time {
				return false
			}
			last = now
			return true
		}
	}
}
