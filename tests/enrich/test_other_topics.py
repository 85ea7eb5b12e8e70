import pytest

from newsbeam.transforms.enrich import topics
from newsbeam.transforms.enrich.other_topics import chances, load_classifier, topic_of_label
from newsbeam.transforms.enrich.packages import missing_models
from newsbeam.transforms.enrich.topics import TopicSettings, tag_topics

SPORT, POLITICS = "medtop:15000000", "medtop:11000000"


@pytest.mark.parametrize(
    ("label", "topic"),
    [
        ("medtop:15000000", SPORT),
        ("15000000", SPORT),
        ("Sport", SPORT),
        ("politics  and government", POLITICS),
        ("LABEL_0", ""),
        ("medtop:99999999", ""),
    ],
)
def test_labels(label, topic):
    assert topic_of_label(label) == topic


def test_a_broader_topic_is_as_likely_as_a_narrower_one():
    found = [{"label": "competition", "score": 0.9}, {"label": "x", "score": 0.8}, {"label": "sport", "score": 0.2}]
    scores = chances(found, {"competition": "medtop:20000822", "sport": SPORT})
    assert scores[SPORT] >= scores["medtop:20000822"] > 0.8


def test_a_story_by_a_classifier(make_story, monkeypatch):
    texts = []

    def load(name):
        assert name == "transformers:own/topics"
        return lambda text: texts.append(text) or {SPORT: 1.0, POLITICS: 0.1}

    monkeypatch.setattr(topics, "load_classifier", load)
    settings = TopicSettings(model="transformers:own/topics")
    found = tag_topics(make_story("Cup final", "The hosts won.", subjects=(POLITICS,)), settings)
    assert {topic.qcode: topic.score for topic in found} == {POLITICS: 1.0, SPORT: 0.999}
    assert "The hosts won." in texts[0]
    assert tag_topics(make_story(""), settings) == ()


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setattr("newsbeam.transforms.enrich.packages._is_installed", lambda package: False)
    [line] = missing_models({}, "transformers:own/topics")
    assert line.startswith("topics.model: the model 'transformers:own/topics' needs the package transformers")


def test_a_tiny_classifier_of_transformers(tmp_path):
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("torch")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "hosts", "won", "."]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    transformers.BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    labels = {0: SPORT, 1: "politics and government", 2: "other"}
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
        id2label=labels,
        label2id={label: number for number, label in labels.items()},
        problem_type="multi_label_classification",
    )
    transformers.BertForSequenceClassification(config).save_pretrained(tmp_path)
    scores = load_classifier(f"transformers:{tmp_path}")("The hosts won. " * 100)
    assert set(scores) == {SPORT, POLITICS}
    assert all(0 <= score <= 1 for score in scores.values())
