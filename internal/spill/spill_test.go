package spill

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestFile(t *testing.T) {
	dir := t.TempDir()
	f, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	if names, _ := os.ReadDir(dir); len(names) != 0 {
		t.Errorf("the file has a name while it is used: %v", names)
	}
	for i, text := range []string{"one", "", "three"} {
		if at, err := f.Append([]byte(text)); err != nil || at != []int64{0, 3, 3}[i] {
			t.Errorf("%q stands at %d, error %v", text, at, err)
		}
	}
	got := make([]byte, 5)
	if err := f.Read(got, 3); err != nil || !bytes.Equal(got, []byte("three")) || f.Size() != 8 {
		t.Errorf("read %q of %d bytes, error %v", got, f.Size(), err)
	}
	if err := f.Read(got, 4); err == nil {
		t.Error("reading beyond the end is no error")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if names, _ := os.ReadDir(dir); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
	if _, err := f.Append([]byte("x")); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("writing to a closed file: error %v", err)
	}
	if _, err := Create(dir + "/missing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing folder: error %v", err)
	}
}

// The device that is always full tells what a full disk does.
func TestFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("skipped: no /dev/full on this system, so a full disk is not tried")
	}
	f := &File{f: full, dir: "/tmp"}
	defer f.Close()
	_, err = f.Append([]byte("x"))
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "the disk of /tmp is full") {
		t.Errorf("error %v", err)
	}
}
