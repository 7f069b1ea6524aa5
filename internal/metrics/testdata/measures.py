"""Writes measures.json, which golden_test.go reads: what scikit-learn makes of some answers.

    python3 measures.py > measures.json

The expected calibration error is not in scikit-learn; it is computed here by its definition
(Guo et al. 2017), with NumPy, in 15 bins (low, high].
"""
import json

import numpy as np
import sklearn
from sklearn import metrics


def ece(truth, p, bins=15):
    confidence, right = p.max(axis=1), p.argmax(axis=1) == truth
    edges = np.linspace(0, 1, bins + 1)
    total = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total


def case(name, truth, p):
    classes = p.shape[1]
    predicted = p.argmax(axis=1)
    c = {
        "name": name, "truth": truth.tolist(), "probabilities": p.tolist(),
        "accuracy": metrics.accuracy_score(truth, predicted),
        "macro_f1": metrics.f1_score(truth, predicted, average="macro"),
        "log_loss": metrics.log_loss(truth, p, labels=list(range(classes))),
        "ece": ece(truth, p),
    }
    if classes == 2:
        s = p[:, 1]
        fpr, tpr, thresholds = metrics.roc_curve(truth, s, drop_intermediate=False)
        precision, recall, pr_thresholds = metrics.precision_recall_curve(truth, s)
        c |= {
            "brier": metrics.brier_score_loss(truth, s),
            "roc_auc": metrics.roc_auc_score(truth, s),
            "average_precision": metrics.average_precision_score(truth, s),
            "roc": {"fpr": fpr[1:].tolist(), "tpr": tpr[1:].tolist(), "thresholds": thresholds[1:].tolist()},
            "pr": {"precision": precision[:-1].tolist(), "recall": recall[:-1].tolist(), "thresholds": pr_thresholds.tolist()},
        }
    return c


def two(rng, n, spread, digits=None):
    truth = rng.integers(0, 2, n)
    s = 1 / (1 + np.exp(-spread * (truth - 0.5) - rng.normal(0, 1.5, n)))
    if digits is not None:
        s = np.round(s, digits)
    return truth, np.column_stack([1 - s, s])


def several(rng, n, classes):
    truth = rng.integers(0, classes, n)
    z = rng.normal(0, 1, (n, classes))
    z[np.arange(n), truth] += 1.2
    p = np.exp(z)
    return truth, p / p.sum(axis=1, keepdims=True)


rng = np.random.default_rng(4)
cases = [
    case("two classes", *two(rng, 60, 2)),
    case("two classes, many ties", *two(rng, 80, 1.5, 1)),
    case("two classes, one score", np.array([0, 1, 1, 0, 1]), np.full((5, 2), 0.5)),
    case("two classes, perfect", np.array([0, 0, 1, 1]), np.array([[1, 0], [0.9, 0.1], [0.2, 0.8], [0, 1]])),
    case("two classes, sure and wrong", np.array([0, 1, 1, 0]), np.array([[0, 1], [0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])),
    case("three classes", *several(rng, 70, 3)),
    case("seven classes", *several(rng, 90, 7)),
]
print(json.dumps({"versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__}, "cases": cases}))
