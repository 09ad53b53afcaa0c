"""The terms of an audit: what makes its verdict stricter or milder than evidence alone would."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from gonogo.model.policy import NO_POLICY, Policy
from gonogo.model.report import Concession
from gonogo.model.waiver import AcceptedRisk


class Terms(BaseModel):
    """``concessions`` are what the operator set and can make the verdict better; ``not_counted`` what the audited
    repository asked for on its own behalf."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    concessions: tuple[Concession, ...] = ()
    not_counted: tuple[Concession, ...] = ()
    policy: Policy = NO_POLICY
    waivers: tuple[AcceptedRisk, ...] = ()


NO_TERMS = Terms()
