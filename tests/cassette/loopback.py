"""A small server on loopback that counts what reaches it, and the clients that a run may use."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from botocore.config import Config

MODEL = "us.anthropic.claude-sonnet-5-5-v1:0"


@dataclass(frozen=True)
class Reply:
    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


Answering = Callable[[str, str, bytes], Reply]
"""Method, path and body to the reply."""


@dataclass
class Server:
    url: str
    answering: Answering
    delay: float = 0.0
    paths: list[str] = field(default_factory=list)

    @property
    def hits(self) -> int:
        return len(self.paths)


def echo(method: str, path: str, body: bytes) -> Reply:
    """What Converse answers, made of the request alone; any other path gets its own name and body back."""
    if not path.endswith("/converse"):
        return Reply(json.dumps({"path": path, "got": body.decode()}).encode())
    said = json.loads(body)["messages"][-1]["content"][0]["text"]
    return Reply(converse(f"you said:\n{said}\n\tand that is all\n"))


def converse(text: str) -> bytes:
    """A Converse response that says this."""
    message = {"role": "assistant", "content": [{"text": text}]}
    usage = {"inputTokens": 11, "outputTokens": 7, "totalTokens": 18}
    value = {"output": {"message": message}, "stopReason": "end_turn", "usage": usage, "metrics": {"latencyMs": 1}}
    return json.dumps(value).encode()


@contextlib.contextmanager
def serve(answering: Answering = echo) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            server.paths.append(self.path)
            time.sleep(random.random() * server.delay)
            reply = server.answering(self.command, self.path, body)
            self.send_response(reply.status)
            extra = {"x-amzn-requestid": random.randbytes(8).hex(), "set-cookie": "session=abc", "server": "mine"}
            for name, value in {**reply.headers, **extra, "content-length": str(len(reply.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        def do_POST(self) -> None:
            self.do_GET()

        def do_HEAD(self) -> None:
            self.do_GET()

    class Listener(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    with Listener(("127.0.0.1", 0), Handler) as listener:
        server = Server(f"http://127.0.0.1:{listener.server_address[1]}", answering)
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


def runtime(url: str, **config: Any) -> Any:
    """A Bedrock client for an endpoint. Credentials come from the environment."""
    settings = {"retries": {"total_max_attempts": 1}, "max_pool_connections": 32, **config}
    return boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=url, config=Config(**settings))


def say(client: Any, text: str, model: str = MODEL) -> str:
    """What the model answers."""
    response = client.converse(modelId=model, messages=[{"role": "user", "content": [{"text": text}]}])
    return str(response["output"]["message"]["content"][0]["text"])


def in_threads(function: Callable[[int], str], calls: int, threads: int = 16) -> list[str]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, range(calls)))
