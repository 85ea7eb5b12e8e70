"""JobFiles: what the steps of a cluster's job hand to each other as files, since it is too large for elements."""

import secrets
from dataclasses import dataclass

from newsbeam.transforms.write.commit import StagedFileError, job_folder
from newsbeam.transforms.write.store import Store


@dataclass(frozen=True)
class JobFiles:
    """Files below a job's folder in the output, deleted with it when the job has committed, or by the next run.

    Attributes:
        store: The output.
        job: The id of the job.
    """

    store: Store
    job: str

    def put(self, data: bytes) -> str:
        """Write a file of another name than all others; return its name."""
        name = f"{job_folder(self.job)}/aside/{secrets.token_hex(16)}"
        with self.store.write(name) as file:
            file.write(data)
        return name

    def get(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            StagedFileError: Another run has recovered the output while the job was running.
        """
        try:
            return self.store.read(name)
        except FileNotFoundError as error:
            raise StagedFileError(f"{name} is missing; run again") from error
