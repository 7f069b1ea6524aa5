"""Predicts with a model file by what docs/model-file.md says of it, with nothing but numpy.

    /usr/bin/python3 predict.py MODEL < texts.json

Reads a JSON array of texts, writes one of the probabilities of each text's classes.
TestPythonReadsModels compares them with the program's.
"""

import json
import math
import struct
import sys
import unicodedata

import numpy


def read(path):
    """The metadata and the tensors of a safetensors file."""
    with open(path, "rb") as f:
        (length,) = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(length).decode("utf-8"))
        data = f.read()
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        dtype = {"F32": "<f4", "F64": "<f8", "I64": "<i8"}[t["dtype"]]
        tensors[name] = numpy.frombuffer(data[begin:end], dtype).reshape(t["shape"])
    return metadata, tensors


def words(text):
    """The words of a text, in lower case."""
    found, word = [], ""
    for i, c in enumerate(text):
        kind = unicodedata.category(c)
        if kind[0] == "L" or kind == "Nd" or word and kind[0] == "M":
            word += c
            continue
        after = unicodedata.category(text[i + 1]) if i + 1 < len(text) else ""
        if c in "'’" and word and (after[:1] == "L" or after == "Nd"):
            word += "'"
            continue
        found.append(word)
        word = ""
    found.append(word)
    short = [w.lower() for w in found if w and len(w.encode()) <= 1024]
    return [w for w in short if len(w.encode()) <= 1024]


def tokens(text, settings):
    """The words that are kept, and the runs of neighbouring ones."""
    stop = {w for entry in settings.get("stop_words") or [] for w in words(entry)}
    kept = [w for w in words(text) if len(w) >= settings["min_runes"] and w not in stop]
    return [" ".join(kept[i : i + n]) for n in range(1, settings["ngrams"] + 1) for i in range(len(kept) - n + 1)]


def murmur3(b):
    """MurmurHash3, x86, 32 bits, seed 0, as a signed number."""
    full = 0xFFFFFFFF
    rotate = lambda x, r: (x << r | x >> 32 - r) & full
    mix = lambda k: rotate(k * 0xCC9E2D51 & full, 15) * 0x1B873593 & full
    h, blocks = 0, len(b) // 4 * 4
    for i in range(0, blocks, 4):
        h = (rotate(h ^ mix(int.from_bytes(b[i : i + 4], "little")), 13) * 5 + 0xE6546B64) & full
    h ^= mix(int.from_bytes(b[blocks:], "little")) ^ len(b)
    h = (h ^ h >> 16) * 0x85EBCA6B & full
    h = (h ^ h >> 13) * 0xC2B2AE35 & full
    h ^= h >> 16
    return h - (1 << 32) if h >> 31 else h


def encode(texts, metadata, tensors, inputs):
    """x: a row for each text."""
    settings = json.loads(metadata["nestnet.encoder"])
    bits = settings.get("hash_bits", 0)
    if bits:
        column = lambda token: abs(murmur3(token.encode())) % 2**bits
    else:
        dictionary = metadata["nestnet.dictionary"].split("\n")[:-1]
        column = {w: i for i, w in enumerate(dictionary)}.get
    x = numpy.zeros((len(texts), inputs))
    for row, text in zip(x, texts):
        for token in tokens(text, settings["tokenizer"]):
            if (i := column(token)) is not None:
                row[i] += 1
    if settings["weighting"] == "presence":
        return numpy.minimum(x, 1)
    if settings["weighting"] == "tfidf":
        x *= tensors["idf"].astype(float)
        length = numpy.sqrt((x * x).sum(axis=1, keepdims=True))
        x /= numpy.where(length > 0, length, 1)
    return x


def softmax(z):
    e = numpy.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + numpy.exp(-z))


erf = numpy.vectorize(math.erf)

activations = {
    "linear": lambda z: z,
    "relu": lambda z: numpy.maximum(z, 0),
    "leakyrelu": lambda z: numpy.where(z > 0, z, 0.01 * z),
    "elu": lambda z: numpy.where(z > 0, z, numpy.expm1(numpy.minimum(z, 0))),
    "sigmoid": sigmoid,
    "tanh": numpy.tanh,
    "softplus": lambda z: numpy.logaddexp(0, z),
    "gelu": lambda z: z * (1 + erf(z / math.sqrt(2))) / 2,
    "swish": lambda z: z * sigmoid(z),
    "softmax": softmax,
}


def probabilities(f, network):
    """What the outputs say of each class."""
    loss, last = network["loss"], network["layers"][-1]["activation"]
    if loss == "logistic":
        p = sigmoid(f)
    elif loss == "hinge" or last == "tanh" and loss != "crossentropy":
        p = numpy.clip((f + 1) / 2, 0, 1)
    else:
        p = numpy.clip(f, 0, 1)
    if p.shape[1] == 1 and not network.get("multi_label"):
        p = numpy.hstack([1 - p, p])
    return p


def main():
    metadata, tensors = read(sys.argv[1])
    assert int(metadata["nestnet.version"]) <= 1
    network = json.loads(metadata["nestnet.network"])
    f = encode(json.load(sys.stdin), metadata, tensors, network["inputs"])
    for i, layer in enumerate(network["layers"], 1):
        z = f @ tensors[f"layer{i}.weight"].astype(float) + tensors[f"layer{i}.bias"].astype(float)
        f = activations[layer["activation"]](z)
    json.dump(probabilities(f, network).tolist(), sys.stdout)


main()
