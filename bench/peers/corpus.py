"""Reading and encoding for the Python peers: the same words as Nestnet's.

A word is what package data/bow says it is: a run of letters and digits, lower-cased,
with apostrophes only inside. All Python peers get these words and this dictionary, and
not those of scikit-learn's default pattern (which drops words of one letter and cuts
"don't" in two), so that a difference in accuracy or time is one of training.
"""

import gzip
import re
import time
import unicodedata
from array import array
from collections import Counter

import numpy as np

MAX_WORDS = 25762
MAX_TOKEN_BYTES = 1024  # as bow.MaxTokenBytes

ASCII_WORD = re.compile("[a-z0-9]+(?:'[a-z0-9]+)*")


def lines(path):
    """Yields (label, text) of a TSV file, plain or .gz."""
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", newline="\n") as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\r\n")
            if not line:
                continue
            label, tab, text = line.partition("\t")
            if not tab:
                raise SystemExit(f"{path}:{number}: no tab between label and text")
            yield label, text


def unicode_word(texts):
    """A pattern for words with letters beyond ASCII, made for the letters that occur."""
    letters, marks = [], []
    for c in sorted({c for t in texts if not t.isascii() for c in t if c > "\x7f"}):
        category = unicodedata.category(c)
        if category[0] == "L" or category == "Nd":
            letters.append(re.escape(c))
        elif category[0] == "M":
            marks.append(re.escape(c))
    letter = "A-Za-z0-9" + "".join(letters)
    return re.compile(f"[{letter}](?:[{letter}{''.join(marks)}]|['\u2019](?=[{letter}]))*")


def words(text, pattern):
    if text.isascii():
        found = ASCII_WORD.findall(text.lower())
        return found if max(map(len, found), default=0) <= MAX_TOKEN_BYTES else [
            w for w in found if len(w) <= MAX_TOKEN_BYTES]
    # Each word is lower-cased by itself: what a final sigma becomes must not depend on
    # the text around.
    out = []
    for w in pattern.findall(text):
        w = w.replace("\u2019", "'")
        if len(w.encode()) <= MAX_TOKEN_BYTES:
            out.append(w.lower())
    return out


class Part:
    """Documents as rows of ascending word numbers, in one array with offsets (CSR)."""

    def __init__(self, offsets, indices, classes):
        self.offsets = np.asarray(offsets, dtype=np.int64)
        self.indices = np.asarray(indices, dtype=np.int32)
        self.classes = np.asarray(classes, dtype=np.int64)

    def __len__(self):
        return len(self.classes)

    def csr_matrix(self, columns):
        from scipy.sparse import csr_matrix

        ones = np.ones(len(self.indices), dtype=np.float32)
        return csr_matrix((ones, self.indices, self.offsets.astype(np.int32)), shape=(len(self), columns))


class Corpus:
    """A training and a test part, encoded; seconds says how long that took."""

    def __init__(self, train_path, test_path):
        start = time.perf_counter()
        train, test = list(lines(train_path)), list(lines(test_path))
        read = time.perf_counter()
        self.labels = sorted({label for label, _ in train})
        self.train, self.test = self._encode(train, test)
        self.seconds = {"read": read - start, "encode": time.perf_counter() - read}

    def _encode(self, train, test):
        pattern = unicode_word([text for part in (train, test) for _, text in part])
        count, rows = Counter(), []
        for _, text in train:
            found = words(text, pattern)
            count.update(found)
            rows.append(set(found))
        # The most frequent words, of equally frequent ones the first in the alphabet;
        # then in alphabetical order (that of their bytes, which UTF-8 makes that of the runes).
        most = sorted(count, key=lambda w: (-count[w], w))[:MAX_WORDS]
        self.words = sorted(most)
        index = {w: i for i, w in enumerate(self.words)}
        class_of = {label: i for i, label in enumerate(self.labels)}

        def part(rows, labels):
            offsets, indices, classes = array("q", [0]), array("i"), array("q")
            for row, label in zip(rows, labels):
                indices.extend(sorted(index[w] for w in row if w in index))
                offsets.append(len(indices))
                classes.append(class_of[label])
            return Part(offsets, indices, classes)

        return (part(rows, (label for label, _ in train)),
                part((set(words(text, pattern)) for _, text in test), (label for label, _ in test)))
