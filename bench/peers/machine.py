"""What the figures depend on: the machine, the versions of everything, the environment."""

import os
import platform
import re
import subprocess
import threading


def said(*argv):
    """What a command prints, or "" where it is not there."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=60).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def deadline(process, seconds):
    """Ends a process that takes too long."""
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    return timer


def python_module(python, name):
    """The version of a Python module, or "" without it."""
    return said(python, "-c", f"import {name}; print({name}.__version__)")


def debian(package):
    return said("dpkg-query", "-W", "-f", "${Version}", package)


def first(pattern, path, default="?"):
    try:
        with open(path) as f:
            found = re.search(pattern, f.read(), re.M)
    except OSError:
        found = None
    return found.group(1).strip() if found else default


def describe(args):
    here = os.path.dirname(os.path.abspath(__file__))
    commit = said("git", "-C", here, "describe", "--always", "--dirty", "--tags")
    built = said("go", "version", "-m", args.fit)
    revision = re.search(r"vcs\.revision=(\w{1,12})", built)
    modified = "vcs.modified=true" in built
    versions = {
        "Nestnet": (revision.group(1) + (" with changes" if modified else "")) if revision
        else f"of unknown commit (the tree here is at {commit or '?'})",
        "Go": (re.search(r": (go\S+)", built) or [None, "?"])[1],
        "Python": said(args.python, "-V").removeprefix("Python "),
        "PyTorch": args.modules["torch"] and f"{args.modules['torch']} ({debian('python3-torch') or 'not from Debian'})",
        "scikit-learn": args.modules["sklearn"], "numpy": args.modules["numpy"],
        "scipy": python_module(args.python, "scipy"),
        "OpenBLAS": debian("libopenblas0-pthread") or debian("libopenblas0-openmp"),
        "fastText": debian("fasttext"), "liblinear": debian("liblinear-tools"),
    }
    return {
        "processor": first(r"^model name\s*:\s*(.*)$", "/proc/cpuinfo") + " (family {}, model {})".format(
            first(r"^cpu family\s*:\s*(.*)$", "/proc/cpuinfo"), first(r"^model\s*:\s*(.*)$", "/proc/cpuinfo")),
        "cores": len(os.sched_getaffinity(0)),
        "memory": int(first(r"^MemTotal:\s*(\d+)", "/proc/meminfo", "0")) / 2**20,
        "system": " ".join(filter(None, [first(r'^PRETTY_NAME="?([^"\n]*)', "/etc/os-release", ""),
                                         platform.system(), platform.release()])),
        "versions": {k: v or "not there" for k, v in versions.items()},
        "environment": {k: v for k, v in sorted(os.environ.items())
                        if re.match(r"(OMP|OPENBLAS|MKL|ATEN|MALLOC|GOMAXPROCS|GOGC|GOMEMLIMIT|GOAMD64|GODEBUG)", k)},
        "load": os.getloadavg()[0],
    }
