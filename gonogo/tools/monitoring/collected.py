"""What the parsers have found so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from gonogo.facts.monitoring import (
    Alerting,
    Collector,
    Dashboard,
    LogStore,
    Monitor,
    Monitoring,
    Objective,
    PrometheusConfig,
    Provisioning,
    Rule,
)
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place


@dataclass
class Collected:
    """Lists to fill; :meth:`freeze` makes the facts."""

    prometheus: list[PrometheusConfig] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    alerting: list[Alerting] = field(default_factory=list)
    dashboards: list[Dashboard] = field(default_factory=list)
    provisioning: list[Provisioning] = field(default_factory=list)
    collectors: list[Collector] = field(default_factory=list)
    monitors: list[Monitor] = field(default_factory=list)
    objectives: list[Objective] = field(default_factory=list)
    log_stores: list[LogStore] = field(default_factory=list)
    probes: list[Place] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def freeze(self) -> Monitoring:
        """The facts, in the order in which files were read."""
        return Monitoring(
            prometheus=tuple(self.prometheus),
            rules=tuple(self.rules),
            alerting=tuple(self.alerting),
            dashboards=tuple(self.dashboards),
            provisioning=tuple(self.provisioning),
            collectors=tuple(self.collectors),
            monitors=tuple(self.monitors),
            objectives=tuple(self.objectives),
            log_stores=tuple(self.log_stores),
            probes=tuple(self.probes),
            unread=tuple(self.unread),
        )
