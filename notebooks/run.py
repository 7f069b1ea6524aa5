#!/usr/bin/python3
"""Runs the notebooks.

The text of a notebook is source/NAME.md: Markdown whose ```go blocks are the cells of code.
NAME.ipynb is written from it, with what the cells displayed when they were run.

    run.py                    run all notebooks in a temporary folder; an error in a cell fails
    run.py 03 04              only those whose names begin so
    run.py --kernel gonb      on GoNB instead of the kernel of notebooks/kernel; --each runs each cell alone
    run.py --update           and write NAME.ipynb, with the outputs
    run.py --check            only compare the text of NAME.ipynb with its source; runs nothing

Needs Debian's jupyter-nbconvert and jupyter-client. The kernels are looked for in
../bin/jupyter first (make notebooks-kernel writes there too), then where Jupyter does.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE / "source"
KERNEL = "nestnet"
GONB = "gonb"
STATEMENTS = "//gonb:%%"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="beginnings of names of notebooks (default: all)")
    parser.add_argument("--kernel", choices=[KERNEL, GONB], default=KERNEL)
    parser.add_argument("--each", action="store_true",
                        help="on GoNB, which compiles for seconds, run cells of declarations alone, not with the statements below them")
    parser.add_argument("--update", action="store_true", help="write the notebooks with their outputs")
    parser.add_argument("--check", action="store_true", help="only compare the notebooks with their sources")
    parser.add_argument("--html", metavar="FOLDER", help="write each executed notebook as a page to FOLDER, to look at")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="notebooks at a time (default %(default)s)")
    parser.add_argument("-v", "--verbose", action="store_true", help="print how long each cell took")
    args = parser.parse_args()

    sources = sorted(SOURCES.glob("*.md"))
    chosen = [s for s in sources if not args.names or any(s.name.startswith(n) for n in args.names)]
    if not chosen:
        sys.exit(f"notebooks: no notebook begins with {' or '.join(args.names)}; there are {', '.join(s.stem for s in sources)}")
    if args.check:
        sys.exit(check(chosen))
    if args.update and args.kernel != KERNEL:
        sys.exit("notebooks: the saved outputs are those of the kernel nestnet: leave out --kernel gonb or --update")

    os.environ["JUPYTER_PATH"] = os.pathsep.join(
        [str(HERE.parent / "bin" / "jupyter")] + os.environ.get("JUPYTER_PATH", "").split(os.pathsep)).rstrip(os.pathsep)
    # Notebook 11 calls fit.
    os.environ["PATH"] = os.pathsep.join([str(HERE.parent / "bin"), os.environ.get("PATH", os.defpath)])
    started = time.monotonic()
    failed = 0
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        runs = {pool.submit(run, s, args): s for s in chosen}
        for done in concurrent.futures.as_completed(runs):
            name = runs[done].stem
            try:
                print(f"ok    {name}  {done.result()}", flush=True)
            except Failure as e:
                failed += 1
                print(f"FAIL  {name}  {e}", flush=True)
    print(f"{len(chosen) - failed} of {len(chosen)} notebooks ran on {args.kernel} in {time.monotonic() - started:.0f} s")
    sys.exit(1 if failed else 0)


class Failure(Exception):
    """What is wrong with a notebook, for people."""


def read(source):
    """The cells of a source, as (is code, text)."""
    cells, lines, code, number = [], [], False, 0

    def close():
        text = "\n".join(lines).strip("\n")
        if text.strip():
            cells.append((code, text))
        lines.clear()

    for number, line in enumerate(source.read_text().split("\n"), 1):
        if not code and line.rstrip() == "```go":
            close()
            code, opened = True, number
        elif code and line.rstrip() == "```":
            close()
            code = False
        else:
            lines.append(line)
    if code:
        raise Failure(f"{source.name}:{opened}: the block of code does not end; a line ``` is missing")
    close()
    return cells


def notebook(source):
    """The notebook of a source, without outputs."""
    from nbformat import v4
    nb = v4.new_notebook(metadata={
        "kernelspec": {"name": KERNEL, "display_name": "Go (Nestnet)", "language": "go"},
        "language_info": {"name": "go", "file_extension": ".go"},
    })
    # Version 4.4 of the format: cells have no names, which would only be numbers here.
    nb.nbformat_minor = 4
    for code, text in read(source):
        cell = v4.new_code_cell(text) if code else v4.new_markdown_cell(text)
        del cell["id"]
        nb.cells.append(cell)
    return nb


def saved_cells(source):
    """The cells of a saved notebook, as JSON, or None where there is none."""
    saved = HERE / (source.stem + ".ipynb")
    return json.loads(saved.read_text())["cells"] if saved.exists() else None


def check(sources):
    """Compares the notebooks with their sources, without running them. Needs Python alone."""
    bad = []
    for source in sources:
        try:
            want, cells = read(source), saved_cells(source)
        except Failure as e:
            bad.append(str(e))
            continue
        if cells is None or [(c["cell_type"] == "code", "".join(c["source"])) for c in cells] != want:
            bad.append(f"{source.stem}.ipynb is not what source/{source.name} says: make notebooks-update")
    for saved in HERE.glob("*.ipynb"):
        if not (SOURCES / (saved.stem + ".md")).exists():
            bad.append(f"{saved.name} has no source/{saved.stem}.md")
    for text in bad:
        print("notebooks:", text)
    return 1 if bad else 0


def differing(nb, source):
    """Which cells of code displayed something else than what is saved."""
    cells = [c for c in saved_cells(source) or [] if c["cell_type"] == "code"]
    different = []
    for number, (cell, saved) in enumerate(zip([c for c in nb.cells if c.cell_type == "code"], cells), 1):
        if [displayed(o) for o in cell.outputs] != [displayed(o) for o in saved["outputs"]]:
            different.append(f"[{number}]")
    return different


def displayed(output):
    """What an output shows, in either form, as read from a file or as it came."""
    data = {"text": output["text"]} if output["output_type"] == "stream" else output.get("data", {})
    return {k: "".join(v) if isinstance(v, list) else v for k, v in data.items()}


def joined(cells):
    """The cells with those of declarations put before the statements below them, numbers as Jupyter shows them."""
    out, waiting, number = [], None, 0
    for cell in cells:
        if cell.cell_type != "code":
            out.append(cell)
            continue
        number += 1
        cell.metadata["numbers"] = [number]
        if waiting is not None and cell.source.startswith("import"):
            out.append(waiting)  # imports come first
            waiting = None
        if waiting is not None:
            cell.source = waiting.source + "\n\n" + cell.source
            cell.metadata["numbers"] = waiting.metadata["numbers"] + [number]
        waiting = cell
        if STATEMENTS in cell.source:
            out.append(waiting)
            waiting = None
    return out + [waiting] * (waiting is not None)


def run(source, args):
    """Runs a notebook in a folder of its own, and says how long it took."""
    import nbformat
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    nb, kernel = notebook(source), args.kernel
    if kernel == GONB:
        if not args.each:
            nb.cells = joined(nb.cells)
        # All modules are in the workspace of the kernel; asking the proxy for each cell
        # takes longer than compiling it.
        nb.cells.insert(0, nbformat.v4.new_code_cell("%noautoget"))
    started, times = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="notebook-") as folder:
        if (HERE / "data").is_dir():
            shutil.copytree(HERE / "data", pathlib.Path(folder) / "data")
        log = open(pathlib.Path(folder) / "kernel.log", "w+")
        client = NotebookClient(nb, kernel_name=kernel, timeout=600, startup_timeout=300, iopub_timeout=300,
                                raise_on_iopub_timeout=True, record_timing=False, resources={"metadata": {"path": folder}})
        try:
            with contextlib.ExitStack() as stack:
                start(client, stack, stderr=log, cwd=folder)
                number = 0
                for index, cell in enumerate(nb.cells):
                    if cell.cell_type != "code":
                        continue
                    number += 1
                    place = "cell " + "".join(f"[{n}]" for n in cell.metadata.get("numbers", [number - (kernel == GONB)]))
                    at = time.monotonic()
                    try:
                        client.execute_cell(cell, index)
                    except CellExecutionError as e:
                        raise Failure(f"{place}: {plain(e.evalue).strip()}\n{indent(cell.source)}") from None
                    except (CellTimeoutError, DeadKernelError) as e:
                        raise Failure(f"{place}: {e}\n{indent(cell.source)}\n{tail(log)}") from None
                    times.append(f"{time.monotonic() - at:.1f}")
                    if died := crashed(cell) if kernel == GONB else "":
                        raise Failure(f"{place}: {died}\n{indent(cell.source)}")
        except NoSuchKernel:
            raise Failure(f"the kernel {kernel} is not installed: make {'notebooks-kernel' if kernel == KERNEL else 'notebooks-gonb'}") from None
        except RuntimeError as e:
            raise Failure(f"the kernel does not start: {e}\n{tail(log)}") from None
        finally:
            log.close()
    took = f"{time.monotonic() - started:5.1f} s"
    normalise(nb)
    if found := paths(nb):
        raise Failure(f"displays a path of this machine: {found}")
    if args.html:
        from nbconvert import HTMLExporter
        out = pathlib.Path(args.html)
        out.mkdir(parents=True, exist_ok=True)
        # Its filter takes what draws out of a figure; in Jupyter a figure is an image.
        exporter = HTMLExporter(filters={"clean_html": lambda text: text})
        (out / (source.stem + ".html")).write_text(exporter.from_notebook_node(nb)[0])
    if args.update:
        nbformat.validate(nb)
        nbformat.write(nb, HERE / (source.stem + ".ipynb"))
    elif kernel == KERNEL and (cells := differing(nb, source)):
        took += f"  displays otherwise than what is saved in {' '.join(cells)}"
    return took + (f"  cells: {' '.join(times)}" if args.verbose else "")


def start(client, stack, **options):
    """Starts a kernel. One that finds a port taken in the meantime ends: Jupyter chooses the ports."""
    for attempt in range(3):
        try:
            return stack.enter_context(client.setup_kernel(**options))
        except RuntimeError:
            if attempt == 2:
                raise


def crashed(cell):
    """What ended the program of a cell on GoNB, which calls that a success."""
    text = "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stderr")
    if re.search(r"^(exit status \d+|signal: \w+)", text, re.M):
        return plain(text.strip())
    return ""


def normalise(nb):
    """Takes out of the outputs what another run would have otherwise."""
    for cell in nb.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        merged = []
        for o in cell.outputs:
            # How a text comes in pieces depends on the moment.
            last = merged[-1] if merged else None
            if last is not None and o.output_type == last.output_type == "stream" and o.name == last.name:
                last.text += o.text
            else:
                merged.append(o)
        cell.outputs = merged
    nb.metadata["language_info"] = {"name": "go", "file_extension": ".go"}


def paths(nb):
    """The first path of this machine among the outputs."""
    places = {str(HERE.parent), str(pathlib.Path.home()), tempfile.gettempdir()}
    for cell in nb.cells:
        for o in cell.get("outputs", []):
            texts = [o.text] if o.output_type == "stream" else [v for v in o.get("data", {}).values() if isinstance(v, str)]
            for text in texts:
                for place in places:
                    if len(place) > 1 and (at := text.find(place + "/")) >= 0:
                        return text[max(0, at - 20):at + 60]
    return None


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def indent(text):
    return "\n".join("      " + line for line in text.split("\n"))


def tail(log):
    """The last lines of a kernel's log, from its panic on if it had one."""
    log.flush()
    log.seek(0)
    lines = log.read().rstrip().split("\n")
    last = max([i for i, line in enumerate(lines) if line.startswith(("panic: ", "fatal error: "))], default=len(lines) - 15)
    return "\n".join(lines[max(0, last):][:15])


if __name__ == "__main__":
    main()
