"""NewsbeamOptions: Beam options by which a job says what it runs, in its runner's user interface and in templates."""

import argparse
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions


class NewsbeamOptions(PipelineOptions):
    """What a job runs. newsbeam sets these; they don't change what a job does."""

    @classmethod
    def _add_argparse_args(cls, parser: argparse.ArgumentParser) -> None:
        group: Any = parser.add_argument_group("newsbeam")
        group.add_argument("--newsbeam_version", help="The version of newsbeam.")
        group.add_argument("--newsbeam_command", help="run or stream.")
        group.add_argument("--newsbeam_output", help="Where the job writes.")
        group.add_argument("--newsbeam_run_id", help="The row of the job in the table runs.")
        group.add_argument("--newsbeam_config_hash", help="The config, as in the table runs.")
