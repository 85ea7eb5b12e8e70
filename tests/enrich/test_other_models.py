import json

import pytest
import spacy
from spacy.training import Example

from newsbeam.transforms.enrich.entities import tag_stories, tag_texts
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.other_models import (
    GLINER_LABELS,
    LOADERS,
    OtherModel,
    load_gliner,
    load_natasha,
    load_transformers,
    parts,
)
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


@pytest.fixture(scope="module")
def tiny_gliner(tmp_path_factory):
    """Return the folder of a GLiNER model with random weights, that reads eight words at once."""
    gliner, transformers = pytest.importorskip("gliner"), pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("gliner")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "oslo", "is", "cold", ".", "person", "city"]
    (folder / "vocab.txt").write_text("\n".join(words))
    transformers.BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    transformers.BertModel(transformers.BertConfig(vocab_size=len(words), **size)).save_pretrained(folder)
    config = gliner.GLiNERConfig(model_name=str(folder), hidden_size=16, max_width=4, max_types=25, max_len=8)
    gliner.GLiNER.from_config(config).save_pretrained(folder / "model")
    return folder / "model"


@pytest.mark.filterwarnings("default")  # of torch and gliner
def test_a_gliner_model_reads_all_of_a_text(tiny_gliner, monkeypatch):
    monkeypatch.setattr("newsbeam.transforms.enrich.other_models._GLINER_THRESHOLD", 0.0)
    text = "Oslo is cold. " * 6
    found = load_gliner(str(tiny_gliner)).find([text, ""])
    assert all(label in GLINER_LABELS.values() and 0 <= start < end <= len(text) for start, end, label in found[0])
    assert max(end for _, end, _ in found[0]) > text.index(".", 60)
    assert found[1] == []


def test_parts_of_a_long_text():
    text = " ".join(f"w{number}" for number in range(20))
    spans = parts(text, 8)
    assert [text[start:end].split()[0] for start, end in spans] == ["w0", "w6", "w12"]
    assert text[slice(*spans[-1])].endswith("w19")
    assert parts("", 8) == []
    assert parts("Oslo is cold.", 8) == [(0, 13)]


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
