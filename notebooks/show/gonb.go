package show

import (
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"sync"
)

// GoNB compiles a cell to a program, runs it, and reads what it displays from a named
// pipe: a stream of gob messages, answered on a second pipe. Its own package for that,
// gonbui, would bring a logger and five more modules into go.mod; the part of the protocol
// (github.com/janpfeifer/gonb/gonbui/protocol, v0.11) that displays is these two messages.
const (
	pipeVariable = "GONB_PIPE"
	backVariable = "GONB_PIPE_BACK"
	commValue    = "gonb/comm_value"
	syncAddress  = "#gonbui/sync"
	ackAddress   = "#gonbui/sync_ack"
)

// displayData is protocol.DisplayData.
type displayData struct {
	Data      map[string]any
	Metadata  map[string]any
	DisplayID string
}

// gonbValue is protocol.CommValue.
type gonbValue struct {
	Address string
	Request bool
	Value   any
}

// connection is the program's end of both pipes. GoNB listens to one writer for as long
// as the program runs.
type connection struct {
	mu    sync.Mutex
	once  sync.Once
	err   error // why it could not be opened
	out   *gob.Encoder
	in    *gob.Decoder
	syncs int
}

// gonb is the one connection of this process, as the pipes are the process's own.
var gonb connection

// send displays data and returns when GoNB has: it stops listening when the program ends.
func (c *connection) send(pipe, back string, data map[string]any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.once.Do(func() { c.err = c.open(pipe, back) })
	if c.err != nil {
		return c.err
	}
	if err := c.out.Encode(displayData{Data: data}); err != nil {
		return fmt.Errorf("GoNB does not take what is displayed: %w", err)
	}
	c.syncs++
	ask := gonbValue{Address: syncAddress, Value: c.syncs}
	if err := c.out.Encode(displayData{Data: map[string]any{commValue: ask}}); err != nil {
		return fmt.Errorf("GoNB does not take what is displayed: %w", err)
	}
	for {
		var answer gonbValue
		if err := c.in.Decode(&answer); err != nil {
			return fmt.Errorf("GoNB does not answer: %w", err)
		}
		if answer.Address == ackAddress && answer.Value == c.syncs {
			return nil
		}
	}
}

func (c *connection) open(pipe, back string) (err error) {
	// The name tells the two ends which type is meant; gob panics where another type of
	// this program has it.
	defer func() {
		if recover() != nil {
			err = errors.New("GoNB's package gonbui is in this program too; display with one of the two")
		}
	}()
	gob.RegisterName("github.com/janpfeifer/gonb/gonbui/protocol.CommValue", gonbValue{})
	out, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("GoNB's pipe: %w", err)
	}
	in, err := os.Open(back)
	if err != nil {
		return fmt.Errorf("GoNB's pipe: %w", err)
	}
	c.out, c.in = gob.NewEncoder(out), gob.NewDecoder(in)
	return nil
}
