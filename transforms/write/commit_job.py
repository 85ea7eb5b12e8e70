"""CommitJob: makes all rows of a cluster's job visible in its last steps, once everything is staged.

    names of staged files, a seed -> one key -> "List": write the job's list -> one key -> "Finish": rename, polls last

The list decides. An engine may run either step twice, also concurrently: the first list that is written counts, with
the files of whichever attempt wrote it, and a file that is already in its place was renamed before.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import apache_beam as beam

from newsbeam.transforms.runtime.packing import ONE_KEY
from newsbeam.transforms.write.commit import finish_job, list_job
from newsbeam.transforms.write.store import Store

_SEED = ""


@dataclass
class CommitJob(beam.PTransform):
    """Commits the staged files of a job.

    Input: a bounded PCollection of names, as StageRows emits them. Output: the number of files that are visible, once.
    Key: one for all; an element is a name. Ordering: nothing is visible before the last name has arrived; then rows
    come before the entries that they belong to, and polls last. Delivery: repeated steps change nothing.

    Attributes:
        store: The output.
        job: The id of the job.
    """

    store: Store
    job: str

    def expand(self, names: beam.PCollection[str]) -> beam.PCollection[int]:
        # A job without rows commits as well, so that its folder is removed.
        seed = names.pipeline | "Seed" >> beam.Create([_SEED], reshuffle=False)
        return (
            (names, seed)
            | "Flatten" >> beam.Flatten()
            | "OneKey" >> beam.WithKeys(ONE_KEY).with_output_types(tuple[str, str])
            | "GatherNames" >> beam.GroupByKey()
            | "List" >> beam.Map(_list, self.store, self.job).with_output_types(tuple[str, int])
            # The second GroupByKey makes the list durable before anything is renamed: it can't be decided anew while
            # "Finish" runs.
            | "GatherList" >> beam.GroupByKey()
            | "Finish" >> beam.Map(_finish, self.store, self.job)
        )


def _list(element: tuple[str, Iterable[str]], store: Store, job: str) -> tuple[str, int]:
    key, names = element
    return key, list_job(store, job, [name for name in names if name != _SEED])


def _finish(element: tuple[str, Iterable[int]], store: Store, job: str) -> int:
    finish_job(store, job)
    return sum(element[1])
