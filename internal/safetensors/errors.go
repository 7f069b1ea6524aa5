package safetensors

import (
	"errors"
	"fmt"
	"strings"
)

// ErrDtype says that a tensor has a type other than F32, F64 and I64. The file
// may be sound, and readable by others.
var ErrDtype = errors.New("unsupported dtype")

// FormatError is the error for a file that is not a sound safetensors file, or
// not one this package can read.
type FormatError struct {
	Path   string // the file, if ReadFile read it
	Offset int64  // where in the file the mistake shows, in bytes
	Tensor string // the tensor it concerns, if one
	Err    error  // what is wrong
}

func (e *FormatError) Error() string {
	var b strings.Builder
	b.WriteString("safetensors: ")
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	fmt.Fprintf(&b, "byte %d: ", e.Offset)
	if e.Tensor != "" {
		fmt.Fprintf(&b, "tensor %s: ", quote(e.Tensor))
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

// Unwrap returns e.Err.
func (e *FormatError) Unwrap() error { return e.Err }

// quote quotes a text from a file for an error, and cuts it if it is long.
func quote(s string) string {
	const most = 100
	if len(s) <= most {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%q…", strings.ToValidUTF8(s[:most], ""))
}
