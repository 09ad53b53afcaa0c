"""Live progress on standard error, by specialist: what is being read, how many criteria are answered."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gonogo.model.investigation import Bound
from gonogo.report import spending


class Progress:
    """A table that follows an audit. On a stream that is no terminal it prints a line a specialist instead."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._rows: dict[str, dict[str, Any]] = {}
        self._live = Live(console=self._console, refresh_per_second=8, transient=True)

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def hear(self, event: dict[str, Any]) -> None:
        """Takes an event of the graph."""
        kind, area = event["kind"], event.get("area", "")
        if kind == "survey":
            self._line(f"{event['files']} files; asking {', '.join(event['areas'])}")
        elif kind == "start":
            self._rows[area] = {"of": event["criteria"], "answered": 0, "doing": "waiting"}
        elif kind == "read":
            self._rows[area]["doing"] = f"reading {event['tool']}"
        elif kind == "answer":
            self._rows[area]["answered"] += 1
            self._rows[area]["doing"] = event["criterion"]
        elif kind == "done":
            self._rows[area]["doing"] = "done"
            self._line(f"{area}: {self._rows[area]['answered']} criteria answered")
        elif kind == "ask":
            self._rows[area]["doing"] = f"asking {event['model']}"
        elif kind == "asked":
            self._rows[area]["doing"] = event["state"]
            self._line(f"{area}: model {event['state']}" + (f": {event['why']}" if event["why"] else ""))
        elif kind == "budget":
            told = spending.nearing(Bound(event["bound"]), event["percent"], is_whole=not area)
            self._console.print(f"{area or 'the audit'}: {told}", style="yellow", markup=False, highlight=False)
        elif kind == "write":
            self._rows["synthesizer"] = {"of": 1, "answered": 0, "doing": f"asking {event['model']}"}
        elif kind == "failed":
            self._console.print(f"{area}: the specialist failed: {event['cause']}", style="red", markup=False)
        if self._console.is_terminal:
            self._live.update(self._table())

    def _line(self, text: str) -> None:
        if not self._console.is_terminal:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for area, row in sorted(self._rows.items()):
            table.add_row(Text(area, style="bold"), f"{row['answered']}/{row['of']}", Text(row["doing"], style="dim"))
        return table
