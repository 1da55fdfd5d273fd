"""Photographs to CLIP's numbers with Pillow and NumPy; see benchmarks/pictures.cpp."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import PIL
from PIL import Image

mean = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)[:, None, None]
scale = 1 / np.array([0.26862954, 0.26130258, 0.27577711], np.float32)[:, None, None]


def numbers(path, side):
    image = Image.open(path).convert("RGB")
    w, h = image.size
    w, h = (side, side * h // w) if w <= h else (side * w // h, side)
    image = image.resize((w, h), Image.Resampling.BICUBIC)
    left, top = (w - side) // 2, (h - side) // 2
    pixels = np.asarray(image.crop((left, top, left + side, top + side))).transpose(2, 0, 1)
    x = pixels.astype(np.float32)
    x *= np.float32(1 / 255)
    x -= mean
    x *= scale
    return np.ascontiguousarray(x)


class Role:
    def hello(self, r):
        return {"pillow": PIL.__version__, "numpy": np.__version__}

    def load(self, r):
        self.files, self.side = r["files"], r["side"]
        self.pool = ThreadPoolExecutor(r["threads"]) if r["threads"] > 1 else None  # Pillow works without the lock
        with open(r["path"], "wb") as file:
            for path in self.files[:r["compared"]]:
                file.write(numbers(path, self.side).tobytes())

    def run(self, r):
        began = time.perf_counter()
        one = lambda path: numbers(path, self.side)
        all = list(self.pool.map(one, self.files)) if self.pool else [one(path) for path in self.files]
        return {"seconds": time.perf_counter() - began, "count": len(all)}
