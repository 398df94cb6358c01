"""Why an alarm has its state, in AWS's words: the reason of the message, and the reason data of the event."""

import json
import time
from collections.abc import Mapping
from typing import Any

from evaluation import Rule, Verdict
from messages import timestamp
from metric_data import Slots

COMPARISON_WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanOrEqualToThreshold": "less than or equal to",
    "LessThanThreshold": "less than",
}
MISSING_WORDS = {"breaching": "Breaching", "notBreaching": "NonBreaching", "ignore": "Ignore", "missing": "Missing"}

CONTRIBUTOR_GONE = "No data was returned for this contributor"
NO_CONTRIBUTORS = "No data was returned by the query"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _datapoint(start: float, value: float) -> str:
    return f"{value} ({time.strftime('%d/%m/%y %H:%M:%S', time.gmtime(start))})"


def _transition(rule: Rule, state: str) -> str:
    if state == "ALARM":
        return f"(minimum {_count(rule.datapoints_to_alarm, 'datapoint')} for OK -> ALARM transition)."
    minimum = rule.evaluation_periods - rule.datapoints_to_alarm + 1
    return f"(minimum {_count(minimum, 'datapoint')} for ALARM -> OK transition)."


def _crossing(rule: Rule, verdict: Verdict, state: str) -> list[tuple[float, float]]:
    """Datapoints that speak for the state, newest first."""
    return [(at, value) for at, value in verdict.evaluated if rule.is_breaching(value) == (state == "ALARM")]


def _relation(rule: Rule, state: str, plural: bool) -> str:
    verb = ("were" if plural else "was") + ("" if state == "ALARM" else " not")
    return f"{verb} {COMPARISON_WORDS[rule.comparison]} the threshold ({rule.threshold})"


def _missing(rule: Rule, verdict: Verdict) -> str:
    verb = "was" if verdict.filled == 1 else "were"
    words = MISSING_WORDS[rule.treat_missing_data]
    return f"{_count(verdict.filled, 'missing datapoint')} {verb} treated as [{words}]"


def alarm_reason(rule: Rule, verdict: Verdict, state: str) -> str:
    if state == "INSUFFICIENT_DATA":
        verb = "was" if verdict.filled == 1 else "were"
        return f"Insufficient Data: {_count(verdict.filled, 'datapoint')} {verb} unknown."
    crossing = _crossing(rule, verdict, state)
    if not crossing:
        received = _count(len(verdict.evaluated), "datapoint") if verdict.evaluated else "no datapoints"
        verb = "was" if len(verdict.evaluated) == 1 else "were"
        periods = _count(rule.evaluation_periods, "period")
        return f"Threshold Crossed: {received} {verb} received for {periods} and {_missing(rule, verdict)}."
    datapoints = ", ".join(_datapoint(*point) for point in crossing)
    filled = f" and {_missing(rule, verdict)}" if verdict.filled else ""
    return (
        f"Threshold Crossed: {len(crossing)} out of the last {_count(rule.evaluation_periods, 'datapoint')} "
        f"[{datapoints}] {_relation(rule, state, len(crossing) > 1)}{filled} {_transition(rule, state)}"
    )


def contributor_reason(rule: Rule, verdict: Verdict, state: str) -> str:
    """AWS's grammar ("which not crossed") included."""
    crossing = _crossing(rule, verdict, state)
    if not crossing:
        return alarm_reason(rule, verdict, state)
    crossed = "crossed" if state == "ALARM" else "not crossed"
    return (
        f"Threshold Crossed: {len(crossing)} out of the last {_count(rule.evaluation_periods, 'datapoint')} "
        f"{_relation(rule, state, len(crossing) > 1)}. The most recent datapoint which {crossed} the threshold: "
        f"[{_datapoint(*crossing[0])}] {_transition(rule, state)}"
    )


def contributors_reason(alarming: int, total: int) -> str:
    if alarming:
        return f"{alarming} out of {total} time series evaluated to ALARM"
    return f"{total} time series evaluated to OK"


def reason_data(alarm: Mapping[str, Any], verdict: Verdict, state: str, slots: Slots, now: float) -> str:
    rule = Rule.of(alarm)
    data: dict[str, Any] = {"version": "1.0", "queryDate": timestamp(now)}
    if verdict.evaluated:
        data["startDate"] = timestamp(verdict.evaluated[-1][0])
    if not alarm.get("Metrics"):
        data |= {"statistic": alarm.get("ExtendedStatistic") or alarm["Statistic"], "period": alarm["Period"]}
    data |= {
        "recentDatapoints": [value for _, value in slots[-rule.evaluation_periods :] if value is not None],
        "threshold": rule.threshold,
        "evaluatedDatapoints": [
            {"timestamp": timestamp(at), "value": value} for at, value in _crossing(rule, verdict, state)
        ],
    }
    return json.dumps(data, separators=(",", ":"))


def contributors_reason_data(now: float) -> str:
    return json.dumps({"version": "1.0", "queryDate": timestamp(now)}, separators=(",", ":"))
