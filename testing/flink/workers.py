"""Beam's Python workers for a Flink cluster on this machine: a worker pool on loopback, and the workers.

`apache_beam.runners.worker.worker_pool_main` listens on all interfaces and starts workers without the pipeline's
options (and so without the state cache). This is the same servicer on 127.0.0.1. Its workers follow the container
contract as the `boot` program of Beam's images does, but stage no artifacts: newsbeam is installed in the environment.

    python workers.py pool PORT BOOT          serve, and run BOOT for each worker
    python workers.py boot --id=... --provision_endpoint=... ...
"""

import argparse
import json
import logging
import os
import signal
import sys
from pathlib import Path

import grpc
from apache_beam.portability.api import (
    beam_fn_api_pb2_grpc,
    beam_provision_api_pb2,
    beam_provision_api_pb2_grpc,
    endpoints_pb2,
)
from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer
from apache_beam.utils.thread_pool_executor import shared_unbounded_instance
from google.protobuf import json_format, text_format


def serve_pool(port: int, boot: Path) -> None:
    """Start and stop workers at the request of task managers, until killed."""
    server = grpc.server(shared_unbounded_instance())
    server.add_insecure_port(f"127.0.0.1:{port}")
    servicer = BeamFnExternalWorkerPoolServicer(use_process=True, container_executable=str(boot))
    beam_fn_api_pb2_grpc.add_BeamFnExternalWorkerPoolServicer_to_server(servicer, server)
    server.start()
    signal.pause()


def boot(argv: list[str]) -> None:
    """Become the worker that the arguments describe (https://s.apache.org/beam-fn-api-container-contract)."""
    parser = argparse.ArgumentParser()
    for name in ("id", "logging_endpoint", "artifact_endpoint", "provision_endpoint", "control_endpoint"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args(argv)
    with grpc.insecure_channel(given.provision_endpoint) as channel:
        info = (
            beam_provision_api_pb2_grpc.ProvisionServiceStub(channel)
            .GetProvisionInfo(
                beam_provision_api_pb2.GetProvisionInfoRequest(), metadata=[("worker_id", given.id)], timeout=60
            )
            .info
        )
    environment = {
        "WORKER_ID": given.id,
        "PIPELINE_OPTIONS": json.dumps(json_format.MessageToDict(info.pipeline_options)),
        "LOGGING_API_SERVICE_DESCRIPTOR": _endpoint(given.logging_endpoint),
        "CONTROL_API_SERVICE_DESCRIPTOR": _endpoint(given.control_endpoint),
        "RUNNER_CAPABILITIES": " ".join(info.runner_capabilities),
    }
    worker = [sys.executable, "-m", "apache_beam.runners.worker.sdk_worker_main"]
    os.execve(worker[0], worker, os.environ | environment)


def _endpoint(url: str) -> str:
    return text_format.MessageToString(endpoints_pb2.ApiServiceDescriptor(url=url))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if sys.argv[1] == "pool":
        serve_pool(int(sys.argv[2]), Path(sys.argv[3]))
    boot(sys.argv[2:])
