"""scikit-learn's answers to the same jobs.

    python3 peer_sklearn.py mlp|logistic|count TRAIN TEST [--seed 1]

mlp is MLPClassifier on the network of the protocol (its L2 penalty off, as the others
have none), logistic is LogisticRegression as it comes, with enough iterations to
converge, count is CountVectorizer(binary=True).fit_transform on the training texts as they are, the
first time ("encode") and the best of three times after that ("again"), whose memory is there.
The last line of the output is a JSON object.
"""

import argparse
import json
import time
import warnings

from sklearn.exceptions import ConvergenceWarning

from corpus import Corpus, lines

HIDDEN, BATCH, EPOCHS, RATE = 64, 64, 5, 1e-3


def count(train):
    from sklearn.feature_extraction.text import CountVectorizer

    start = time.perf_counter()
    texts = [text for _, text in lines(train)]
    read = time.perf_counter()
    x = CountVectorizer(binary=True).fit_transform(texts)
    seconds = {"read": read - start, "encode": time.perf_counter() - read}
    again = []
    for _ in range(3):
        start = time.perf_counter()
        CountVectorizer(binary=True).fit_transform(texts)
        again.append(time.perf_counter() - start)
    return {"words": x.shape[1], "seconds": seconds | {"again": min(again)}}


def learn(kind, train, test, seed):
    if kind == "mlp":
        from sklearn.neural_network import MLPClassifier

        model = MLPClassifier(hidden_layer_sizes=(HIDDEN, HIDDEN), activation="relu", solver="adam",
                              learning_rate_init=RATE, batch_size=BATCH, max_iter=EPOCHS, alpha=0,
                              random_state=seed)
    else:
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(max_iter=1000, random_state=seed)
    corpus = Corpus(train, test)
    x = corpus.train.csr_matrix(len(corpus.words))
    start = time.perf_counter()
    model.fit(x, corpus.train.classes)
    seconds = dict(corpus.seconds, train=time.perf_counter() - start)
    accuracy = model.score(corpus.test.csr_matrix(len(corpus.words)), corpus.test.classes)
    return {"accuracy": accuracy, "words": len(corpus.words), "seconds": seconds}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("kind", choices=["mlp", "logistic", "count"])
    p.add_argument("train")
    p.add_argument("test")
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    # Five epochs are not convergence, and are not meant to be.
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(json.dumps(count(a.train) if a.kind == "count" else learn(a.kind, a.train, a.test, a.seed)))


main()
