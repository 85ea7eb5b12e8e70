"""Receivers of alerts on loopback: a web server that takes posts, and a mail server."""

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Posts:
    """What a web server has got, and how it answers.

    Attributes:
        answers: The statuses of the next answers; then 204.
        before_answer_s: Seconds between taking a post and answering it.
        refused: The texts that it always answers with 400.
    """

    url: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    before_answer_s: float = 0.0
    refused: set[str] = field(default_factory=set)

    @property
    def ids(self) -> list[str]:
        return [each["id"] for each in self.taken]


@contextmanager
def web_receiver() -> Iterator[Posts]:
    posts = Posts()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posts.headers.append(dict(self.headers))
            posts.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            time.sleep(posts.before_answer_s)
            refused = posts.taken[-1]["text"] in posts.refused
            self.send_response(400 if refused else posts.answers.pop(0) if posts.answers else 204)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *arguments: Any) -> None:
            pass  # a sender was killed

    with _served(Server(("127.0.0.1", 0), Handler)) as server:
        posts.url = f"http://127.0.0.1:{server.server_address[1]}/s3cret"
        yield posts


@dataclass
class Mails:
    """What a mail server has got; `refusing` makes it refuse every address."""

    port: int = 0
    taken: list[str] = field(default_factory=list)
    refusing: bool = False


@contextmanager
def mail_receiver() -> Iterator[Mails]:
    mails = Mails()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 ready\r\n")
            while line := self.rfile.readline():
                word = line.split()[0].upper() if line.split() else b""
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    mails.taken.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
                self.wfile.write(b"550 s3cret\r\n" if word == b"RCPT" and mails.refusing else b"250 fine\r\n")
                if word == b"QUIT":
                    return

    with _served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as server:
        mails.port = server.server_address[1]
        yield mails


@contextmanager
def _served(server: Any) -> Iterator[Any]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
