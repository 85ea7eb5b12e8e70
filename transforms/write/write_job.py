"""WriteJob: stages the rows of a cluster's job on its workers, and makes them visible in its last steps."""

from dataclasses import dataclass

import apache_beam as beam

from newsbeam.transforms.write.commit_job import CommitJob
from newsbeam.transforms.write.rows import Rows
from newsbeam.transforms.write.stage_rows import StageRows
from newsbeam.transforms.write.store import Store


@dataclass
class WriteJob(beam.PTransform):
    """Writes all rows of a job: readers see all of them or none (see StageRows and CommitJob).

    Input: a bounded PCollection of `Rows`, in any order. Output: the number of files that are visible, once.

    Attributes:
        store: The output.
        job: The id of the job.
    """

    store: Store
    job: str

    def expand(self, rows: beam.PCollection[Rows]) -> beam.PCollection[int]:
        staged = rows | "StageRows" >> StageRows(self.store, self.job)
        return staged | "CommitJob" >> CommitJob(self.store, self.job)
