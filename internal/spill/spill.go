// Package spill keeps what does not fit into memory in a temporary file.
package spill

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// File is a temporary file. Its name is taken away as soon as it is open, so that a
// program that is killed leaves nothing behind (on Windows, Close does that). Any
// number of goroutines may read what was written.
type File struct {
	f     *os.File
	dir   string
	named bool // the name is still there
	size  int64
}

// Create makes a file in the folder dir, or in that for temporary files if it is
// empty.
func Create(dir string) (*File, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	f, err := os.CreateTemp(dir, "nestnet-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	return &File{f: f, dir: dir, named: os.Remove(f.Name()) != nil}, nil
}

// Append writes p to the end and returns where it stands.
func (f *File) Append(p []byte) (at int64, err error) {
	if _, err := f.f.WriteAt(p, f.size); err != nil {
		if errors.Is(err, syscall.ENOSPC) {
			return 0, fmt.Errorf("temporary file: the disk of %s is full after %d bytes of it; name a folder with more room in TMPDIR: %w", f.dir, f.size, syscall.ENOSPC)
		}
		return 0, fmt.Errorf("temporary file in %s: %w", f.dir, err)
	}
	at = f.size
	f.size += int64(len(p))
	return at, nil
}

// Read fills p with what stands at at.
func (f *File) Read(p []byte, at int64) error {
	if _, err := f.f.ReadAt(p, at); err != nil {
		return fmt.Errorf("temporary file in %s: %w", f.dir, err)
	}
	return nil
}

// Size is how many bytes were written.
func (f *File) Size() int64 { return f.size }

// Close removes the file.
func (f *File) Close() error {
	err := f.f.Close()
	if f.named {
		err = errors.Join(err, os.Remove(f.f.Name()))
	}
	return err
}
