package safetensors

import (
	"fmt"
	"io"

	"github.com/nestnet/nestnet/internal/replace"
)

// WriteFile writes f to a file at path, whole or not at all, as replace.File does:
// whoever opens path finds the old file or the new one.
func WriteFile(path string, f *File) error {
	err := replace.File(path, func(w io.Writer) error { return write(w, f) })
	if err != nil {
		return fmt.Errorf("safetensors: %s: %w", path, err)
	}
	return nil
}
