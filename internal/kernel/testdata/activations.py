"""Writes activations.json: activations and their derivatives, from the definitions, in
mpmath 1.3.0 with 60 digits, rounded once to the nearest double.

    python3 activations.py > activations.json
"""
import json
from mpmath import mp, mpf, exp, log, tanh, sqrt, pi, erfc, expm1, log1p

mp.dps = 60


def phi(z):  # normal density
    return exp(-z * z / 2) / sqrt(2 * pi)


def Phi(z):  # normal distribution function
    return erfc(-z / sqrt(2)) / 2


def sigma(z):
    return 1 / (1 + exp(-z))


leak = mpf("0.01")
functions = {
    "linear": (lambda z: z, lambda z: mpf(1)),
    "relu": (lambda z: max(z, mpf(0)), lambda z: mpf(z > 0)),
    "leakyrelu": (lambda z: z if z > 0 else leak * z, lambda z: mpf(1) if z > 0 else leak),
    "elu": (lambda z: z if z > 0 else expm1(z), lambda z: mpf(1) if z > 0 else exp(z)),
    "sigmoid": (sigma, lambda z: sigma(z) * sigma(-z)),
    "tanh": (tanh, lambda z: 1 - tanh(z) ** 2),
    "softplus": (lambda z: log1p(exp(z)), sigma),
    "gelu": (lambda z: z * Phi(z), lambda z: Phi(z) + z * phi(z)),
    "swish": (lambda z: z * sigma(z), lambda z: sigma(z) + z * sigma(z) * sigma(-z)),
}
points = [-30.0, -12.5, -5.0, -2.0, -1.0, -0.5, -0.0625, -1e-8, 0.0,
          1e-8, 0.0625, 0.5, 1.0, 2.0, 5.0, 12.5, 30.0]
rows = [
    {"activation": name, "z": z, "f": float(f(mpf(z))), "slope": float(d(mpf(z)))}
    for name, (f, d) in functions.items() for z in points
]
print("[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]")
