"""Two persons, and two processes, that review one run at the same time; a review that is killed in between."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gonogo.agents.asking.environment import settle_environment
from gonogo.agents.review_rules import DecidedMeanwhileError, RefusedDecisionError
from gonogo.model.criterion import Status
from gonogo.model.decision import Act, Decided
from gonogo.model.report import Report
from gonogo.review.desk import read_decided, record, reviewed_report
from gonogo.store.decisions import read_decisions
from gonogo.store.errors import ChangedRunError
from gonogo.store.open import Store, open_store
from gonogo.store.verify import verify
from tests.review.people import NOW, RUN, asked_of, contested_of, decided, proposed_of, status_of
from tests.store.conftest import KEY, Clock

settle_environment()
FRESH = multiprocessing.get_context("forkserver")  # processes without anything of this one, that need not import again
FRESH.set_forkserver_preload([__name__])


def decide_in_a_process(url: str, made: list[str], ready: object, told: object) -> None:
    """One person's part: the same subjects as the other's, and one of their own."""
    store = open_store(url, key=KEY, clock=Clock())
    ready.wait(60)  # type: ignore[attr-defined]
    found = []
    for text in made:
        try:
            record(store, RUN, Decided.model_validate_json(text), 0, NOW)
            found.append("recorded")
        except DecidedMeanwhileError as error:
            found.append(str(error))
    told.put((Decided.model_validate_json(made[0]).who, found))  # type: ignore[attr-defined]
    store.close()


def test_two_processes_at_once(store: Store, url: str, base: Report) -> None:
    """Each subject is decided once, by whoever was first; the other hears by whom, and as what. Others go through."""
    shared = [(Act.CONFIRM, proposed_of(base)), (Act.REJECT, contested_of(base))]
    own = {"Ada Lovelace": asked_of(base), "Bob Byte": asked_of(base, strong=True)}
    ready, told = FRESH.Barrier(2), FRESH.Queue()
    texts = []
    for who, slug in own.items():
        made = [decided(base, what=what, subject=subject, who=who) for what, subject in shared]
        made.append(decided(base, what=Act.ATTEST, subject=slug, who=who, status=Status.FAIL))
        texts.append([decision.model_dump_json() for decision in made])
    process = FRESH.Process(target=decide_in_a_process, args=(url, texts[0], ready, told))
    process.start()
    decide_in_a_process(url, texts[1], ready, told)
    heard = dict(told.get(timeout=120) for _ in own)
    process.join(60)
    kept = {decision.subject: decision for decision in read_decided(store, RUN)}
    assert len(read_decided(store, RUN)) == 4
    for number, (what, subject) in enumerate(shared):
        first = kept[subject].who
        (other,) = set(own) - {first}
        assert heard[first][number] == "recorded"
        assert f"{first} decided on {subject} meanwhile ({what.value}, " in heard[other][number]
        assert "looked at it myself" in heard[other][number]
    assert all(heard[who][2] == "recorded" for who in own)
    assert not verify(store)


def test_the_same_decision_twice_is_one(store: Store, base: Report) -> None:
    made = decided(base, what=Act.CONFIRM, subject=proposed_of(base))
    for _ in range(3):
        record(store, RUN, made, 0, NOW)
    assert read_decided(store, RUN) == (made,)
    assert status_of(reviewed_report(store, RUN, NOW), made.subject) is Status.PASS


def test_who_has_seen_it_may_decide_otherwise(store: Store, base: Report) -> None:
    first = decided(base, what=Act.CONFIRM, subject=proposed_of(base))
    second = decided(base, first, what=Act.REJECT, subject=first.subject, who="Bob Byte")
    record(store, RUN, first, 0, NOW)
    with pytest.raises(DecidedMeanwhileError, match="Ada Lovelace decided on"):
        record(store, RUN, second, 0, NOW)
    with pytest.raises(RefusedDecisionError, match="fewer decisions"):
        record(store, RUN, second, 2, NOW)
    record(store, RUN, second, 1, NOW)
    assert read_decided(store, RUN) == (first, second)


def test_what_can_t_hold_is_not_recorded(store: Store, base: Report) -> None:
    for made in (
        decided(base, what=Act.CONFIRM, subject=proposed_of(base), based_on="0" * 16),
        decided(base, what=Act.ATTEST, subject=contested_of(base), status=Status.PASS),
        decided(base, what=Act.WAIVE, subject=proposed_of(base)),
        decided(base, what=Act.CONFIRM, subject="no-such-thing"),
    ):
        with pytest.raises(RefusedDecisionError):
            record(store, RUN, made, 0, NOW)
    assert not read_decided(store, RUN)


def test_what_somebody_puts_into_the_store_is_no_decision(store: Store, base: Report) -> None:
    made = decided(base, what=Act.CONFIRM, subject=proposed_of(base))
    record(store, RUN, made, 0, NOW)
    from gonogo.store.schema import decisions

    other = made.model_dump_json().replace("Ada Lovelace", "Bob Byte")
    with store.writing() as connection:
        connection.execute(decisions.update().values(told=other))
    with pytest.raises(ChangedRunError):
        reviewed_report(store, RUN, NOW)
    assert verify(store)


def test_what_was_decided_before_the_audit_is_no_person_s(store: Store, base: Report) -> None:
    from gonogo.store.decisions import Decision, decide

    at = NOW.isoformat()
    decide(store, Decision(run=RUN, who="the command line", what="waive", subject="backups", reason="no", at=at))
    assert len(read_decisions(store, RUN)) == 1
    assert reviewed_report(store, RUN, NOW) == base


class Killed(BaseException):
    """The process went away."""


@contextmanager
def reviewing(
    store: Store, checkpoints: str, who: str, recording: Callable[[Decided, int], None] | None = None
) -> Iterator[object]:
    from gonogo.graph.review import ReviewContext, open_review

    context = ReviewContext(
        report=lambda: reviewed_report(store, RUN, NOW),
        record=recording or (lambda made, seen: record(store, RUN, made, seen, NOW)),
    )
    with open_review(context, run=RUN, who=who, checkpoints=checkpoints, key=KEY) as review:
        yield review


@pytest.fixture
def checkpoints(url: str, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/checkpoints.sqlite" if url.startswith("sqlite") else url


def test_a_review_goes_on_where_it_was_broken_off(store: Store, checkpoints: str, base: Report) -> None:
    made = decided(base, what=Act.CONFIRM, subject=proposed_of(base))
    with reviewing(store, checkpoints, "Ada Lovelace") as review:
        assert not review.is_resumed
        first = [item.subject for item in review.waiting()]
        review.decide(made, 0)
        review.skip(contested_of(base))
    with reviewing(store, checkpoints, "Ada Lovelace") as review:
        assert review.is_resumed
        left = [item.subject for item in review.waiting()]
        assert set(first) - set(left) == {made.subject, contested_of(base)}
    with reviewing(store, checkpoints, "Bob Byte") as other:
        assert not other.is_resumed, "each person has a place of their own"
        assert contested_of(base) in [item.subject for item in other.waiting()]
        with pytest.raises(RefusedDecisionError, match="Ada Lovelace decided"):
            other.decide(decided(base, what=Act.REJECT, subject=made.subject, who="Bob Byte"), 0)
        other.decide(decided(base, made, what=Act.REJECT, subject=made.subject, who="Bob Byte"), 1)
        other.end()
    with reviewing(store, checkpoints, "Bob Byte") as other:
        assert not other.is_resumed, "what is over begins anew"
    assert [d.who for d in read_decided(store, RUN)] == ["Ada Lovelace", "Bob Byte"]


def test_a_kill_after_the_record_records_nothing_twice(store: Store, checkpoints: str, base: Report) -> None:
    """The answer is checkpointed before it is recorded: after a kill in between the node runs again."""
    made = decided(base, what=Act.CONFIRM, subject=proposed_of(base))

    def record_and_die(decision: Decided, seen: int) -> None:
        record(store, RUN, decision, seen, NOW)
        raise Killed

    with pytest.raises(Killed), reviewing(store, checkpoints, "Ada Lovelace", record_and_die) as review:
        review.decide(made, 0)
    calls = []

    def record_again(decision: Decided, seen: int) -> None:
        calls.append(decision.id)
        record(store, RUN, decision, seen, NOW)

    with reviewing(store, checkpoints, "Ada Lovelace", record_again) as review:
        assert made.subject not in [item.subject for item in review.waiting()]
    assert calls == [made.id]
    assert read_decided(store, RUN) == (made,)


def test_a_kill_before_the_record_loses_no_answer(store: Store, checkpoints: str, base: Report) -> None:
    made = decided(base, what=Act.CONFIRM, subject=proposed_of(base))

    def die(decision: Decided, seen: int) -> None:
        raise Killed

    with pytest.raises(Killed), reviewing(store, checkpoints, "Ada Lovelace", die) as review:
        review.decide(made, 0)
    with reviewing(store, checkpoints, "Ada Lovelace"):
        assert read_decided(store, RUN) == (made,)


def test_a_day_that_goes_by_is_noticed(store: Store, base: Report) -> None:
    from gonogo.review.desk import Reading

    made = decided(base, what=Act.ATTEST, subject=asked_of(base), status=Status.PASS, expires="2026-11-23")
    record(store, RUN, made, 0, NOW)
    reading = Reading(store, RUN)
    assert status_of(reading.report(NOW), made.subject) is Status.PASS
    assert status_of(reading.report(datetime(2026, 11, 24, tzinfo=UTC)), made.subject) is Status.UNVERIFIED
