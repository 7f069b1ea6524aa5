package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// spec is the file kernel.json, from which Jupyter knows a kernel.
type spec struct {
	Argv        []string          `json:"argv"`
	DisplayName string            `json:"display_name"`
	Language    string            `json:"language"`
	Env         map[string]string `json:"env,omitempty"`
}

// install builds the generated sources and makes the kernel known to Jupyter.
func install(dir string) error {
	home, err := kernelHome(dir, "nestnet")
	if err != nil {
		return err
	}
	program := "nestnet-kernel" + exe()
	if err := build(filepath.Join(home, program), "./"+folder); err != nil {
		return err
	}
	return register(home, dir, spec{
		Argv: []string{"{resource_dir}/" + program, "{connection_file}"},
		// Gophernotes calls its language go; a notebook says so too.
		DisplayName: "Go (Nestnet)", Language: "go",
	})
}

// installGoNB builds GoNB and goimports, which it runs, and makes it known to Jupyter
// with the checkout of Nestnet that this module stands in.
func installGoNB(dir string) error {
	home, err := kernelHome(dir, "gonb")
	if err != nil {
		return err
	}
	checkout, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	for name, path := range map[string]string{"gonb": "github.com/janpfeifer/gonb", "goimports": "golang.org/x/tools/cmd/goimports"} {
		if err := build(filepath.Join(home, name+exe()), path); err != nil {
			return err
		}
	}
	return register(home, dir, spec{
		Argv:        []string{"{resource_dir}/gonb" + exe(), "--kernel", "{connection_file}", "--raw_error", "--go_work=" + checkout},
		DisplayName: "Go (gonb)", Language: "go",
		Env: map[string]string{
			"PATH": home + string(filepath.ListSeparator) + "${PATH}",
			// Linking is most of what a cell takes, and debug symbols a third of that.
			"GOFLAGS": strings.TrimSpace(os.Getenv("GOFLAGS") + " -ldflags=-w"),
		},
	})
}

// kernelHome makes the folder of a kernel.
func kernelHome(dir, name string) (string, error) {
	if dir == "" {
		data, err := dataFolder()
		if err != nil {
			return "", err
		}
		dir = data
	}
	home, err := filepath.Abs(filepath.Join(dir, "kernels", name))
	if err != nil {
		return "", err
	}
	return home, os.MkdirAll(home, 0o777)
}

// dataFolder is where Jupyter looks for the kernels of the user.
func dataFolder() (string, error) {
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no home folder to install in (%w); name one with -dir", err)
	}
	switch runtime.GOOS {
	case "darwin":
		return filepath.Join(home, "Library", "Jupyter"), nil
	case "windows":
		return filepath.Join(os.Getenv("APPDATA"), "jupyter"), nil
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "jupyter"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter"), nil
}

func build(out, path string) error {
	cmd := exec.Command("go", "build", "-o", out, path)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building %s: %w", path, err)
	}
	return nil
}

func register(home, dir string, s spec) error {
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(home, "kernel.json"), append(text, '\n'), 0o666); err != nil {
		return err
	}
	fmt.Printf("installed the kernel %q in %s\n", s.DisplayName, home)
	if dir != "" {
		fmt.Printf("Jupyter finds it with JUPYTER_PATH=%s\n", filepath.Dir(filepath.Dir(home)))
	}
	return nil
}

func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}
