"""The patch score in plain torch operations, Eq. (6)-(10), on unit vectors; the same as support/eager.hpp, line by line."""

import torch


def fill(x, padding):
    return x if padding is None else x.masked_fill(padding, -float("inf"))


def product(patches, words):
    """(I, K, D), (c, L, D) -> C (I, c, K, L)"""
    I, K, D = patches.shape
    c, L, _ = words.shape
    return torch.matmul(patches.view(I * K, D), words.view(c * L, D).t()).view(I, K, c, L).permute(0, 2, 1, 3)


def standard(patches, words, padding, A1, A2, A3, A4, t):
    """-> (I, c)"""
    C = product(patches, words)
    over_words = None if padding is None else padding[None, :, None, :]
    last = None if padding is None else padding[None]
    a = fill(torch.matmul(fill(C / t, over_words).softmax(-1), A1.t()) / t, over_words).softmax(-1)  # (I, c, K, L)
    s = (a * C).sum(-1)  # (I, c, K)
    b = (torch.matmul((s / t).softmax(-1), A2.t()) / t).softmax(-1)  # (I, c, K)
    Ct = C.transpose(2, 3)  # (I, c, L, K)
    q = (torch.matmul((Ct / t).softmax(-1), A3.t()) / t).softmax(-1)
    m = (q * Ct).sum(-1)  # (I, c, L)
    r = fill(torch.matmul(fill(m / t, last).softmax(-1), A4.t()) / t, last).softmax(-1)
    return ((b * s).sum(-1) + (r * m).sum(-1)) * 0.5


def innermost(patches, words, padding, A1, A2, A3, A4, t):
    """patches (D, K, I) -> (c, I)"""
    D, K, I = patches.shape
    c, L, _ = words.shape
    C = torch.matmul(words.view(c * L, D), patches.view(D, K * I)).view(c, L, K, I)
    over_words = None if padding is None else padding[:, :, None, None]
    last = None if padding is None else padding[:, :, None]
    y = torch.matmul(A1, fill(C / t, over_words).softmax(1).view(c, L, K * I)).view(c, L, K, I)
    s = (fill(y / t, over_words).softmax(1) * C).sum(1)  # (c, K, I)
    b = (torch.matmul(A2, (s / t).softmax(1)) / t).softmax(1)
    q = (torch.matmul(A3, (C / t).softmax(2)) / t).softmax(2)  # (c, L, K, I)
    m = (q * C).sum(2)  # (c, L, I)
    r = fill(torch.matmul(A4, fill(m / t, last).softmax(1)) / t, last).softmax(1)
    return ((b * s).sum(1) + (r * m).sum(1)) * 0.5


def pairwise(patches, words, padding, A1, A2, A3, A4, t):
    """patches (P, K, D), words (P, L, D) -> (P)"""
    C = torch.matmul(patches, words.transpose(1, 2))  # (P, K, L)
    over_words = None if padding is None else padding[:, None]
    a = fill(torch.matmul(fill(C / t, over_words).softmax(-1), A1.t()) / t, over_words).softmax(-1)
    s = (a * C).sum(-1)
    b = (torch.matmul((s / t).softmax(-1), A2.t()) / t).softmax(-1)
    Ct = C.transpose(1, 2)
    q = (torch.matmul((Ct / t).softmax(-1), A3.t()) / t).softmax(-1)
    m = (q * Ct).sum(-1)
    r = fill(torch.matmul(fill(m / t, padding).softmax(-1), A4.t()) / t, padding).softmax(-1)
    return ((b * s).sum(-1) + (r * m).sum(-1)) * 0.5


def hinge(S, margin=0.2):
    """Eq. (14) with the hardest negative of each row and column, summed."""
    own = S.diagonal()
    apart = 1 - torch.eye(S.shape[0], device=S.device)
    by_row = (margin + S - own[:, None]).relu() * apart
    by_column = (margin + S - own[None]).relu() * apart
    return by_row.amax(1).sum() + by_column.amax(0).sum()
