"""Training steps: unit vectors -> scores -> loss -> gradients of patches, words and A1..A4.

dense     loss = sum of S * G, every pair has a gradient
hinge     the hardest negatives, through the whole graph
twopass   the hardest negatives are found without a graph, then they and the true pairs are scored again with one
"""

import time

import torch

import interaction

layouts = {"standard": interaction.standard, "innermost": interaction.innermost}


class Step:
    def __init__(self, r, leaves, padding, temperature, before):
        self.form, self.layout, self.before = r["form"], r["layout"], before
        self.leaves = [x.requires_grad_(True) for x in leaves]
        self.padding, self.temperature = padding, temperature
        B = leaves[0].shape[0]
        self.dense = torch.sin(torch.arange(B * B, dtype=torch.float32)).view(B, B)
        compiled = (lambda f, **o: torch.compile(f, **o)) if r["compile"] else (lambda f, **o: f)
        self.whole = compiled(self.losses)
        self.first = compiled(self.scores)
        self.again = compiled(interaction.pairwise)

    def scores(self, rows, words, padding, A1, A2, A3, A4, t):
        if self.layout == "innermost":
            return interaction.innermost(rows.permute(2, 1, 0).contiguous(), words, padding, A1, A2, A3, A4, t).t()
        return interaction.standard(rows, words, padding, A1, A2, A3, A4, t)

    def losses(self, rows, words, padding, A1, A2, A3, A4, t):
        S = self.scores(rows, words, padding, A1, A2, A3, A4, t)
        return (S * self.dense).sum() if self.form == "dense" else interaction.hinge(S)

    def two_passes(self):
        rows, words, A1, A2, A3, A4 = self.leaves
        margin, B = 0.2, rows.shape[0]
        with torch.no_grad():
            S = self.first(rows, words, self.padding, A1, A2, A3, A4, self.temperature)
            others = S.clone().fill_diagonal_(-float("inf"))
            own = torch.arange(B)
            i = torch.cat([own, own, others.argmax(0)])  # true pairs, a row's hardest caption, a column's hardest image
            j = torch.cat([own, others.argmax(1), own])
        padding = None if self.padding is None else self.padding[j]
        s = self.again(rows[i], words[j], padding, A1, A2, A3, A4, self.temperature)
        true, row, column = s[:B], s[B : 2 * B], s[2 * B :]
        return (margin + row - true).relu().sum() + (margin + column - true).relu().sum()

    def once(self):
        for leaf in self.leaves:
            leaf.grad = None
        if self.form == "twopass":
            loss = self.two_passes()
        else:
            rows, words, A1, A2, A3, A4 = self.leaves
            loss = self.whole(rows, words, self.padding, A1, A2, A3, A4, self.temperature)
        loss.backward()
        return loss

    def warm_up(self):
        self.before()
        self.once()
        return float(self.once())

    def run(self):
        self.before()
        began = time.perf_counter()
        self.once()
        return {"seconds": time.perf_counter() - began}
