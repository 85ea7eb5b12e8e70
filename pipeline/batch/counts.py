"""The counters of a finished graph, and the part of a run's summary that comes from them."""

from collections import Counter
from typing import Any

from apache_beam.metrics import MetricsFilter

from newsbeam.pipeline.config.model import Config
from newsbeam.transforms.runtime import metrics


def count_results(result: Any) -> Counter[str]:
    """Return newsbeam's counters of a finished pipeline, by name."""
    counters = result.metrics().query(MetricsFilter().with_namespace(metrics.NAMESPACE))["counters"]
    counts: Counter[str] = Counter()
    for counter in counters:
        # Runners for clusters report attempted values only; those of a job that ran twice are of its last attempt.
        counts[counter.key.metric.name] += counter.committed or counter.attempted or 0
    return counts


def named_counts(counts: Counter[str], prefix: str) -> dict[str, int]:
    """Return the counters "prefix:name" and "prefix:detail:name", by name."""
    named: Counter[str] = Counter()
    for counter, number in counts.items():
        if counter.startswith(f"{prefix}:"):
            named[counter.rpartition(":")[2]] += number
    return named


def counted_rows(config: Config, counts: Counter[str]) -> dict[str, Any]:
    """Return the attributes of a Summary that count entries, paragraphs, entities and dead letters."""
    return {
        "entries_new": counts[metrics.ENTRIES_NEW],
        "entries_updated": counts[metrics.ENTRIES_UPDATED],
        "entries_unchanged": counts[metrics.ENTRIES_UNCHANGED],
        "paragraphs_new": counts[metrics.PARAGRAPHS_NEW],
        "paragraphs_exact": counts[metrics.PARAGRAPHS_EXACT],
        "paragraphs_near": counts[metrics.PARAGRAPHS_NEAR],
        "paragraphs_contained": counts[metrics.PARAGRAPHS_CONTAINED],
        "entities": counts[metrics.ENTITIES] if config.entities.models else None,
        "without_model": named_counts(counts, metrics.WITHOUT_MODEL),
        "dead_letters": named_counts(counts, metrics.DEAD_LETTERS),
        "repaired": counts[metrics.REPAIRED],
    }
