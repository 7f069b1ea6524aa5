"""Writes sparseadam.json: some steps of PyTorch's SparseAdam on a table whose rows come and go.

    python3 sparseadam.py >sparseadam.json

Run with PyTorch 1.13 (Debian's python3-torch), float64.
"""

import json

import torch

ROWS, COLS, STEPS, KEPT = 12, 2, 120, (1, 2, 10, 60, 120)
HYPER = {"lr": 0.01, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}

torch.manual_seed(3)
w = torch.randn(ROWS, COLS, dtype=torch.float64, requires_grad=True)
solver = torch.optim.SparseAdam([w], lr=HYPER["lr"], betas=(HYPER["beta1"], HYPER["beta2"]), eps=HYPER["eps"])
run = {"rows": ROWS, "cols": COLS, "steps": STEPS, "w0": w.tolist(), "grads": [], "weights_after": {}}
for step in range(1, STEPS + 1):
    # Row r comes about once in r+1 steps.
    rows = [r for r in range(ROWS) if torch.rand(()) < 1 / (r + 1)]
    grads = torch.randn(len(rows), COLS, dtype=torch.float64)
    w.grad = torch.sparse_coo_tensor([rows], grads, w.shape)
    solver.step()
    run["grads"].append({str(r): g for r, g in zip(rows, grads.tolist())})
    if step in KEPT:
        run["weights_after"][str(step)] = w.tolist()
print(json.dumps({"torch": torch.__version__, "hyper": HYPER, "gaps": run}))
