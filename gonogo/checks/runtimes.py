"""Whether what runs is still supported, by the dated table of support lives."""

from __future__ import annotations

import re
from datetime import date

from gonogo.checks.runtime_versions import Use, chosen
from gonogo.facts import Facts
from gonogo.facts.support import Life, support
from gonogo.model.assessment import Outcome, Problem, failed, passed, unverified
from gonogo.model.evidence import Searched


def supported_runtimes(facts: Facts) -> Outcome:
    """No chosen runtime, base image, engine or cluster version is past its support."""
    table = support()
    day = facts.target.today or table.date
    uses = list(dict.fromkeys(chosen(facts)))
    problems: dict[tuple[str, int, str], Problem] = {}
    extended: list[tuple[Use, Life]] = []
    good: list[Use] = []
    for use in uses:
        life = table.life(use.product, use.version) if use.version or use.product.endswith("image") else None
        ended = life.ended(day) if life else _is_older(use)
        if ended:
            problems.setdefault((use.at.path, use.at.line, use.product), Problem(_told(use, life), use.at))
        elif life and life.only_extended(day):
            extended.append((use, life))
        elif life:
            good.append(use)
    if problems:
        found = sorted(problems.values(), key=lambda problem: str(problem.place))
        names = ", ".join(dict.fromkeys(problem.what.partition(":")[0] for problem in found))
        return failed(f"past the end of support on {day}: {names[:300]}", *found)
    bounds = _bounds(facts, day)
    if extended:
        use, life = extended[0]
        reason = f"{use.what} has paid extended support only, from {life.ends} to {life.extended}"
        return unverified(f"{reason}; whether that is bought does not show", *(use.at for use, _ in extended))
    if not good:
        searched = Searched(
            ("images", "runtime versions", "engine versions", "cluster versions"),
            "deciding files",
            len(facts.repository.files),
        )
        more = f"; {bounds[0]}" if bounds else ""
        return unverified(
            f"no file chooses a version that the table knows{more}", *(use.at for use in uses[:3]), searched=(searched,)
        )
    names = ", ".join(sorted({f"{use.product} {use.version}" for use in good}))
    return passed(f"supported on {day}: {names[:300]}", *dict.fromkeys(use.at for use in good))


def _is_older(use: Use) -> bool:
    """A release that lies before all that the table lists."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", use.version))
    oldest = support().oldest(use.product)
    return bool(numbers and oldest and use.product != "lambda" and numbers[: len(oldest)] < oldest[: len(numbers)])


def _told(use: Use, life: Life | None) -> str:
    if life is None:
        return f"{use.what}: out of support for years"
    if life.cycle == "all":
        return f"{use.what}: the image is discontinued, without updates since {life.ends}"
    last = max(life.ends, life.extended) if life.ends and life.extended else life.ends
    return f"{use.what}: {life.product} {life.cycle} reached its end of support on {last}"


def _bounds(facts: Facts, day: date) -> list[str]:
    """Manifests that accept a release which is out of support, for the reason."""
    found = []
    for runtime in facts.dependencies.runtimes:
        life = support().life(runtime.product, runtime.lowest) if runtime.lowest else None
        if life and life.ended(day):
            found.append(f"{runtime.at} accepts {runtime.product} {runtime.spec}, out of support since {life.ends}")
    return found
