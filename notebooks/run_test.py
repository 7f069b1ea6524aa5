"""Tests of run.py that need no Jupyter: python3 -m unittest discover -s notebooks -p '*_test.py'"""

import contextlib
import io
import json
import pathlib
import tempfile
import types
import unittest

import run


class Cell(types.SimpleNamespace):
    """A cell or an output as nbformat makes them: attributes that are items too."""

    def __getitem__(self, name):
        return getattr(self, name)

    def get(self, name, default=None):
        return getattr(self, name, default)


def stream(name, text):
    return Cell(output_type="stream", name=name, text=text)


def shown(**data):
    return Cell(output_type="execute_result", data=data)


class Sources(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        before = run.HERE, run.SOURCES
        self.addCleanup(lambda: (setattr(run, "HERE", before[0]), setattr(run, "SOURCES", before[1])))
        run.HERE = pathlib.Path(folder.name)
        run.SOURCES = run.HERE / "source"
        run.SOURCES.mkdir()

    def write(self, text, name="01-a.md"):
        source = run.SOURCES / name
        source.write_text(text)
        return source

    def test_read(self):
        for text, want in [
            ("# A\n\ntext\n\n```go\nx := 1\n\ny := 2\n```\n\nmore\n", [(False, "# A\n\ntext"), (True, "x := 1\n\ny := 2"), (False, "more")]),
            ("```go\na\n```\n```go\nb\n```\n", [(True, "a"), (True, "b")]),
            ("```text\nno cell\n```\n", [(False, "```text\nno cell\n```")]),
            ("    ```go\nindented\n", [(False, "    ```go\nindented")]),
            ("\n\n", []),
        ]:
            self.assertEqual(run.read(self.write(text)), want, text)

    def test_read_open(self):
        with self.assertRaisesRegex(run.Failure, "01-a.md:3: the block of code does not end"):
            run.read(self.write("a\n\n```go\nx := 1\n"))

    def check(self):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            code = run.check(sorted(run.SOURCES.glob("*.md")))
        return code, out.getvalue()

    def test_check(self):
        self.write("text\n```go\nx := 1\n\ny := 2\n```\n")
        self.assertEqual(self.check(), (1, "notebooks: 01-a.ipynb is not what source/01-a.md says: make notebooks-update\n"))
        cells = [{"cell_type": "markdown", "source": ["text"]}, {"cell_type": "code", "source": ["x := 1\n", "\n", "y := 2"]}]
        (run.HERE / "01-a.ipynb").write_text(json.dumps({"cells": cells}))
        self.assertEqual(self.check(), (0, ""))
        cells[1]["source"][0] = "x := 2\n"
        (run.HERE / "01-a.ipynb").write_text(json.dumps({"cells": cells}))
        self.assertEqual(self.check()[0], 1)

    def test_check_stray(self):
        (run.HERE / "02-b.ipynb").write_text("{}")
        self.assertEqual(self.check(), (1, "notebooks: 02-b.ipynb has no source/02-b.md\n"))

    def test_differing(self):
        source = self.write("```go\na\n```\n```go\nb\n```\n")
        saved = [{"cell_type": "code", "source": ["a"], "outputs": [{"output_type": "stream", "name": "stdout", "text": ["1\n", "2"]}]},
                 {"cell_type": "code", "source": ["b"], "outputs": [{"output_type": "execute_result", "data": {"text/plain": ["3"]}}]}]
        (run.HERE / "01-a.ipynb").write_text(json.dumps({"cells": saved}))

        def nb(first, second):
            return Cell(cells=[Cell(cell_type="markdown"), Cell(cell_type="code", outputs=[stream("stdout", first)]),
                               Cell(cell_type="code", outputs=[shown(**{"text/plain": second})])])
        self.assertEqual(run.differing(nb("1\n2", "3"), source), [])
        self.assertEqual(run.differing(nb("1\n2", "4"), source), ["[2]"])
        self.assertEqual(run.differing(nb("1\n", "4"), source), ["[1]", "[2]"])


class Outputs(unittest.TestCase):
    def test_crashed(self):
        for text, want in [("panic: boo\n\ngoroutine 1 [running]:\nexit status 2\n", True), ("signal: killed\n", True),
                           ("a warning\n", False), ("the exit status 2 of something\n", False), ("", False)]:
            self.assertEqual(bool(run.crashed(Cell(outputs=[stream("stderr", text)]))), want, text)
        self.assertFalse(run.crashed(Cell(outputs=[stream("stdout", "exit status 2\n"), shown(x="y")])))

    def test_normalise(self):
        cell = Cell(cell_type="code", metadata={"execution": {"iopub.status.busy": "2026"}, "tags": []}, outputs=[
            stream("stdout", "a"), stream("stdout", "b"), stream("stderr", "c"), stream("stdout", "d"), shown(x="y")])
        nb = Cell(cells=[cell], metadata={"language_info": {"name": "go", "version": "go1.26.8"}})
        run.normalise(nb)
        self.assertEqual([o.get("text") for o in cell.outputs], ["ab", "c", "d", None])
        self.assertEqual(cell.metadata, {"tags": []})
        self.assertEqual(nb.metadata["language_info"], {"name": "go", "file_extension": ".go"})

    def test_joined(self):
        def cells(*texts):
            return [Cell(cell_type="code" if t != "text" else "markdown", source=t, metadata={}) for t in texts]
        for given, want in [
            (["import a", "text", "func f()", "//gonb:%%\nf()", "//gonb:%%\nf()"], [("text",), ("import a\n\nfunc f()\n\n//gonb:%%\nf()", 1, 2, 3), ("//gonb:%%\nf()", 4)]),
            (["func f()", "import a", "var x"], [("func f()", 1), ("import a\n\nvar x", 2, 3)]),
            ([], []),
        ]:
            self.assertEqual([(c.source, *c.metadata.get("numbers", [])) for c in run.joined(cells(*given))], want)

    def test_paths(self):
        for output, want in [(stream("stdout", f"in {tempfile.gettempdir()}/x"), True), (shown(**{"text/html": f"<a href='{run.HERE.parent}/y'>"}), True),
                             (stream("stdout", "a/b"), False), (shown(**{"image/png": "iVBORw0KGgo="}), False)]:
            self.assertEqual(bool(run.paths(Cell(cells=[Cell(outputs=[output])]))), want, output)


if __name__ == "__main__":
    unittest.main()
