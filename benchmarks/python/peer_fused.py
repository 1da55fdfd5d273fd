"""Scoring and training steps in Python torch, eager or compiled; see benchmarks/fused_torch.cpp."""

import ctypes
import time

import torch

import interaction

layouts = {"standard": interaction.standard, "innermost": interaction.innermost}
libc = ctypes.CDLL(None)


def set_malloc(tuned):
    """As support/malloc_mode.hpp."""
    m_trim, m_mmap_threshold, m_mmap_max = -1, -3, -4
    libc.mallopt(m_mmap_threshold, 32 << 20)
    libc.mallopt(m_mmap_max, 0 if tuned else 65536)
    libc.mallopt(m_trim, -1 if tuned else 64 << 20)
    if not tuned:
        libc.malloc_trim(0)


class Role:
    def hello(self, request):
        return {"torch": torch.__version__}

    def load(self, r):
        """Maps the workload of the other side."""
        torch.set_num_threads(r["threads"])
        self.chunks = self.forms = self.steps = None
        I, T, K, L, D = (r[n] for n in ("images", "texts", "patches", "longest", "width"))
        at = lambda name, *shape: torch.from_file(r[name], size=torch.Size(shape).numel(), dtype=torch.float32).view(shape)
        self.temperature, self.lengths = r["temperature"], r["lengths"]
        self.rows, self.words = at("rows", I, K, D), at("words", T, L, D)
        self.A1, self.A2, self.A3, self.A4 = at("A1", L, L), at("A2", K, K), at("A3", K, K), at("A4", L, L)
        self.inner_rows = self.rows.permute(2, 1, 0).contiguous()  # (D, K, I)
        self.forms, self.steps = {}, {}

    def chunk(self, texts, form):
        """words (c, L, D), padding (c, L) or None, A1, A4 cut to L; a form is padded, sorted or full."""
        n = torch.tensor([self.lengths[t] for t in texts])
        L = int(n.max()) if form == "sorted" else self.words.shape[1]
        words = self.words[torch.tensor(texts), :L].contiguous()
        padding = torch.arange(L) >= n[:, None]
        if form == "full" or not bool(padding.any()):
            padding = None
        return words, padding, self.A1[:L, :L].contiguous(), self.A4[:L, :L].contiguous()

    def prepare(self, r):
        """A way to score all slices: r["slices"] lists the chunks (lists of captions) of every slice."""
        layout = r["layout"]
        function = layouts[layout]
        if r["compile"]:
            function = torch.compile(function, dynamic=r.get("dynamic"))
        slices = [[self.chunk(texts, r["form"]) for texts in chunks] for chunks in r["slices"]]
        began = time.perf_counter()
        way = {"function": function, "layout": layout, "slices": slices, "tuned": r.get("tuned", False)}
        self.forms[r["name"]] = way
        with torch.no_grad():
            seen = set()  # every shape once, so that nothing is compiled while the clock runs
            for chunks in slices:
                for chunk in chunks:
                    key = (chunk[0].shape, chunk[1] is None)
                    if key not in seen:
                        self.score(way, chunk)
                        seen.add(key)
        return {"seconds": time.perf_counter() - began}

    def score(self, way, chunk):
        words, padding, A1, A4 = chunk
        patches = self.inner_rows if way["layout"] == "innermost" else self.rows
        S = way["function"](patches, words, padding, A1, self.A2, self.A3, A4, self.temperature)
        return S.t() if way["layout"] == "innermost" else S

    def forget(self, r):
        self.forms.pop(r["name"], None)

    def run(self, r):
        if r["name"] in self.steps:
            return self.steps[r["name"]].run()
        way = self.forms[r["name"]]
        set_malloc(r.get("tuned", way["tuned"]))
        chunks = way["slices"][r["slice"]]
        with torch.no_grad():
            self.score(way, chunks[0])  # threads awake, pages had
            began = time.perf_counter()
            for chunk in chunks:
                self.score(way, chunk)
            return {"seconds": time.perf_counter() - began}

    def scores(self, r):
        """The scores of one slice, (I, captions of the slice), as raw floats."""
        way = self.forms[r["name"]]
        with torch.no_grad():
            S = torch.cat([self.score(way, chunk) for chunk in way["slices"][r["slice"]]], 1).contiguous()
        with open(r["path"], "wb") as file:
            file.write(bytes((ctypes.c_char * (S.numel() * 4)).from_address(S.data_ptr())))
        return {"shape": list(S.shape)}

    def step(self, r):
        """A training step on the first `batch` images and captions; see train.py."""
        import train

        batch, tuned = r["batch"], r.get("tuned", False)
        words, padding, A1, A4 = self.chunk(list(range(batch)), "sorted")
        weights = [w.clone() for w in (self.rows[:batch], words, A1, self.A2, self.A3, A4)]
        began = time.perf_counter()
        self.steps[r["name"]] = train.Step(r, weights, padding, self.temperature, lambda: set_malloc(tuned))
        loss = self.steps[r["name"]].warm_up()
        return {"seconds": time.perf_counter() - began, "loss": loss}
