"""The network V→64→64→C on PyTorch: EmbeddingBag(sum) + Linear, relu, cross-entropy, Adam 1e-3.

    python3 peer_torch.py TRAIN TEST --table adam|sparseadam [--threads 1] [--seed 1]

The last line of its output is a JSON object. --table adam moves the whole table at
every step, which is Adam as published; --table sparseadam moves the rows of the batch
only (torch.optim.SparseAdam), which is another algorithm. Batches are put together with numpy from
arrays in memory: a DataLoader would be slower.
"""

import argparse
import json
import math
import time

import numpy as np
import torch
from torch import nn

from corpus import Corpus

HIDDEN, BATCH, EPOCHS, RATE = 64, 64, 5, 1e-3


class Net(nn.Module):
    def __init__(self, words, classes, sparse):
        super().__init__()
        self.table = nn.EmbeddingBag(words, HIDDEN, mode="sum", sparse=sparse, include_last_offset=True)
        self.bias = nn.Parameter(torch.zeros(HIDDEN))
        self.hidden = nn.Linear(HIDDEN, HIDDEN)
        self.out = nn.Linear(HIDDEN, classes)
        # Nestnet's first weights: He before relu, Glorot before softmax, biases 0.
        bound = math.sqrt(6 / words)
        nn.init.uniform_(self.table.weight, -bound, bound)
        bound = math.sqrt(6 / HIDDEN)
        nn.init.uniform_(self.hidden.weight, -bound, bound)
        nn.init.xavier_uniform_(self.out.weight)
        nn.init.zeros_(self.hidden.bias)
        nn.init.zeros_(self.out.bias)

    def forward(self, indices, offsets):
        z = torch.relu(self.table(indices, offsets) + self.bias)
        return self.out(torch.relu(self.hidden(z)))


def collate(part, rows):
    """The word numbers of some documents in one array, where each starts, and their classes."""
    offsets, indices = part.offsets, part.indices
    bags = [indices[offsets[r]:offsets[r + 1]] for r in rows]
    starts = np.zeros(len(rows) + 1, dtype=np.int32)
    np.cumsum([len(b) for b in bags], out=starts[1:])
    return (torch.from_numpy(np.concatenate(bags)), torch.from_numpy(starts),
            torch.from_numpy(part.classes[rows]))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("train")
    p.add_argument("test")
    p.add_argument("--table", choices=["adam", "sparseadam"], default="adam")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    random = np.random.default_rng(a.seed)

    corpus = Corpus(a.train, a.test)
    sparse = a.table == "sparseadam"
    net = Net(len(corpus.words), len(corpus.labels), sparse)
    if sparse:
        rest = [p for p in net.parameters() if p is not net.table.weight]
        solvers = [torch.optim.SparseAdam([net.table.weight], lr=RATE), torch.optim.Adam(rest, lr=RATE)]
    else:
        solvers = [torch.optim.Adam(net.parameters(), lr=RATE)]
    loss_of = nn.CrossEntropyLoss()

    start = time.perf_counter()
    for _ in range(EPOCHS):
        order = random.permutation(len(corpus.train))
        for k in range(0, len(order), BATCH):
            indices, offsets, classes = collate(corpus.train, order[k:k + BATCH])
            for s in solvers:
                s.zero_grad(set_to_none=True)
            loss = loss_of(net(indices, offsets), classes)
            loss.backward()
            for s in solvers:
                s.step()
    seconds = dict(corpus.seconds, train=time.perf_counter() - start)

    right = 0
    with torch.no_grad():
        for k in range(0, len(corpus.test), 256):
            indices, offsets, classes = collate(corpus.test, np.arange(k, min(k + 256, len(corpus.test))))
            right += int((net(indices, offsets).argmax(1) == classes).sum())
    print(json.dumps({"accuracy": right / len(corpus.test), "words": len(corpus.words),
                      "loss": float(loss), "seconds": seconds}))


main()
