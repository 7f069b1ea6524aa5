package safetensors

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/internal/replace"
)

// names returns the names of the files in a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model.safetensors")
	for _, f := range []*File{sample(), {Metadata: map[string]string{"second": "yes"}}} {
		if err := WriteFile(path, f); err != nil {
			t.Fatal(err)
		}
		got, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !equal(got, f) {
			t.Errorf("read %+v, wrote %+v", got, f)
		}
		if got := names(t, dir); !slices.Equal(got, []string{"model.safetensors"}) {
			t.Errorf("the folder holds %q", got)
		}
	}
}

func TestWriteFileRelative(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := WriteFile("model*", sample()); err != nil {
		t.Fatal(err)
	}
	if got := names(t, "."); !slices.Equal(got, []string{"model*"}) {
		t.Errorf("the folder holds %q", got)
	}
}

func TestWriteFilePermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits.")
	}
	dir := t.TempDir()
	mode := func(path string) fs.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode()
	}

	// A new file gets what os.Create would give it.
	plain, fresh := filepath.Join(dir, "plain"), filepath.Join(dir, "fresh")
	if err := os.WriteFile(plain, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(fresh, sample()); err != nil {
		t.Fatal(err)
	}
	if got, want := mode(fresh), mode(plain); got != want {
		t.Errorf("new file has permissions %v, want %v", got, want)
	}

	// An old one keeps its own, also those umask would take away.
	for _, want := range []fs.FileMode{0o600, 0o666} {
		if err := os.Chmod(fresh, want); err != nil {
			t.Fatal(err)
		}
		if err := WriteFile(fresh, sample()); err != nil {
			t.Fatal(err)
		}
		if got := mode(fresh); got != want {
			t.Errorf("replaced file has permissions %v, want %v", got, want)
		}
	}
}

func TestWriteFileLink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", link); err != nil {
		t.Skipf("No symbolic links here: %v.", err)
	}
	if err := WriteFile(link, sample()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if f, err := ReadFile(target); err != nil || !equal(f, sample()) {
		t.Errorf("target holds %+v, %v", f, err)
	}
}

// Whatever fails, the old file stays and nothing is left beside it.
func TestWriteFileErrors(t *testing.T) {
	bad := &File{Tensors: []Tensor{{Name: "a", Shape: []int{2}, F32: []float32{1}}}}
	diskFull := errors.New("disk full")
	tests := []struct {
		name  string
		write func(dir string) error
		want  string // with DIR for the folder
	}{
		{"file that cannot be written", func(dir string) error { return WriteFile(dir+"/old", bad) },
			`safetensors: DIR/old: tensor "a": 1 values, want 2 for shape [2]`},
		{"failure half way", func(dir string) error {
			return replace.File(dir+"/old", func(w io.Writer) error {
				if _, err := w.Write([]byte("half")); err != nil {
					return err
				}
				return diskFull
			})
		}, `disk full`},
		{"folder in the way", func(dir string) error { return WriteFile(dir+"/folder", sample()) },
			`safetensors: DIR/folder: not a regular file`},
		{"folder in the way at the last moment", func(dir string) error {
			return replace.File(dir+"/late", func(io.Writer) error { return os.Mkdir(dir+"/late", 0o755) })
		}, ``},
		{"missing folder", func(dir string) error { return WriteFile(dir+"/missing/new", sample()) }, ``},
		{"file for a folder", func(dir string) error { return WriteFile(dir+"/old/new", sample()) }, ``},
		{"slash at the end", func(dir string) error { return WriteFile(dir+"/new/", sample()) }, ``},
		{"no path", func(dir string) error { return WriteFile("", sample()) }, ``},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(dir+"/old", []byte("old content"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(dir+"/folder", 0o755); err != nil {
				t.Fatal(err)
			}
			err := test.write(dir)
			if err == nil {
				t.Fatal("no error")
			}
			if got := strings.ReplaceAll(err.Error(), dir, "DIR"); test.want != "" && got != test.want {
				t.Errorf("error\n%s, want\n%s", got, test.want)
			}
			if b, err := os.ReadFile(dir + "/old"); err != nil || !bytes.Equal(b, []byte("old content")) {
				t.Errorf("the old file holds %q, %v", b, err)
			}
			for _, name := range names(t, dir) {
				if name != "old" && name != "folder" && name != "late" {
					t.Errorf("%s is left", name)
				}
			}
		})
	}
}

func TestReadFileErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model")
	if err := os.WriteFile(path, build(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "x"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := ReadFile(path)
	if want := "safetensors: " + path + `: byte 22: tensor "a": unsupported dtype "U8", want F32, F64 or I64`; err == nil || err.Error() != want {
		t.Errorf("error\n%v, want\n%s", err, want)
	}
	var at *FormatError
	if !errors.As(err, &at) || at.Path != path || at.Tensor != "a" || !errors.Is(err, ErrDtype) {
		t.Errorf("error %#v", err)
	}
	if _, err := ReadFile(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "safetensors: ") {
		t.Errorf("missing file: error %v", err)
	}
	if _, err := ReadFile(dir); err == nil || err.Error() != "safetensors: "+dir+": not a regular file" {
		t.Errorf("folder: error %v", err)
	}
}
