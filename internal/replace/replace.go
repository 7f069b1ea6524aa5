// Package replace writes files whole or not at all.
package replace

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// File writes a file at path, whole or not at all: whoever opens path, at any moment and
// after a crash too, finds the old file or the new one.
//
// The content goes to a temporary file in the same folder, is synced to the
// disk, and renamed over path; then the folder is synced. On an error the old
// file is as it was and the temporary one removed. Only if syncing the folder
// fails, the last step, is the new file in place already; the error then says
// that it might not outlast a crash.
//
// A new file has the permissions 0666 before umask, as with os.Create; an
// existing one keeps its own. If path is a symbolic link, the file it leads to
// is replaced. What is there and not a regular file, such as a folder or a
// device, is refused.
func File(path string, content func(io.Writer) error) error {
	target, info, err := resolve(path)
	if err != nil {
		return err
	}
	perm := fs.FileMode(0o666)
	if info != nil {
		if !info.Mode().IsRegular() {
			return errors.New("not a regular file")
		}
		perm = info.Mode().Perm()
	}

	temp, err := createTemp(filepath.Dir(target), perm)
	if err != nil {
		return err
	}
	defer func() {
		if temp != nil {
			temp.Close()
			os.Remove(temp.Name())
		}
	}()
	if info != nil {
		if err := temp.Chmod(perm); err != nil { // past umask
			return err
		}
	}
	if err := content(temp); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), target); err != nil {
		return err
	}
	temp = nil
	if err := syncFolder(filepath.Dir(target)); err != nil {
		return fmt.Errorf("file written, but its folder not synced: %w", err)
	}
	return nil
}

// resolve follows a symbolic link at path. The FileInfo is nil if there is no
// file yet.
func resolve(path string) (string, fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if err == nil && info.Mode().Type() == fs.ModeSymlink {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			info, err = os.Lstat(path)
		}
	} else if errors.Is(err, fs.ErrNotExist) && path != "" {
		return path, nil, nil
	}
	return path, info, err
}

// createTemp creates a temporary file in the folder. os.CreateTemp would make
// one for the owner alone (0600), and a process cannot ask for its umask without
// changing it for a moment, so the kernel is left to apply it.
func createTemp(dir string, perm fs.FileMode) (*os.File, error) {
	const attempts = 100
	for i := 1; ; i++ {
		name := filepath.Join(dir, fmt.Sprintf(".nestnet-%08x.tmp", rand.Uint32()))
		temp, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
		if err == nil || i == attempts || !errors.Is(err, fs.ErrExist) {
			return temp, err
		}
	}
}

// syncFolder makes a rename in the folder last. Where a folder cannot be synced
// (Windows, some network file systems) there is nothing to be done.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
