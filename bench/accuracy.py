"""Agreement of the checks with labelled repositories.

    python bench/accuracy.py LABELS CHECKOUTS [--only SLUG,...] [--quiet]

LABELS holds files like TraceForge.yaml (repo, head, labels: slug, status); CHECKOUTS holds a work tree for each, in
a folder of the file's name. Rows labelled ambiguous do not count. Prints each disagreement and the totals.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

import yaml

from gonogo.agents.assess import answer
from gonogo.criteria import load_catalogue
from gonogo.model.target import Target
from gonogo.tools.collect import Collector
from gonogo.tools.evidence import EvidenceLog
from gonogo.tools.repository import open_repository


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args()
    only = set(filter(None, options.only.split(",")))
    total: Counter[str] = Counter()
    for path in sorted(options.labels.glob("*.yaml")):
        folder = options.checkouts / path.stem
        if not folder.is_dir():
            print(f"{path.stem}: no checkout, left out", file=sys.stderr)
            continue
        counts = compare(path, folder, only, quiet=options.quiet)
        print(f"{path.stem}: {summary(counts)}\n")
        total += counts
    print(f"all: {summary(total)}")


def compare(labels: Path, folder: Path, only: set[str], *, quiet: bool) -> Counter[str]:
    """Counts of agree, false pass, false fail, unverified, and other, over the rows that are not ambiguous."""
    rows = {row["slug"]: row for row in yaml.safe_load(labels.read_text())["labels"]}
    repository = open_repository([folder])
    log = EvidenceLog(repository)
    collector = Collector(repository, Target(name=folder.name))
    counts: Counter[str] = Counter()
    for criterion in load_catalogue():
        row = rows.get(criterion.slug)
        if row is None or row["status"] == "ambiguous" or (only and criterion.slug not in only):
            continue
        said = answer(criterion, collector.collect(criterion.needs), log).assessment
        kind = _kind(said.status.value, row["status"])
        counts["rows"] += 1
        counts[kind] += 1
        if kind != "agree" and not quiet:
            note = " ".join(str(row.get("note", "")).split())
            print(f"  {kind}: {criterion.slug}: said {said.status.value}, label {row['status']}")
            print(f"      we: {said.reason}\n      label: {note}")
    return counts


def _kind(said: str, label: str) -> str:
    if said == label:
        return "agree"
    if said == "pass":
        return "false pass" if label == "fail" else "pass for " + label
    if said == "fail":
        return "false fail" if label == "pass" else "fail for " + label
    return said + " for " + label


def summary(counts: Counter[str]) -> str:
    rows = counts["rows"] or 1
    parts = [f"{counts['agree']} of {counts['rows']} agree ({100 * counts['agree'] / rows:.1f}%)"]
    parts += [f"{name} {number}" for name, number in sorted(counts.items()) if name not in ("rows", "agree")]
    return "; ".join(parts)


if __name__ == "__main__":
    main()
