import json

import pytest
import spacy
from spacy.training import Example

from newsbeam.transforms.enrich.entities import tag_stories, tag_texts
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.other_models import LOADERS, OtherModel, load_natasha, load_transformers
from newsbeam.transforms.enrich.packages import missing_models, model_versions


def test_a_model_of_ones_own(tmp_path, make_story):
    nlp = spacy.blank("sv")
    recogniser = nlp.add_pipe("ner")
    recogniser.add_label("PRS")
    texts = [(f"{name} talade i Malmö.", {"entities": [(0, len(name), "PRS")]}) for name in ("Anna", "Karl", "Siv")]
    examples = [Example.from_dict(nlp.make_doc(text), names) for text, names in texts]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(20):
        nlp.update(examples, sgd=optimizer)
    nlp.to_disk(tmp_path / "model")
    settings = EntitySettings({"sv": str(tmp_path / "model")})
    [story] = tag_stories([make_story("Title", "Anna talade i Malmö.", language="sv")], settings).stories
    assert [(entity.text, entity.label) for entity in story.paragraphs[0].entities] == [("Anna", "PRS")]


def test_spans_that_overlap_are_one(monkeypatch):
    found = [[(0, 4, "LOC"), (0, 9, "ORG"), (13, 16, "PER")]]
    monkeypatch.setitem(LOADERS, "gliner", lambda name: OtherModel(lambda texts: found))
    [entities] = tag_texts(["Oslo Bank of Eva"], "gliner:any")
    assert [(entity.text, entity.label) for entity in entities] == [("Oslo", "LOC"), ("Eva", "PER")]


def test_a_model_whose_library_is_missing(monkeypatch):
    monkeypatch.setattr("newsbeam.transforms.enrich.packages._is_installed", lambda package: False)
    [line] = missing_models({"en": "transformers:some/model"})
    assert line.startswith("entities.models.en: the model 'transformers:some/model' needs the package transformers")


def test_versions(english, tmp_path):
    assert model_versions({"en": english}) == {"en": ["en_core_web_sm 3.8.0"]}
    (tmp_path / "meta.json").write_text(json.dumps({"version": "1.2"}))
    assert model_versions({"de": str(tmp_path), "en": "gliner:x"})["de"] == [f"{tmp_path} 1.2"]


def test_a_token_classifier_of_transformers(tmp_path):
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("torch")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "oslo", "is", "cold", "."]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    transformers.BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        id2label={0: "O", 1: "B-LOC"},
        label2id={"O": 0, "B-LOC": 1},
    )
    transformers.BertForTokenClassification(config).save_pretrained(tmp_path)
    found = load_transformers(str(tmp_path)).find(["Oslo is cold.", ""])
    assert len(found) == 2
    assert all(label == "LOC" and 0 <= start < end <= 13 for start, end, label in found[0])


def test_russian_by_natasha():
    pytest.importorskip("slovnet")
    pytest.importorskip("navec")
    text = "Анна Орлова приехала в Москву."
    [found] = load_natasha("news").find([text])
    assert [(text[start:end], label) for start, end, label in found] == [("Анна Орлова", "PER"), ("Москву", "LOC")]


def test_what_to_install_for_russian(monkeypatch):
    monkeypatch.setattr("newsbeam.transforms.enrich.packages._is_installed", lambda package: False)
    [line] = missing_models({"ru": "natasha:news"})
    assert line.endswith("run `pip install natasha`")
