"""How spans get to a collector, and where they don't go."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from opentelemetry.sdk.metrics.export import MetricsData

from gonogo.cassette import open_cassette
from gonogo.telemetry import sending
from gonogo.telemetry.collecting import FiguresExporter
from gonogo.telemetry.sending import UntakenError, open_sender
from tests.telemetry.collector import collector
from tests.telemetry.runs import Store, audit, opened


def test_what_is_recorded_has_no_spans_in_it(tmp_path: Path) -> None:
    store, path = Store(), tmp_path / "cassette.yaml"
    with collector() as taken:
        with open_cassette(path, "new", about={}), opened(store, otlp=taken.url) as telemetry:
            audit(telemetry)
        assert len(taken.spans()) == 12
    assert not store.problems
    assert not path.exists() or "v1/traces" not in path.read_text()


def test_a_path_before_the_signal_and_a_login_are_kept() -> None:
    with collector() as taken:
        url = taken.url.replace("//", "//pk:s%40k@") + "/api/public/otel/"
        open_sender(url, {"x-more": "1"}, 1)("/v1/traces", b"body")
    path, headers, body = taken.requests[0]
    assert (path, body, headers["x-more"]) == ("/api/public/otel/v1/traces", b"body", "1")
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"pk:s@k"


def test_a_collector_that_is_busy_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "WAITS", (0.01, 0.01))
    with collector() as taken:
        taken.answers = [503, 429]
        open_sender(taken.url, {}, 5)("/v1/traces", b"body")
    assert [body for _, _, body in taken.requests] == [b"body"] * 3


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_is_not_followed(status: int) -> None:
    with collector() as elsewhere, collector() as taken:
        taken.answers, taken.location = [status], elsewhere.url
        with pytest.raises(UntakenError, match=str(status)):
            open_sender(taken.url, {"authorization": "secret"}, 1)("/v1/traces", b"body")
    assert (len(taken.requests), elsewhere.requests) == (1, [])


def test_a_proxy_is_not_asked_for_what_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    with collector() as proxy, collector() as taken:
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        open_sender(taken.url, {}, 1)("/v1/traces", b"here")
        open_sender("http://collector.invalid:4318", {}, 1)("/v1/traces", b"far")
    assert [body for _, _, body in taken.requests] == [b"here"]
    assert [(path, body) for path, _, body in proxy.requests] == [("http://collector.invalid:4318/v1/traces", b"far")]


@pytest.mark.parametrize(
    ("status", "told"), [(404, []), (405, []), (401, ["it answers 401"]), (500, ["it answers 500"])]
)
def test_a_refusal_of_figures_is_told_where_it_is_a_fault(status: int, told: list[str]) -> None:
    heard: list[str] = []
    with collector(status=status) as taken:
        FiguresExporter(open_sender(taken.url, {}, 1), heard.append).export(MetricsData([]))
    assert heard == told
