"""Scoring and a step in Python torch on a GPU, eager and compiled; the rows beside those of benchmarks/cuda_torch.cpp.

    python cuda_scoring.py [--cpu] [WIDTH...]     --cpu: tiny and on the CPU, to see that it works

A line of JSON a row. Captions are sorted by length and padded to a multiple of four words in chunks of 250, which is
faster than padding all of them to 32."""

import json
import statistics
import sys
import time

import torch

import interaction

device = "cpu" if "--cpu" in sys.argv else "cuda"
widths = [int(a) for a in sys.argv[1:] if a != "--cpu"] or [512, 2048]
I, T, K, L, B, chunk = (500, 2500, 16, 32, 128, 250) if device == "cuda" else (8, 20, 4, 8, 6, 10)
temperature = 0.01


def unit(*shape):
    return torch.nn.functional.normalize(torch.randn(*shape, device=device), dim=-1)


def near_identity(n):
    return torch.eye(n, device=device) + 0.01 * torch.randn(n, n, device=device)


def measured(f):
    """Median seconds of five after two, and the peak of memory in MB above what was held."""
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None

    def once():
        wait()
        began = time.perf_counter()
        f()
        wait()
        return time.perf_counter() - began

    once()
    before = peak = 0
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
    once()
    if device == "cuda":
        peak = torch.cuda.max_memory_allocated()
    return {"seconds": statistics.median(once() for _ in range(5)), "MB": (peak - before) / 1e6}


def padded(words, lengths):
    """words (c, l, D) and padding (c, l), l the longest length, rounded up to a multiple of four."""
    l = min(L, (int(lengths.max()) + 3) // 4 * 4)
    return words[:, :l].contiguous(), torch.arange(l, device=device) >= lengths[:, None]


for D in widths:
    torch.manual_seed(1)
    rows, words = unit(I, K, D), unit(T, L, D)
    lengths = (14 + 2.5 * torch.randn(T, device=device)).round().long().clamp(1, L).sort().values
    A1, A2, A3, A4 = near_identity(L), near_identity(K), near_identity(K), near_identity(L)
    chunks = [padded(words[t : t + chunk], lengths[t : t + chunk]) for t in range(0, T, chunk)]
    some = torch.randperm(T, device=device)[:B]
    batch = padded(words[some], lengths[some])

    for kind in ("fp32", "tf32", "bf16"):
        torch.set_float32_matmul_precision("high" if kind == "tf32" else "highest")
        autocast = torch.autocast(device, torch.bfloat16, enabled=kind == "bf16")
        for who in ("torch eager", "torch.compile"):
            score = torch.compile(interaction.standard) if who == "torch.compile" else interaction.standard

            def scoring():
                with torch.no_grad(), autocast:
                    for w, p in chunks:
                        l = w.shape[1]
                        score(rows, w, p, A1[:l, :l].contiguous(), A2, A3, A4[:l, :l].contiguous(), temperature)

            leaves = [x.clone().requires_grad_() for x in (rows[:B], batch[0], A1, A2, A3, A4)]

            def losses(r, w, a1, a2, a3, a4):
                l = w.shape[1]
                return interaction.hinge(
                    interaction.standard(r, w, batch[1], a1[:l, :l], a2, a3, a4[:l, :l], temperature).float())

            loss = torch.compile(losses) if who == "torch.compile" else losses

            def step():
                for x in leaves:
                    x.grad = None
                with autocast:
                    value = loss(*leaves)
                value.backward()

            for what, f in (("scoring", scoring), ("step", step)):
                row = {"what": what, "who": who, "type": kind, "D": D}
                try:
                    row.update(measured(f))
                except Exception as error:  # a row that fails is a row that says so
                    row["error"] = f"{type(error).__name__}: {error}"[:300]
                print(json.dumps(row), flush=True)
