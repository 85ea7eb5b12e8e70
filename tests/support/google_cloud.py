"""A loopback server that accepts a Dataflow job: the parts of Cloud Storage and Dataflow that a submission calls.

with GoogleCloud() as cloud:
    subprocess.run(["newsbeam", "stream", ..., *cloud.arguments()], env={**os.environ, **cloud.environment()})
    cloud.jobs[0]            the request that created the job, JSON
    cloud.pipeline()         the pipeline that was staged for it
"""

import base64
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import google_crc32c
from apache_beam.portability.api import beam_runner_api_pb2

BUCKET = "newsbeam-test"
PROJECT = "project"
REGION = "europe-west1"


class GoogleCloud:
    """The server, as a context manager.

    Attributes:
        jobs: The bodies of the requests that created jobs.
        objects: The uploaded objects by their names in the bucket.
    """

    def __init__(self) -> None:
        self.jobs: list[dict[str, Any]] = []
        self.objects: dict[str, bytes] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.cloud = self  # type: ignore[attr-defined]

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The address of both services; "localhost" makes Beam use REST, not gRPC."""
        return f"http://localhost:{self._server.server_port}"

    def arguments(self) -> list[str]:
        """Return the options that submit a job to this server."""
        return [
            "--runner=DataflowRunner",
            f"--project={PROJECT}",
            f"--region={REGION}",
            f"--temp_location=gs://{BUCKET}/temp",
            f"--dataflow_endpoint={self.url}",
            "--no_auth",
        ]

    def environment(self) -> dict[str, str]:
        """Return the variables that send storage requests here, without credentials."""
        return {"STORAGE_EMULATOR_HOST": self.url, "NO_GCE_CHECK": "true", "GOOGLE_CLOUD_PROJECT": PROJECT}

    def pipeline(self) -> beam_runner_api_pb2.Pipeline:
        """Return the pipeline that was staged for the workers."""
        (name,) = (name for name in self.objects if name.endswith("/pipeline.pb"))
        return beam_runner_api_pb2.Pipeline.FromString(self.objects[name])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def _cloud(self) -> GoogleCloud:
        return self.server.cloud  # type: ignore[attr-defined,no-any-return]

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == f"/storage/v1/b/{BUCKET}":
            self._answer({"name": BUCKET, "projectNumber": "1"})
        elif path.endswith("/jobs/1/metrics"):
            self._answer({"metrics": []})
        elif "list-type=" in self.path:  # a list of objects by the XML API, which the output is read with
            self._send(b"<ListBucketResult/>", "application/xml")
        elif path.endswith("/o"):  # a list of objects
            self._answer({"kind": "storage#objects"})
        else:  # no object exists yet
            self._answer({"error": {"code": 404, "message": "not found"}}, 404)

    def do_POST(self) -> None:
        body = self._body()
        url = urlsplit(self.path)
        if url.path == f"/v1b3/projects/{PROJECT}/locations/{REGION}/jobs":
            self._cloud.jobs.append(json.loads(body))
            # Done, so that the submitting command doesn't wait.
            self._answer({"id": "1", "currentState": "JOB_STATE_DONE", "projectId": PROJECT, "location": REGION})
        elif parse_qs(url.query)["uploadType"] == ["resumable"]:
            name = json.loads(body)["name"]
            self._answer({}, location=f"{self.url}/upload/{name}")
        else:
            self._answer({"error": {"code": 400, "message": self.path}}, 400)

    def do_PUT(self) -> None:
        name = unquote(urlsplit(self.path).path.removeprefix("/upload/"))
        self._cloud.objects[name] = self._cloud.objects.get(name, b"") + self._body()
        checksum = base64.b64encode(google_crc32c.Checksum(self._cloud.objects[name]).digest()).decode()
        self._answer({"name": name, "bucket": BUCKET, "crc32c": checksum})

    @property
    def url(self) -> str:
        return self._cloud.url

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, body: dict[str, Any], status: int = 200, location: str | None = None) -> None:
        self._send(json.dumps(body).encode(), "application/json", status, location)

    def _send(self, data: bytes, media_type: str, status: int = 200, location: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(data)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""
