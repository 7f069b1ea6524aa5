"""Writes the files that fastText, liblinear and the prediction runs read.

    python3 prepare.py TRAIN TEST FOLDER

  train.tsv             the training part, unpacked
  train.ft, test.ft     __label__N text, the text as it is (fastText cuts it at white space)
  train.svm, test.svm   svmlight: presence of the dictionary's words, columns from 1
  texts.txt, one.txt    texts without labels to predict from, and the first of them
  dictionary.txt        the dictionary, a word a line

It runs in a process of its own: the peak memory of a process counts that of the process
that started it.
"""

import json
import sys

from corpus import Corpus, lines

# Prediction is timed over at least this much text, so that start-up does not show.
DOCUMENTS, BYTES = 100_000, 40_000_000


def main():
    train, test, folder = sys.argv[1:4]
    corpus = Corpus(train, test)
    class_of = {label: i for i, label in enumerate(corpus.labels)}
    texts, tokens = [], 0
    with open(f"{folder}/train.tsv", "w", encoding="utf-8", newline="\n") as f:
        for label, text in lines(train):
            f.write(f"{label}\t{text}\n")
    for name, path in (("train", train), ("test", test)):
        with open(f"{folder}/{name}.ft", "w", encoding="utf-8", newline="\n") as f:
            for label, text in lines(path):
                f.write(f"__label__{class_of[label]} {text}\n")
                texts.append(text)
                if name == "train":
                    # As fastText counts: the words, the label and the end of the line.
                    tokens += len(text.encode().split(None)) + 2
        part = getattr(corpus, name)
        with open(f"{folder}/{name}.svm", "w") as f:
            for i in range(len(part)):
                row = part.indices[part.offsets[i]:part.offsets[i + 1]]
                f.write(" ".join([str(part.classes[i] + 1)] + [f"{j + 1}:1" for j in row]) + "\n")
    size = sum(len(t) + 1 for t in texts)
    times = max(1, min(-(-DOCUMENTS // len(texts)), -(-BYTES // size)))
    with open(f"{folder}/texts.txt", "w", encoding="utf-8", newline="\n") as f:
        for _ in range(times):
            f.writelines(t + "\n" for t in texts)
    with open(f"{folder}/one.txt", "w", encoding="utf-8", newline="\n") as f:
        f.write(texts[0] + "\n")
    with open(f"{folder}/dictionary.txt", "w", encoding="utf-8", newline="\n") as f:
        f.writelines(w + "\n" for w in corpus.words)
    print(json.dumps({
        "train": len(corpus.train), "test": len(corpus.test), "classes": len(corpus.labels),
        "words": len(corpus.words), "fasttext_tokens": tokens, "texts": times * len(texts),
        "texts_bytes": times * size, "words_a_document": len(corpus.train.indices) / len(corpus.train),
    }))


main()
