"""The report of a comparison, as Markdown that can stand in docs/benchmarks.md."""

from statistics import mean, median

NAMES = {
    "net": "**Nestnet** `--layers 64,64`",
    "net1": "Nestnet on one core (`GOMAXPROCS=1`)",
    "lazy": "**Nestnet** `--layers 64,64 --solver lazyadam`",
    "linear": "**Nestnet** `--layers none`",
    "mlp": "scikit-learn MLPClassifier",
    "logistic": "scikit-learn LogisticRegression",
    "fasttext1": "fastText, 1 thread (no hidden layer)",
    "fasttext2": "fastText, 2 threads (no hidden layer)",
    "liblinear": "liblinear `-s 1 -c 0.1` (linear, with reading its file)",
}
TORCH = {
    "torch-adam": "PyTorch, Adam over the whole table",
    "torch-keep": "PyTorch, the same Adam, glibc told to keep memory",
    "torch-sparseadam": "PyTorch, SparseAdam (another algorithm: Nestnet's lazyadam)",
}


def name_of(key):
    stem, _, threads = key.rpartition("-")
    if stem in TORCH:
        return f"{TORCH[stem]}, {threads} thread" + ("s" if threads != "1" else "")
    return NAMES.get(key, key)


def number(x, digits=3):
    """x with that many digits that count, never in powers of ten."""
    if x is None:
        return ""
    if x == 0:
        return "0"
    places = digits
    while places > 0 and abs(x) >= 10 ** (digits - places):
        places -= 1
    return f"{x:,.{places}f}"


def row(*cells):
    return "| " + " | ".join(cells) + " |\n"


def table(*heads):
    return row(*heads) + "|---|" + "---:|" * (len(heads) - 1) + "\n"


class Figures:
    """The runs of one corpus, by key."""

    def __init__(self, runs):
        self.runs = runs

    def of(self, key, field, against=None):
        return [r[field] for r in self.runs
                if r["key"] == key and r.get(field) is not None and against in (None, r["against"])]

    def median(self, key, field):
        values = self.of(key, field)
        return median(values) if values else None

    def accuracy(self, key):
        by_round = {r["round"]: r["accuracy"] for r in self.runs if r["key"] == key and r.get("accuracy") is not None}
        return f"{mean(by_round.values()):.4f}" if by_round else ""

    def ratio(self, peer, ours, field, our_field=None, inverse=False):
        """The median over the rounds of the peer's figure to that of the run of ours just before."""
        ratios = []
        for r in self.runs:
            if r["key"] == peer and r.get(field):
                before = [o for o in self.runs if o["key"] == ours and o["against"] == peer and o["round"] == r["round"]]
                if before:
                    q = r[field] / before[0][our_field or field]
                    ratios.append(1 / q if inverse else q)
        return median(ratios) if ratios else None


def training(f, ours, peers):
    out = table("", "training, s", "to Nestnet", "test accuracy", "reading and encoding, s", "whole process, s", "peak, MiB")
    for key in [ours] + peers:
        if not f.of(key, "train"):
            continue
        read = [(r.get("read") or 0) + r["encode"] for r in f.runs if r["key"] == key and r.get("encode")]
        ratio = 1.0 if key == ours else f.ratio(key, ours, "train")
        out += row(name_of(key), number(f.median(key, "train")), number(ratio) if key != ours else "1", f.accuracy(key),
                   number(median(read)) if read else "", number(f.median(key, "whole")), number(f.median(key, "peak")))
    return out + "\n"


def jobs(f, facts):
    out = table("job", "Nestnet", "peer", "times as fast", "peak MiB, Nestnet", "peak MiB, peer")

    def add(job, ours, peer, our_field, field, unit, inverse=False):
        ratio = f.ratio(peer, ours, field, our_field, inverse)
        if ratio is None:
            return ""
        return row(job, number(f.median(ours, our_field)) + unit, number(f.median(peer, field)) + unit, number(ratio),
                   number(f.median(ours, "peak")), number(f.median(peer, "peak")))

    out += add("from the file of texts to the saved model, whole process; fastText, 2 threads",
               "whole", "fasttext2", "whole", "whole", " s")
    out += add("the same, training alone", "whole", "fasttext2", "train", "train", " s")
    out += add("dictionary and encoding; CountVectorizer(binary=True).fit_transform", "text", "count", "encode", "encode", " s")
    out += add(f"labels for {facts['texts']:,} texts ({facts['texts_bytes'] / 1e6:.0f} MB), texts a second; fastText predict, one thread each",
               "predict", "fasttext-predict", "rate", "rate", "", inverse=True)
    out += add("the same for one text, whole process", "predict", "fasttext-predict", "start", "start", " s")
    return out + "\n"


def corpus(b):
    f, facts = Figures(b.runs), b.facts
    out = (f"### {b.name}\n\n{facts['train']:,} training and {facts['test']:,} test documents, {facts['classes']} classes, "
           f"{facts['words']:,} words in the dictionary, {facts['words_a_document']:.0f} distinct ones in a document.\n\n")
    if not facts.get("same_dictionary"):
        out += "**Void: the peers' dictionary differs from Nestnet's.**\n\n"
    torch = [k for k in b.commands if k.startswith("torch-")]
    out += training(f, "net", ["net1"] + torch + ["mlp", "fasttext1", "fasttext2", "liblinear"])
    if f.of("lazy", "train"):
        out += training(f, "lazy", [k for k in torch if k.startswith("torch-sparseadam")])
    if f.of("linear", "train"):
        out += training(f, "linear", ["logistic", "liblinear"])
    if f.of("liblinear", "read"):
        out += (f"liblinear's time is that of the whole process; {number(f.median('liblinear', 'read'))} s of it is reading its file and "
                "one pass over the data (the same command with `-e 1e9`).\n\n")
    if f.of("whole", "whole") or f.of("text", "encode") or f.of("predict", "rate"):
        out += jobs(f, facts)
    for key, why in b.failures.items():
        out += f"Not measured: {name_of(key)} ({why}).\n\n"
    return out


def crowded(benches):
    """A sentence on the runs that had to wait for a processor: something else was running."""
    runs = [r for b in benches for r in b.runs if r["whole"] > 0.1]
    waited = [r for r in runs if r["cpu"] < 0.9 * r["whole"]]
    if not waited:
        return ""
    keys = ", ".join(dict.fromkeys(r["key"] for r in waited))
    return (f"**In {len(waited)} of {len(runs)} runs the process had a processor for less than nine tenths of the time "
            f"({keys}): something else was running, so repeat this on an idle machine.**\n")


def markdown(started, about, rounds, benches):
    v = about["versions"]
    out = f"## Run of {started:%Y-%m-%d %H:%M} UTC\n\n"
    out += f"{about['processor']}, {about['cores']} cores, {about['memory']:.0f} GiB, {about['system']}.\n"
    out += ", ".join(f"{k} {x}" for k, x in v.items()) + ".\n"
    if about["environment"]:
        out += "Set in the environment: " + ", ".join(f"`{k}={x}`" for k, x in about["environment"].items()) + ".\n"
    out += (f"Rounds: {rounds}, with seed{'s' if rounds > 1 else ''} {', '.join(str(r) for r in range(1, rounds + 1))}; "
            f"{about['seconds'] / 60:.0f} minutes; load average {about['load']:.1f} at the start, {about['load_end']:.1f} at the end.\n")
    out += crowded(benches)
    out += ("\nEach peer runs right after Nestnet. Times are medians, \"to Nestnet\" and \"times as fast\" the medians of the "
            "peer's time over that of the run of Nestnet just before (rates the other way round), accuracy the mean over the seeds.\n\n")
    for b in benches:
        out += corpus(b)
    commands = {}
    for b in benches:
        for key, command in b.commands.items():
            commands.setdefault(key, command)
    out += "### Commands\n\n```\n"
    for b in benches:
        out += f"TRAIN={b.variables['TRAIN']} TEST={b.variables['TEST']}   # {b.name}\n"
    out += "SEED=1   # the number of the round\nW=$(mktemp -d) HERE=bench/peers FIT=bin/fit PYTHON=" + benches[0].variables["PYTHON"] + "\n"
    for command in commands.values():
        out += command + "\n"
    return out + "```\n"
