"""WordPiece with Hugging Face's tokenizers (Rust); see benchmarks/tokens.cpp."""

import json
import os
import time


class Role:
    def hello(self, r):
        import tokenizers
        return {"tokenizers": tokenizers.__version__}

    def load(self, r):
        os.environ["RAYON_NUM_THREADS"] = str(r["threads"])  # read when the first batch is encoded
        os.environ["TOKENIZERS_PARALLELISM"] = "true" if r["threads"] > 1 else "false"
        from tokenizers import BertWordPieceTokenizer
        tokenizer = BertWordPieceTokenizer(r["vocabulary"])._tokenizer
        # Without offsets where that is offered: it is the faster way.
        self.encode = getattr(tokenizer, "encode_batch_fast", tokenizer.encode_batch)
        self.captions = r["captions"]
        with open(r["path"], "w") as file:
            json.dump([e.ids for e in self.encode(self.captions)], file)

    def run(self, r):
        began = time.perf_counter()
        self.encode(self.captions)
        return {"seconds": time.perf_counter() - began}
