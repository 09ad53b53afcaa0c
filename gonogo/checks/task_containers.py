"""Containers that cloud services run from task definitions and service resources. Needs: terraform, cloudformation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gonogo.checks import cloud
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, Unknown, Value, as_tuple
from gonogo.model.evidence import Place


@dataclass(frozen=True)
class TaskContainer:
    """One container of an Amazon ECS task definition."""

    name: str
    image: str
    """Empty, or with ``${...}`` in it, where code does not tell."""
    spec: Mapping[str, Value]
    task: Resource
    at: Place

    def get(self, *names: str) -> Value:
        """The first of these settings that is there; task definitions are written in several styles."""
        return next((self.spec[name] for name in names if self.spec.get(name) is not None), None)


def task_containers(facts: Facts) -> tuple[TaskContainer, ...]:
    """The containers of all task definitions that can be read."""
    return tuple(found for task in cloud.deciding(facts, Kind.TASK_DEFINITION) for found in _containers(task))


def hidden_tasks(facts: Facts) -> tuple[Resource, ...]:
    """Task definitions whose containers code does not tell."""
    return tuple(task for task in cloud.deciding(facts, Kind.TASK_DEFINITION) if not list(_containers(task)))


def _containers(task: Resource) -> Iterator[TaskContainer]:
    for index, spec in enumerate(as_tuple(task.get("container_definitions"))):
        if not isinstance(spec, Mapping):
            continue
        name = text_of(spec.get("name", spec.get("Name")))
        line = task.place(f"container_definitions.{index}")
        place = Place(line.path, line.line, line.end_line, f"{task.address}:{name or index}")
        yield TaskContainer(name, text_of(spec.get("image", spec.get("Image"))), spec, task, place)


def text_of(value: Value) -> str:
    """A value as text; what is unknown keeps its source."""
    return "" if value is None else value.text if isinstance(value, Unknown) else str(value)
