"""Runs Nestnet and its peers in turn on the same files and writes the table of ratios.

    python3 run.py [--rounds 3] [--data FOLDER] [TRAIN TEST ...]

make bench-peers builds fit, installs the peers and starts this. It needs only the
standard library; each peer runs in processes of its own.
"""

import argparse
import datetime
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import machine
import report

HERE = os.path.dirname(os.path.abspath(__file__))
TIME_LIMIT = 3600  # seconds a process

NET = "--layers 64,64 --epochs 5 --valid-fraction 0"
FASTTEXT = "-dim 64 -lr 0.5 -epoch 5"

# Whole-table Adam makes several temporary arrays of the table's size at each step. glibc
# gives them back to the system and takes them anew, and the page faults cost as much
# time as the arithmetic. These settings let the process keep its memory.
KEEP = {"MALLOC_MMAP_THRESHOLD_": 2**30, "MALLOC_TRIM_THRESHOLD_": 2**30, "MALLOC_TOP_PAD_": 2**26}


class Failed(Exception):
    """A command that did not end well. The comparison goes on without it."""


class Bench:
    """The programs, the files of one corpus, and everything measured on it."""

    def __init__(self, args, name, train, test, folder):
        self.args, self.name, self.folder = args, name, folder
        self.variables = {"TRAIN": train, "TEST": test, "W": folder, "HERE": HERE,
                          "FIT": args.fit, "PYTHON": args.python}
        self.runs = []        # every measurement, in the order of time
        self.commands = {}    # key → the command as one can type it
        self.failures = {}    # key → why there is no figure
        self.facts = self.json_of(self.shell("prepare", "$PYTHON $HERE/prepare.py $TRAIN $TEST $W")[0])

    def shell(self, key, command, seed=1, env=None):
        """Runs a command; returns its output, its errors, and what it used: seconds, processor seconds, MiB."""
        env = {k: str(v) for k, v in (env or {}).items()}
        shown = " ".join([f"{k}={v}" for k, v in env.items()] + [command])
        self.commands.setdefault(key, shown)
        argv = []
        for word in shlex.split(command.replace("$SEED", str(seed))):
            for k, v in self.variables.items():
                word = word.replace("$" + k, v)
            argv.append(word)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            start = time.perf_counter()
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       env=dict(os.environ, **env))
            timer = None
            try:
                timer = machine.deadline(process, TIME_LIMIT)
                # wait4 gives the usage of this process alone, where RUSAGE_CHILDREN
                # gives the largest of all so far.
                _, status, usage = os.wait4(process.pid, 0)
                seconds = time.perf_counter() - start
                process.returncode = os.waitstatus_to_exitcode(status)
            finally:
                if timer:
                    timer.cancel()
            out.seek(0)
            err.seek(0)
            output, errors = out.read().decode(errors="replace"), err.read().decode(errors="replace")
        if process.returncode != 0:
            last = (errors.strip() or output.strip() or "no message").splitlines()[-1]
            raise Failed(f"exit code {process.returncode}: {last}")
        return output, errors, {"whole": seconds, "cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss / 1024}

    @staticmethod
    def json_of(output):
        return json.loads(output.strip().splitlines()[-1])

    # Nestnet.

    def fit(self, key, flags, seed, env=None):
        output, _, used = self.shell(
            key, f"$FIT train {flags} --seed $SEED --json --quiet {self.args.fit_args}".strip(), seed, env)
        j = self.json_of(output)
        s = j["seconds"]
        return used | {"train": s["train"], "encode": s["read"], "words": j["vocabulary"],
                       "accuracy": (j.get("test") or {}).get("accuracy")}

    def net(self, seed):
        return self.fit("net", f"--data $TRAIN --test $TEST {NET}", seed)

    def net1(self, seed):
        return self.fit("net1", f"--data $TRAIN --test $TEST {NET}" + self.one_worker("train"), seed,
                        {"GOMAXPROCS": 1})

    def lazy(self, seed):
        return self.fit("lazy", f"--data $TRAIN --test $TEST {NET} --solver lazyadam", seed)

    def linear(self, seed):
        return self.fit("linear", f"--data $TRAIN --test $TEST {NET.replace('64,64', 'none')}", seed)

    def whole(self, seed):
        return self.fit("whole", f"--data $TRAIN {NET} --test-fraction 0 --model $W/model", seed)

    def text(self, seed):
        return self.fit("text", "--data $W/train.tsv --layers none --epochs 1 --valid-fraction 0 --test-fraction 0", seed)

    def predict(self, seed):
        one = self.one_worker("predict")
        return self.rate("predict", f"$FIT predict --model $W/model{one}", {"GOMAXPROCS": 1})

    def one_worker(self, command):
        """The flag that asks for one worker, where fit has it."""
        help_text = subprocess.run([self.args.fit, command, "--help"], capture_output=True, text=True).stdout
        return " --workers 1" if "--workers" in help_text else ""

    def rate(self, key, command, env=None):
        """Texts a second, beyond what it takes to start and to answer one."""
        output, _, many = self.shell(key, f"{command} $W/texts.txt", env=env)
        answered = len(output.splitlines())
        if answered != self.facts["texts"]:
            raise Failed(f"{answered} answers to {self.facts['texts']} texts")
        _, _, one = self.shell(key + "-one", f"{command} $W/one.txt", env=env)
        return many | {"rate": (answered - 1) / (many["whole"] - one["whole"]), "start": one["whole"]}

    # Peers.

    def python(self, key, script, threads, seed, env=None):
        output, _, used = self.shell(key, f"$PYTHON $HERE/{script}", seed,
                                     {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads} | (env or {}))
        j = self.json_of(output)
        s = j["seconds"]
        return used | {"train": s.get("train"), "read": s["read"], "encode": s["encode"],
                       "accuracy": j.get("accuracy"), "words": j["words"]}

    def torch(self, key, table, threads, env=None):
        return lambda seed: self.python(
            key, f"peer_torch.py $TRAIN $TEST --table {table} --threads {threads} --seed $SEED", threads, seed, env)

    def sklearn(self, kind):
        return lambda seed: self.python(kind, f"peer_sklearn.py {kind} $TRAIN $TEST --seed $SEED", 1, seed)

    def fasttext(self, key, threads):
        def run(seed):
            _, errors, used = self.shell(
                key, f"fasttext supervised -input $W/train.ft -output $W/{key} {FASTTEXT} -thread {threads} -seed $SEED", seed)
            # It reports words a second a thread, over the training alone.
            speed = int(errors.split("words/sec/thread:")[-1].split()[0])
            test, _, _ = self.shell(key + "-test", f"fasttext test $W/{key}.bin $W/test.ft")
            accuracy = float(test.split("P@1")[1].split()[0])
            return used | {"train": 5 * self.facts["fasttext_tokens"] / (speed * threads), "accuracy": accuracy}
        return run

    def fasttext_predict(self, seed):
        return self.rate("fasttext-predict", "fasttext predict $W/fasttext2.bin")

    def liblinear(self, seed):
        _, _, used = self.shell("liblinear", "liblinear-train -s 1 -c 0.1 $W/train.svm $W/liblinear")
        # The same with a tolerance that stops it after one pass: nearly all of that is
        # reading its file, which it does not report.
        _, _, read = self.shell("liblinear-read", "liblinear-train -s 1 -c 0.1 -e 1e9 $W/train.svm $W/liblinear1")
        output, _, _ = self.shell("liblinear-test", "liblinear-predict $W/test.svm $W/liblinear $W/liblinear.out")
        accuracy = float(output.split("Accuracy =")[1].split("%")[0]) / 100
        return used | {"train": used["whole"], "read": read["whole"], "accuracy": accuracy}

    def contests(self):
        """(key of the peer, what it needs, the job of ours it is held against, its job)."""
        have_torch, have_sklearn = self.args.modules["torch"], self.args.modules["sklearn"]
        fasttext, liblinear = shutil.which("fasttext"), shutil.which("liblinear-train")
        yield "net1", True, ["net"], self.net1
        for t in self.args.torch_threads:
            yield f"torch-adam-{t}", have_torch, ["net"], self.torch(f"torch-adam-{t}", "adam", t)
            yield f"torch-keep-{t}", have_torch, ["net"], self.torch(f"torch-keep-{t}", "adam", t, KEEP)
            yield f"torch-sparseadam-{t}", have_torch, ["net", "lazy"], self.torch(f"torch-sparseadam-{t}", "sparseadam", t)
        yield "mlp", have_sklearn, ["net"], self.sklearn("mlp")
        yield "fasttext1", fasttext, ["net"], self.fasttext("fasttext1", 1)
        yield "fasttext2", fasttext, ["net", "whole"], self.fasttext("fasttext2", 2)
        yield "liblinear", liblinear, ["net", "linear"], self.liblinear
        yield "logistic", have_sklearn, ["linear"], self.sklearn("logistic")
        yield "count", have_sklearn, ["text"], self.sklearn("count")
        yield "fasttext-predict", fasttext, ["predict"], self.fasttext_predict

    def measure(self, round_number, key, job, of):
        try:
            got = dict(job(round_number), key=key, round=round_number, against=of)
        except (Failed, ValueError, IndexError, KeyError) as e:
            self.failures[key] = str(e)
            self.say(f"{key}: {e}")
            return
        self.runs.append(got)
        figures = ", ".join(f"{k} {got[k]:.4g}" for k in ("train", "rate", "encode", "whole", "cpu", "accuracy", "peak") if got.get(k))
        self.say(f"round {round_number}, {key}: {figures}")

    def say(self, message):
        print(f"{self.name}: {message}", file=sys.stderr, flush=True)

    def run(self):
        ours = {"net": self.net, "lazy": self.lazy, "linear": self.linear, "whole": self.whole, "text": self.text, "predict": self.predict}
        # The model that predict reads, and the dictionary held against the peers' one.
        self.fit("whole", f"--data $TRAIN {NET} --test-fraction 0 --model $W/model", 1)
        self.check_dictionary()
        for r in range(1, self.args.rounds + 1):
            for key, present, against, job in self.contests():
                if not any(part in key for part in self.args.only):
                    continue
                if not present:
                    self.failures[key] = "not installed"
                    continue
                for name in against:
                    self.measure(r, name, ours[name], key)
                self.measure(r, key, job, key)

    def check_dictionary(self):
        """Holds the peers' dictionary to Nestnet's: the comparison is void if they differ."""
        with open(f"{self.folder}/model", "rb") as f:
            header = json.loads(f.read(int.from_bytes(f.read(8), "little")))
        with open(f"{self.folder}/dictionary.txt", encoding="utf-8", newline="\n") as f:
            same = f.read() == header["__metadata__"]["nestnet.dictionary"]
        self.facts["same_dictionary"] = same
        if not same:
            self.say("WARNING: corpus.py finds other words than fit")


def pairs_of(args):
    """The corpora as (name, train, test)."""
    if args.files:
        if len(args.files) % 2:
            sys.exit("bench-peers: files come in pairs: TRAIN TEST")
        pairs = list(zip(args.files[::2], args.files[1::2]))
    else:
        pairs = [(f"{args.data}/agnews.train.tsv.gz", f"{args.data}/agnews.test.tsv"),
                 (f"{args.data}/20news.train.tsv.gz", f"{args.data}/20news.test.tsv.gz")]
    out = []
    for train, test in pairs:
        absent = [p for p in (train, test) if not os.path.exists(p)]
        if absent:
            print(f"bench-peers: {' and '.join(absent)} not found. Give DATA=FOLDER with agnews and 20news in it, or "
                  "a pair of your own, FILES=\"TRAIN TEST\": lines of label<TAB>text, plain or .gz.", file=sys.stderr)
        else:
            out.append((os.path.basename(train).split(".")[0], os.path.abspath(train), os.path.abspath(test)))
    if not out:
        sys.exit(2)
    return out


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("files", nargs="*", metavar="TRAIN TEST", help="TSV files, plain or .gz, in pairs")
    p.add_argument("--data", default="../shared/data", help="folder with agnews and 20news (default %(default)s)")
    p.add_argument("--rounds", type=int, default=3, help="round N runs with seed N (default %(default)s)")
    p.add_argument("--fit", default="bin/fit", help="the program fit (default %(default)s)")
    p.add_argument("--fit-args", default="", help="further flags of fit train")
    p.add_argument("--python", default="/usr/bin/python3", help="a Python with torch and sklearn (default %(default)s)")
    p.add_argument("--torch-threads", default="1", help="numbers of threads to try PyTorch with, as in 1,2 (default %(default)s)")
    p.add_argument("--only", default="", help="parts of keys to run, as in torch,mlp (default all)")
    p.add_argument("--out", default=os.path.join(HERE, "out"), help="folder of the report (default bench/peers/out)")
    args = p.parse_args()
    args.only = args.only.split(",")
    args.torch_threads = [int(t) for t in args.torch_threads.split(",")]
    args.fit = os.path.abspath(args.fit)
    if not os.access(args.fit, os.X_OK):
        sys.exit(f"bench-peers: {args.fit} is not there; make build makes it")
    args.modules = {m: machine.python_module(args.python, m) for m in ("torch", "sklearn", "numpy")}
    if not args.modules["numpy"]:
        sys.exit(f"bench-peers: {args.python} has no numpy, which prepares the files; apt-get install python3-numpy, or PYTHON=...")
    pairs = pairs_of(args)

    started = datetime.datetime.now(datetime.timezone.utc)
    about = machine.describe(args)
    benches = []
    for name, train, test in pairs:
        # Beside the system's other temporary files: no text of a corpus stays behind.
        with tempfile.TemporaryDirectory(prefix="bench-peers-") as folder:
            b = Bench(args, name, train, test, folder)
            b.run()
            benches.append(b)
    about["seconds"] = (datetime.datetime.now(datetime.timezone.utc) - started).total_seconds()
    about["load_end"] = os.getloadavg()[0]

    os.makedirs(args.out, exist_ok=True)
    stem = os.path.join(args.out, "peers-" + started.strftime("%Y%m%d-%H%M%S"))
    text = report.markdown(started, about, args.rounds, benches)
    with open(stem + ".md", "w") as f:
        f.write(text)
    with open(stem + ".json", "w") as f:
        json.dump({"about": about, "corpora": [{"name": b.name, "facts": b.facts, "commands": b.commands,
                                               "failures": b.failures, "runs": b.runs} for b in benches]}, f, indent=1)
    print(text)
    print(f"bench-peers: {os.path.relpath(stem)}.md, every run in {os.path.relpath(stem)}.json", file=sys.stderr)


main()
