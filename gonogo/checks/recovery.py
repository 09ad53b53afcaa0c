"""Recovery: whether restoring was exercised, and whether objectives are stated with a procedure that meets them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.checks import scope
from gonogo.facts import Facts
from gonogo.facts.documents import DocumentKind, Heading
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed
from gonogo.model.evidence import Place, Searched

_DATE = re.compile(
    r"\b20\d\d[-/.]\d{1,2}([-/.]\d{1,2})?\b|\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov"
    r"|dec)\w*\.? (\d{1,2},? )?20\d\d\b",
    re.IGNORECASE,
)
_RESTORE_TEST = re.compile(
    r"\b(restore|restoration|recovery|dr|backup)[- ](test|drill|exercise|rehearsal|verification|validation)"
    r"|\b(test(ed|ing)?|drill(ed)?|rehears\w+|verif\w+|exercis\w+) "
    r"(\w+ ){0,2}(restore|restoration|recovery|backup)s?\b",
    re.IGNORECASE,
)
_RESTORE_COMMAND = re.compile(
    r"pg_restore|mysql .*<|mongorestore|velero restore|restore-db|restore_db|restore-from|start-restore-job"
    r"|restore\.sh|restore_test|test[-_]restore|dr[-_]drill"
    r"|restic restore|wal-g backup-fetch|pgbackrest.*restore|restore-table",
    re.IGNORECASE,
)
_PROCEDURE = re.compile(r"restor|recover|failover|disaster|rebuild", re.IGNORECASE)
_RTO = re.compile(r"\bRTO\b|recovery time objective", re.IGNORECASE)
_RPO = re.compile(r"\bRPO\b|recovery point objective", re.IGNORECASE)
_DURATION = re.compile(
    r"\d+\s*(s|sec|seconds?|m|min|minutes?|h|hr|hours?|d|days?)\b|\bzero\b|near[- ]zero", re.IGNORECASE
)
_TOOLS = (
    "velero",
    "pg_restore",
    "pgbackrest",
    "wal-g",
    "barman",
    "restic",
    "mongorestore",
    "aws backup",
    "point-in-time",
    "route 53 failover",
    "global database",
    "cross-region",
    "read replica",
    "litestream",
)


def restore_tested(facts: Facts) -> Outcome:
    """A restore procedure, and a record of a test restore or a job that makes one on a schedule."""
    stores = scope.data_stores(facts)
    if not stores:
        return not_applicable(
            "no data store of record is defined", searched=(_searched(facts, "databases", "tables", "volumes"),)
        )
    plans = [
        r.at for f in (facts.terraform, facts.cloudformation) for r in f.resources("aws_backup_restore_testing_plan")
    ]
    jobs = [w.at for w in facts.kubernetes.workloads if w.kind == "CronJob" and re.search(r"restor|dr-?drill", w.name)]
    for run in facts.pipelines.runs(can_fail=True):
        if any(
            t.name == "schedule" or t.event == "schedule" for t in run.pipeline.triggers
        ) and _RESTORE_COMMAND.search(run.text):
            jobs.append(run.at)
    if plans or jobs:
        return passed("a scheduled job restores backups as a test", *plans, *jobs)
    records = list(_records(facts))
    procedures = list(_procedures(facts))
    if records and procedures:
        return passed(
            f"a restore procedure and a dated record of a test restore ({records[0]})", procedures[0].at, *records[:2]
        )
    searched = _searched(
        facts, "restore test", "drill record", "scheduled restore", "pg_restore", "Velero", "restore testing plan"
    )
    places = tuple(heading.at for heading in procedures[:2])
    what = (
        "a procedure is written down, and no test of it is recorded or scheduled"
        if procedures
        else "no restore procedure and no test restore"
    )
    return failed(
        f"{what} (stores: {', '.join(dict.fromkeys(p.symbol or p.path for p in stores[:3]))})",
        Problem("a test restore of this store is neither recorded nor scheduled", stores[0]),
        places=places,
        searched=(searched,),
    )


def _records(facts: Facts) -> Iterator[Place]:
    """Sentences or rows with a date that say that a restore was tested."""
    for document in facts.documents.prose:
        if document.kind is DocumentKind.CHANGELOG:
            continue
        for text, at in document.texts():
            if (
                _RESTORE_TEST.search(text)
                and _DATE.search(text)
                and not re.search(r"next|planned|schedule for|todo|due", text, re.I)
            ):
                yield at


def _procedures(facts: Facts) -> Iterator[Heading]:
    """Sections on restoring that have commands or at least three steps."""
    for document in facts.documents.prose:
        if document.kind in (DocumentKind.CHANGELOG, DocumentKind.DECISION):
            continue
        for heading in document.sections(_PROCEDURE.pattern):
            lines = range(heading.at.line, heading.at.end_line + 1)
            commands = [c for c in document.commands if c.at.line in lines]
            steps = [i for i in document.items if i.at.line in lines and i.checked is None]
            if commands or len(steps) >= 3:
                yield heading


def disaster_recovery(facts: Facts) -> Outcome:
    """RTO and RPO with figures, and a procedure whose means exist."""
    times, points = _objective(facts, _RTO), _objective(facts, _RPO)
    searched = _searched(
        facts, "RTO", "RPO", "recovery time objective", "recovery point objective", "disaster recovery"
    )
    if not times and not points:
        return failed("neither RTO nor RPO is stated", searched=(searched,))
    if not times or not points:
        stated, lacks, at = ("RTO", "RPO", times) if times else ("RPO", "RTO", points)
        return failed(
            f"{stated} is stated, {lacks} is not",
            Problem(f"{lacks} is missing beside it", at[0]),
            searched=(searched,),
        )
    procedures = list(_procedures(facts))
    if not procedures:
        return failed(
            "RTO and RPO are stated, and no procedure meets them",
            Problem("no recovery procedure backs these figures", times[0]),
        )
    named = list(_named_tools(facts, procedures, times[0].path))
    absent = {tool for tool in dict.fromkeys(tool for tool, _ in named) if not _exists(facts, tool)}
    if missing := [(tool, at) for tool, at in named if tool in absent]:
        problems = [
            Problem(f"recovery relies on {tool}, which nothing in the repository sets up", at) for tool, at in missing
        ]
        return failed(
            f"the recovery procedure relies on what does not exist: {', '.join(t for t, _ in missing)}", *problems
        )
    return passed("RTO and RPO are stated, with a recovery procedure", times[0], points[0], procedures[0].at)


def _objective(facts: Facts, pattern: re.Pattern[str]) -> list[Place]:
    """Where an objective stands with a figure, in its sentence, its row, or a table whose header names it."""
    found = []
    for document in facts.documents.prose:
        if document.kind is DocumentKind.CHANGELOG:
            continue
        found += [row.at for row in document.rows if _row_has(row.header, row.cells, pattern)]
        found += [at for text, at in document.texts() if pattern.search(text) and _DURATION.search(text)]
        for heading in document.sections(pattern.pattern):
            found += [at for text, at in document.within(heading) if _DURATION.search(text)][:1]
    return found


def _row_has(header: tuple[str, ...], cells: tuple[str, ...], pattern: re.Pattern[str]) -> bool:
    if cells and pattern.search(cells[0]) and _DURATION.search(" ".join(cells[1:])):
        return True
    return any(pattern.search(name) and _DURATION.search(cell) for name, cell in zip(header, cells, strict=False))


def _named_tools(facts: Facts, procedures: list[Heading], stated_in: str) -> Iterator[tuple[str, Place]]:
    paths = {heading.at.path for heading in procedures} | {stated_in}
    for document in facts.documents.documents:
        if document.path in paths:
            for text, at in document.texts():
                for tool in _TOOLS:
                    if tool in text.lower():
                        yield tool, at


def _exists(facts: Facts, tool: str) -> bool:
    """Whether anything but documents speaks of a tool, outside of comments."""
    terms: dict[str, tuple[str, ...]] = {
        "aws backup": ("aws_backup*", "AWS::Backup*"),
        "point-in-time": ("point_in_time*", "PointInTime*", "backup_retention_period"),
        "cross-region": ("replica*", "replication*"),
        "read replica": ("replicate_source_db", "reader*", "replica*"),
        "route 53 failover": ("failover_routing_policy",),
        "global database": ("aws_rds_global_cluster",),
    }
    files = [
        f for f in facts.repository.files if f.decides and not f.binary and f.role != "document" and f.size < 300_000
    ]
    searched = facts.repository.search(terms.get(tool, (tool + "*",)), files, most=5)
    return any(not _is_comment(facts, at) for at in searched.hits)


def _is_comment(facts: Facts, at: Place) -> bool:
    return facts.repository.lines(at.path)[at.line - 1].lstrip().startswith(("#", "//", "--", "*", ";"))


def _searched(facts: Facts, *terms: str) -> Searched:
    return Searched(terms, "documents and code", len(facts.documents.documents))
