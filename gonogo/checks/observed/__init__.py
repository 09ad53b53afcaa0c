"""Checks of what live sources showed: one function a criterion and source, facts in, outcome out. No I/O, no model.

Each is called where its source was given. It says ``not_applicable`` where the source has nothing of the kind (the
files' answer stands then), and lets :func:`judged` come to the other answers.
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.criterion import Strength

MOST_GAPS = 3
MOST_NAMED = 5


def judged(
    facts: Facts,
    source: str,
    kinds: Sequence[str],
    problems: Sequence[Problem],
    looked_at: Sequence[Seen],
    *,
    bad: str,
    good: str,
    needs: Sequence[str] | None = None,
) -> Outcome:
    """Fails with the problems; without any, passes only if all of ``kinds`` could be seen and there was something.

    ``bad`` and ``good`` are the reasons, without a full stop; ``bad`` goes on with what the first problems say.
    ``looked_at`` are the records that a pass rests on. ``needs`` names other kinds whose absence keeps it open.
    """
    if problems:
        told = ", ".join(problem.what for problem in problems[:MOST_NAMED])
        more = f" and {len(problems) - MOST_NAMED} more" if len(problems) > MOST_NAMED else ""
        return failed(f"{bad}: {told}{more}", *problems)
    gaps = facts.live.gaps(source, *(needs if needs is not None else kinds))
    if gaps:
        told = "; ".join(str(gap) for gap in gaps[:MOST_GAPS])
        more = f" and {len(gaps) - MOST_GAPS} more" if len(gaps) > MOST_GAPS else ""
        return unverified(f"{told}{more}", *(item.place for item in looked_at[:MOST_NAMED]))
    if not looked_at:
        return not_applicable(f"the {source} source has none of it")
    return passed(good, *(item.place for item in looked_at), strength=Strength.OBSERVED)
