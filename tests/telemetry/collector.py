"""A collector on loopback: takes OTLP over HTTP as protobuf, or refuses it, or never answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Taken:
    """What a collector was sent: path, headers and body of each request."""

    url: str = ""
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    released: Event = field(default_factory=Event)
    refused: set[str] = field(default_factory=set)
    """Paths that it does not know."""
    answers: list[int] = field(default_factory=list)
    """The statuses of its first answers."""
    location: str = ""
    """Where it sends those who ask."""

    def bodies(self) -> bytes:
        """Everything that was received."""
        return b"".join(body for _, _, body in self.requests)

    def resources(self) -> list[dict[str, Any]]:
        return [_plain(group.resource.attributes) for group in self._groups()]

    def spans(self) -> list[Any]:
        """The spans, as protobuf."""
        return [span for group in self._groups() for scope in group.scope_spans for span in scope.spans]

    def span(self, name: str) -> tuple[Any, dict[str, Any]]:
        """The one span of that name, with its attributes."""
        (found,) = [span for span in self.spans() if span.name == name]
        return found, _plain(found.attributes)

    def metrics(self) -> dict[str, Any]:
        """The metrics that were received last, by name."""
        found = {}
        for path, _, body in self.requests:
            if path == "/v1/metrics":
                request = ExportMetricsServiceRequest.FromString(body)
                for group in request.resource_metrics:
                    found |= {metric.name: metric for scope in group.scope_metrics for metric in scope.metrics}
        return found

    def _groups(self) -> list[Any]:
        bodies = [body for path, _, body in self.requests if path == "/v1/traces"]
        return [group for body in bodies for group in ExportTraceServiceRequest.FromString(body).resource_spans]


@contextmanager
def collector(*, status: int = 200, hangs: bool = False) -> Iterator[Taken]:
    """A collector that answers with a status, or not at all."""
    taken = Taken()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            taken.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            if hangs:
                taken.released.wait(60)
                return
            usual = 404 if self.path in taken.refused else status
            self.send_response(taken.answers.pop(0) if taken.answers else usual)
            if taken.location:
                self.send_header("location", taken.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *given: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    taken.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        taken.released.set()
        server.shutdown()
        server.server_close()


def _plain(attributes: Any) -> dict[str, Any]:
    return {row.key: _value(row.value) for row in attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return tuple(_value(item) for item in value.array_value.values)
    return getattr(value, kind)
