"""Cloud Storage's XML API in front of fake-gcs-server, which has most of the JSON API only.

obstore writes by the XML API. Each such request becomes one request of the JSON API with the same condition, and
fake-gcs-server decides; lists, reads and deletions are passed on.
"""

import http.client
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "GcsFront"

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        bucket, _, name = self.path.partition("?")[0].lstrip("/").partition("/")
        target = quote(unquote(name), safe="")
        if source := self.headers.get("x-goog-copy-source"):
            of, _, copied = source.lstrip("/").partition("/")
            copied = quote(unquote(copied), safe="")
            status, _, data = self._ask("POST", f"/storage/v1/b/{of}/o/{copied}/rewriteTo/b/{bucket}/o/{target}", b"{}")
            self._answer(status, {}, b"<CopyObjectResult/>" if status == 200 else data)
            return
        condition = self.headers.get("x-goog-if-generation-match")
        query = f"uploadType=media&name={target}" + (f"&ifGenerationMatch={condition}" if condition else "")
        status, _, data = self._ask("POST", f"/upload/storage/v1/b/{bucket}/o?{query}", body)
        if status != 200:
            self._answer(status, {}, data)
            return
        made = json.loads(data)
        self._answer(200, {"ETag": f'"{made["etag"]}"', "x-goog-generation": made["generation"]}, b"")

    def _pass_on(self) -> None:
        kept = {name: value for name, value in self.headers.items() if name.lower() in ("range", "if-match")}
        self._answer(*self._ask(self.command, self.path, None, kept))

    do_GET = do_HEAD = do_DELETE = _pass_on

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str] | None = None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.backend, timeout=30)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("transfer-encoding", "connection", "date", "server", "content-length"):
                self.send_header(name, value)
        length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


class GcsFront(ThreadingHTTPServer):
    """Listens on a loopback port of its own."""

    daemon_threads = True

    def __init__(self, backend: int):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.backend = backend
