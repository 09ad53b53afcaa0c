"""A report's rows, to be asked by SQL over many runs. They are derived: the report is what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gonogo.model.report import Report
from gonogo.store.cells import plain, rows_of_run
from gonogo.store.schema import PROJECTIONS, evidence

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def project(connection: Connection, run: str, report: Report) -> None:
    """Writes the rows of a run's report."""
    rows = rows_of(run, report, spans_of(connection, run))
    for table in PROJECTIONS:
        if rows[table.name]:
            connection.execute(table.insert(), rows[table.name])


def spans_of(connection: Connection, run: str) -> dict[str, str | None]:
    """The span in which each piece of a run's evidence was first seen."""
    query = sa.select(evidence.c.evidence, evidence.c.span).where(evidence.c.run == run)
    return {row.evidence: row.span for row in connection.execute(query)}


def rows_of(run: str, report: Report, spans: dict[str, str | None]) -> dict[str, list[dict[str, Any]]]:
    """The rows of a report by table. A finding was seen where its first piece of evidence was."""
    return {
        name: [{key: plain(value) if isinstance(value, str) else value for key, value in row.items()} for row in rows]
        for name, rows in _rows_of(run, report, spans).items()
    }


def stored_rows(connection: Connection, run: str) -> dict[str, list[dict[str, Any]]]:
    """The rows that are there, by table."""
    return {table.name: rows_of_run(connection, table, run) for table in PROJECTIONS}


def _rows_of(run: str, report: Report, spans: dict[str, str | None]) -> dict[str, list[dict[str, Any]]]:
    return {
        "assessments": [
            {
                "run": run,
                "criterion": row.criterion,
                "area": row.area.value,
                "severity": row.severity.value,
                "status": row.status.value,
                "strength": row.strength.value if row.strength else None,
                "reason": row.reason,
                "lost": row.lost,
                "proposed": row.proposal.status.value if row.proposal else None,
            }
            for row in report.assessments
        ],
        "findings": [
            {
                "run": run,
                "finding": row.id,
                "criterion": row.criterion,
                "severity": row.severity.value,
                "path": row.locator.path,
                "line": row.locator.line,
                "what": row.what,
                "span": next((spans.get(item) for item in row.evidence), None),
            }
            for row in report.findings
        ],
        "gates": [
            {
                "run": run,
                "criterion": row.criterion,
                "severity": row.severity.value,
                "status": row.status.value,
                "effect": row.effect.value,
            }
            for row in report.verdict.gates
        ],
        "violations": [
            {
                "run": run,
                "number": number,
                "guardrail": row.guardrail,
                "policy": row.policy,
                "action": row.action.value,
                "place": row.where,
                "count": row.count,
            }
            for number, row in enumerate(report.violations, 1)
        ],
        "refused": [
            {"run": run, "number": number, "kind": row.kind, "place": row.where, "count": row.count}
            for number, row in enumerate(report.refused, 1)
        ],
    }
