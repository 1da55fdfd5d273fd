"""One training step of MGAN in Python torch, written from docs/mathematics.md for whole batches, as one writes it: the
formulas there, layer by layer. Answers the requests of benchmarks/support/step_contestant.hpp.

Maxima are amax. torch.compile of torch 2.11 gives wrong gradients, silently, where S.max(0).values and S.max(1).values
are in one graph (docs/pitfalls.md)."""

import ctypes
import math
import resource
import time

import torch
import torch.nn.functional as F
from torch import nn

BF16 = torch.bfloat16


def keep_heap():
    """As include/mgan/train/keep_heap.hpp."""
    libc = ctypes.CDLL(None)
    for option, value in ((-4, 0), (-1, -1), (-2, 64 << 20), (-8, 1)):  # mmap_max, trim_threshold, top_pad, arena_max
        libc.mallopt(option, value)


class MeanChoice(torch.autograd.Function):
    """Y = mean over draws of onehot(top K of s + sigma z): (B, K, M). dY/ds = sum of onehot z' / (n sigma)."""

    @staticmethod
    def forward(ctx, scores, noise, k, sigma):
        index = (scores.unsqueeze(1) + sigma * noise).topk(k).indices.sort(-1).values.transpose(1, 2)  # (B, K, n)
        ctx.save_for_backward(index, noise)
        ctx.scale = 1 / (noise.shape[1] * sigma)
        y = torch.zeros(scores.shape[0], k, scores.shape[1], dtype=scores.dtype, device=scores.device)
        return y.scatter_add(-1, index, torch.ones((), dtype=y.dtype, device=y.device).expand_as(index)) / noise.shape[1]

    @staticmethod
    def backward(ctx, dY):
        index, noise = ctx.saved_tensors
        share = dY.gather(-1, index).sum(1)  # (B, n)
        return torch.einsum("bn,bnm->bm", share, noise) * ctx.scale, None, None, None


def interaction(x, A, real=None):
    """ISA(x; A) over the last axis."""
    n = x.shape[-1]
    hide = (lambda y: y) if real is None else (lambda y: y.masked_fill(~real, -math.inf))
    a = hide(F.linear(hide(x).softmax(-1), A[:n, :n])).softmax(-1)
    return (a * x).sum(-1)


class Mgan(nn.Module):
    kernels, dilations = (1, 3, 3, 3, 5, 5, 5), (1, 1, 2, 3, 1, 2, 3)

    def __init__(self, weights, z, tuned):
        super().__init__()
        self.z, self.tuned, self.names = z, tuned, list(weights)
        self.w = nn.ParameterDict({name.replace(".", "|"): nn.Parameter(x) for name, x in weights.items()})

    def at(self, name):
        key = name.replace(".", "|")
        return self.w[key] if key in self.w else None

    def linear(self, x, name):
        return F.linear(x, self.at(name + ".weight"), self.at(name + ".bias"))

    def heads(self, x, h):
        return x.unflatten(-1, (h, -1)).transpose(1, 2)  # (B, h, n, d / h)

    def attention(self, q, k, v, h, real):
        y = F.scaled_dot_product_attention(self.heads(q, h), self.heads(k, h), self.heads(v, h), attn_mask=real[:, None, None, :])
        return y.transpose(1, 2).flatten(2)

    def bert_layer(self, x, real):
        at = "tuned.0."
        norm = lambda y, name: F.layer_norm(y, y.shape[-1:], self.at(name + ".weight"), self.at(name + ".bias"), 1e-12)
        q, k, v = (self.linear(x, f"{at}attention.self.{n}") for n in ("query", "key", "value"))
        y = self.attention(q, k, v, self.z["layer_heads"], real)
        x = norm(self.linear(y, at + "attention.output.dense") + x, at + "attention.output.LayerNorm")
        y = self.linear(F.gelu(self.linear(x, at + "intermediate.dense")), at + "output.dense")
        return norm(y + x, at + "output.LayerNorm")

    def views(self, V):
        """Eq. (3): (B, R, D) -> (B, N, D), logits (B, R, N)."""
        at, x = "matcher.region_alignment.views.", V.transpose(1, 2)
        features = [F.relu(F.conv1d(x, self.at(f"{at}conv.{i}.weight"), self.at(f"{at}conv.{i}.bias"),
                                    padding=d * (k // 2), dilation=d)) for i, (k, d) in enumerate(zip(self.kernels, self.dilations))]
        A = self.linear(torch.cat(features, 1).transpose(1, 2), at + "assignment")
        return A.softmax(1).transpose(1, 2) @ V, A

    def sentence(self, t, real):
        at = "matcher.region_alignment.sentence."
        q, k, v = (self.linear(t, at + n) for n in ("query", "key", "value"))
        y = t + self.linear(self.attention(q, k, v, self.z["heads"], real), at + "output")
        return (y * real.unsqueeze(-1)).sum(1) / real.sum(1, keepdim=True)

    def selected(self, p, cls, noise):
        """Eq. (5): the mean choice of K patches, (B, K, D)."""
        at = "matcher.selector."
        norm = lambda x: F.layer_norm(x, x.shape[-1:], self.at(at + "norm.weight"), self.at(at + "norm.bias"))
        u, u_cls = (F.gelu(self.linear(norm(x), at + "project")) for x in (p, cls))
        both = torch.cat([u, u_cls.unsqueeze(1).expand_as(u)], -1)
        s = self.linear(F.gelu(self.linear(both, at + "score.0")), at + "score.2").tanh().squeeze(-1)
        return MeanChoice.apply(s.float(), noise, self.z["k"], 0.05).to(p.dtype) @ p

    def forward(self, regions, boxes, sizes, tokens, words, lengths, noise):
        x1, y1, x2, y2 = boxes.unbind(-1)
        W, H = sizes[:, :1], sizes[:, 1:]
        w, h = x2 - x1, y2 - y1
        place = torch.stack([x1 / W, y1 / H, w / W, h / H, w / h, w * h / (W * H)], -1)
        V = self.linear(regions, "matcher.regions.feature") * self.linear(place, "matcher.regions.position").sigmoid()
        views, A = self.views(V)

        real = torch.arange(words.shape[1], device=words.device) < lengths[:, None]  # [CLS] is the first
        if self.tuned:
            words = self.bert_layer(words, real).float()
        t = self.linear(words, "matcher.text.linear")
        t_cls, t, real = t[:, 0], t[:, 1:], real[:, 1:]
        unit = lambda x: F.normalize(x.float(), dim=-1)
        S_region = torch.einsum("ind,td->itn", unit(views), unit(self.sentence(t, real))).amax(-1)

        p = self.linear(F.gelu(self.linear(tokens, "matcher.patches.mlp.0")), "matcher.patches.mlp.2")
        p_cls, p = p[:, 0], p[:, 1:]
        S_global = unit(p_cls) @ unit(t_cls).T

        C = torch.einsum("ikd,tld->itkl", unit(self.selected(p, p_cls, noise)), unit(t))
        A1, A2, A3, A4 = (self.at(f"matcher.patch_alignment.A{i}") for i in (1, 2, 3, 4))
        w2p = interaction(interaction(C, A1, real[None, :, None, :]), A2)
        p2w = interaction(interaction(C.transpose(2, 3), A3), A4, real[None])
        return S_region.float() + 0.6 * S_global.float() + 0.1 * (w2p + p2w).float(), A.float()

    def loss(self, *batch):
        S, A = self(*batch)
        own, eye = S.diagonal(), torch.eye(S.shape[0], dtype=torch.bool, device=S.device)
        hinge = lambda own: (0.2 + S - own).clamp(min=0).masked_fill(eye, 0)
        ranking = hinge(own).amax(0).sum() + hinge(own[:, None]).amax(1).sum()
        B = F.normalize(A, dim=1)
        return ranking + 0.01 * (B.transpose(1, 2) @ B - torch.eye(B.shape[2], device=B.device)).square().sum()


class Role:
    def hello(self, r):
        return {"torch": torch.__version__}

    def load(self, r):
        torch.set_num_threads(r["threads"])
        if r["keep_heap"]:
            keep_heap()
        self.folder, self.bf16, z = r["folder"], r["bf16"], r["sizes"]
        self.device = torch.device(r["device"])
        at = lambda name, *shape: torch.from_file(f"{self.folder}/{name}", size=math.prod(shape), dtype=torch.float32).view(shape).clone().to(self.device)
        B, R = z["batch"], z["regions"]
        self.batch = [at("regions", B, R, z["d_r"]), at("boxes", B, R, 4), at("sizes", B, 2),
                      at("tokens", B, 1 + z["patches"], z["d_p"]), at("words", B, 1 + z["words"], z["d_w"]),
                      at("lengths", B).long()]
        self.noise = (B, z["draws"], z["patches"])
        self.model = Mgan({w["name"]: at("weight." + w["name"], *w["shape"]) for w in r["weights"]}, z, r["tuned"])
        self.loss = torch.compile(self.model.loss, dynamic=False) if r["mode"] == "compile" else self.model.loss
        self.adam = torch.optim.Adam(self.model.parameters(), lr=1e-4, fused=True)

    def step(self, r):
        usage = lambda: (time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF))
        began, before = usage()
        noise = torch.randn(self.noise, generator=torch.Generator(self.device).manual_seed(r["seed"]), device=self.device)
        self.adam.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, BF16, enabled=self.bf16):
            loss = self.loss(*self.batch, noise)
        forward = time.perf_counter()
        loss.backward()
        backward = time.perf_counter()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.adam.step()
        value = loss.item()
        ended, after = usage()
        return {"seconds": ended - began, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
                "system": after.ru_stime - before.ru_stime, "faults": after.ru_minflt - before.ru_minflt,
                "forward": forward - began, "backward": backward - forward, "optimiser": ended - backward, "loss": value}

    def gradients(self, r):
        for name in self.model.names:
            g = self.model.at(name).grad.cpu().contiguous()
            with open(f"{self.folder}/gradient.{r['who']}.{name}", "wb") as file:
                file.write(bytes((ctypes.c_char * (g.numel() * 4)).from_address(g.data_ptr())))

    def reset_peak(self, r):
        if self.device.type == "cuda":
            return torch.cuda.reset_peak_memory_stats()
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")

    def peak(self, r):
        if self.device.type == "cuda":
            return {"MB": torch.cuda.max_memory_allocated() / 1e6}
        with open("/proc/self/status") as file:
            return {"MB": next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) / 1024}
