"""Alarm state from datapoints: M out of N, and missing data as AWS documents it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from metric_data import Slots

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}


@dataclass(frozen=True)
class Rule:
    """What an alarm compares, and how often that must be true."""

    comparison: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    treat_missing_data: str = "missing"

    @classmethod
    def of(cls, alarm: Mapping[str, Any]) -> "Rule":
        periods = alarm["EvaluationPeriods"]
        return cls(
            alarm["ComparisonOperator"],
            alarm["Threshold"],
            periods,
            alarm.get("DatapointsToAlarm") or periods,
            alarm.get("TreatMissingData") or "missing",
        )

    def is_breaching(self, value: float) -> bool:
        return COMPARISONS[self.comparison](value, self.threshold)


@dataclass(frozen=True)
class Verdict:
    """State that the datapoints ask for; None keeps the present one."""

    state: str | None
    evaluated: tuple[tuple[float, float], ...]
    """Real datapoints that took part, newest first."""
    filled: int
    """How many missing datapoints took part."""


def evaluate(rule: Rule, slots: Slots) -> Verdict:
    """State for an evaluation range, oldest period first.

    Real datapoints are used first, also those from farther back than the evaluation periods; missing data
    only fills what is left.
    """
    real = [(start, value) for start, value in reversed(slots) if value is not None][: rule.evaluation_periods]
    filled = rule.evaluation_periods - len(real)
    breaching = sum(rule.is_breaching(value) for _, value in real)
    return Verdict(_state(rule, slots, breaching, len(real), filled), tuple(real), filled)


def _state(rule: Rule, slots: Slots, breaching: int, real: int, filled: int) -> str | None:
    if filled and rule.treat_missing_data == "breaching":
        breaching += filled
    if breaching >= rule.datapoints_to_alarm:
        return "ALARM"
    if not filled or rule.treat_missing_data in ("breaching", "notBreaching") or breaching < real:
        return "OK"
    # From here all real datapoints breach, but there are fewer than M of them, or none.
    if rule.treat_missing_data == "ignore":
        return None
    return "ALARM" if real and _is_old_enough(rule, slots) else "INSUFFICIENT_DATA"


def _is_old_enough(rule: Rule, slots: Slots) -> bool:
    """A breaching datapoint with nothing but missing data since alarms once it is M periods old, not before."""
    oldest = next(i for i, (_, value) in enumerate(slots) if value is not None)
    return len(slots) - oldest >= rule.datapoints_to_alarm
