"""Alarm state from datapoints, against the tables of AWS's documentation.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from datetime import datetime, timezone

import pytest

import alarm_series
import reasons
from builders import NOON, PERIOD, alarm, dimension_list, metric_entry, minute, store
from evaluation import Rule, evaluate
from metric_data import Slots, Window

API = {"ClusterName": "shop", "ServiceName": "api"}
RETAIN = None
INSUFFICIENT = "INSUFFICIENT_DATA"
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


def slots(pattern: str) -> Slots:
    values = {"0": 0.0, "X": 1.0, "-": None}
    return [(minute(i), values[mark]) for i, mark in enumerate(pattern.split())]


def rule(m: int, n: int, treatment: str = "missing") -> Rule:
    return Rule("GreaterThanThreshold", 0.5, n, m, treatment)


# Data points, M, number to fill, then the state for missing, ignore, breaching, notBreaching. N is 3.
DOCUMENTED = [
    ("0 - X - X", 3, 0, "OK", "OK", "OK", "OK"),
    ("0 - - - -", 3, 2, "OK", "OK", "OK", "OK"),
    ("- - - - -", 3, 3, INSUFFICIENT, RETAIN, "ALARM", "OK"),
    ("0 X X - X", 3, 0, "ALARM", "ALARM", "ALARM", "ALARM"),
    ("- - X - -", 3, 2, "ALARM", RETAIN, "ALARM", "OK"),
    ("0 - X - X", 2, 0, "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0 0 X 0 X", 2, 0, "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0 - X - -", 2, 1, "OK", "OK", "ALARM", "OK"),
    ("- - - - 0", 2, 2, "OK", "OK", "ALARM", "OK"),
    ("- - - X -", 2, 2, "ALARM", RETAIN, "ALARM", "OK"),
    # From an older edition of the page, which no longer shows them.
    ("- - - - X", 3, 2, INSUFFICIENT, RETAIN, "ALARM", "OK"),
    ("X - - - -", 3, 2, "ALARM", RETAIN, "ALARM", "OK"),
    ("- - - - X", 2, 2, INSUFFICIENT, RETAIN, "ALARM", "OK"),
]


@pytest.mark.parametrize(("pattern", "m", "filled", "missing", "ignore", "breaching", "not_breaching"), DOCUMENTED)
def test_missing_data_as_documented(
    pattern: str, m: int, filled: int, missing: str, ignore: str, breaching: str, not_breaching: str
) -> None:
    verdicts = [evaluate(rule(m, 3, treatment), slots(pattern)) for treatment in TREATMENTS]
    assert [verdict.state for verdict in verdicts] == [missing, ignore, breaching, not_breaching]
    assert {verdict.filled for verdict in verdicts} == {filled}


@pytest.mark.parametrize("pattern", ["- - - - X", "- - - X -"])
def test_no_premature_alarm_before_the_breach_is_m_periods_old(pattern: str) -> None:
    assert evaluate(rule(3, 3), slots(pattern)).state != "ALARM"


@pytest.mark.parametrize(("pattern", "state"), [("0 0 0 0 X", "OK"), ("0 X 0 X 0", "OK"), ("0 X 0 X X", "ALARM")])
def test_m_of_n_uses_the_newest_n_when_none_is_missing(pattern: str, state: str) -> None:
    assert evaluate(rule(2, 3), slots(pattern)).state == state


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [
        ("GreaterThanThreshold", "OK", "OK", "ALARM"),
        ("GreaterThanOrEqualToThreshold", "OK", "ALARM", "ALARM"),
        ("LessThanThreshold", "ALARM", "OK", "OK"),
        ("LessThanOrEqualToThreshold", "ALARM", "ALARM", "OK"),
    ],
)
def test_comparisons(comparison: str, below: str, equal: str, above: str) -> None:
    one = Rule(comparison, 5.0, 1, 1)
    assert [evaluate(one, [(0, value)]).state for value in (4.0, 5.0, 6.0)] == [below, equal, above]


class TestStoppedService:
    """SampleCount < 1, missing data breaches: a stopped service sends no metrics at all."""

    @pytest.mark.parametrize(("periods", "fires_after"), [(2, 4), (3, 5)])
    def test_fires_two_periods_later_than_its_evaluation_periods(self, periods: int, fires_after: int) -> None:
        stopped = alarm(
            Namespace="AWS/ECS",
            MetricName="MemoryUtilization",
            Dimensions=dimension_list(API),
            Statistic="SampleCount",
            Period=PERIOD,
            ComparisonOperator="LessThanThreshold",
            Threshold=1.0,
            TreatMissingData="breaching",
            EvaluationPeriods=periods,
            DatapointsToAlarm=periods,
        )
        data = store(("MemoryUtilization", API, [(minute(m) + 5, 40.0, 3) for m in range(-10, 0)]))

        def state(empty_minutes: float) -> str | None:
            window = alarm_series.alarm_window(stopped, minute(empty_minutes), scale=1)
            return evaluate(Rule.of(stopped), alarm_series.read(stopped, data, window)).state

        assert [state(m + 0.99) for m in range(fires_after)] == ["OK"] * fires_after
        assert state(fires_after) == "ALARM"


class TestScaledDown:
    """DIFF(tasks) < 0, 1 of 3, missing data does not breach."""

    def state(self, expression: str, points: list[tuple[float, float, float]], now: float) -> str | None:
        scaled = alarm(
            Metrics=[
                metric_entry("tasks", "MemoryUtilization", API, "SampleCount"),
                {"Id": "change", "Expression": expression, "ReturnData": True},
            ],
            ComparisonOperator="LessThanThreshold",
            Threshold=0.0,
            DatapointsToAlarm=1,
            TreatMissingData="notBreaching",
        )
        window = alarm_series.alarm_window(scaled, now, scale=1)
        read = alarm_series.read(scaled, store(("MemoryUtilization", API, points)), window)
        return evaluate(Rule.of(scaled), read).state

    def minutes(self, tasks: dict[int, float]) -> list[tuple[float, float, float]]:
        return [(minute(m), 40.0, count) for m, count in tasks.items()]

    def test_fires_when_a_task_is_gone_and_ends_by_itself(self) -> None:
        points = self.minutes({-3: 3, -2: 3, -1: 2, 0: 2, 1: 2, 2: 2})
        assert self.state("DIFF(tasks)", points[:3], minute(0)) == "ALARM"
        assert self.state("DIFF(tasks)", points, minute(3)) == "OK"

    @pytest.mark.parametrize(("expression", "during"), [("DIFF(tasks)", "OK"), ("DIFF(FILL(tasks, 0))", "ALARM")])
    def test_a_datapoint_that_is_a_minute_late_alarms_only_with_fill(self, expression: str, during: str) -> None:
        complete = {-6: 3, -5: 3, -4: 3, -3: 3, -2: 3, -1: 3, 0: 3}
        before = self.minutes({m: n for m, n in complete.items() if m < -1})
        assert self.state(expression, before, minute(0) - 1) == "OK"
        assert self.state(expression, before, minute(0) + 30) == during
        assert self.state("DIFF(tasks)", self.minutes(complete), minute(0) + 90) == "OK"

    def test_a_gap_is_bridged_to_the_previous_existing_value(self) -> None:
        assert self.state("DIFF(tasks)", self.minutes({-4: 3, -3: 3, -1: 2}), minute(0)) == "ALARM"

    def test_a_half_aggregated_minute_is_used_as_it_is_and_corrected_later(self) -> None:
        """As on AWS, which "use what is there": the alarm may be false, and only the level tells."""
        before = self.minutes({-4: 3, -3: 3, -2: 3, -1: 3})
        one_of_three = [*before, (minute(0) + 2, 40.0, 1)]
        assert self.state("DIFF(tasks)", one_of_three, minute(0) + 10) == "ALARM"
        assert self.state("DIFF(tasks)", [*one_of_three, (minute(0) + 12, 40.0, 2)], minute(0) + 20) == "OK"


class TestWindow:
    def test_periods_are_aligned_and_scaled(self) -> None:
        window = Window.ending_at(now=100.7, period=60, evaluation_periods=3, scale=60)
        assert [start for start, _ in window.slots([None] * window.count)] == [95.0, 96.0, 97.0, 98.0, 99.0]

    def test_a_running_period_takes_part_once_it_has_data(self) -> None:
        window = Window.ending_at(now=NOON + 10, period=60, evaluation_periods=1, scale=1)
        assert window.slots([1, 2, 3, None]) == [(minute(-3), 1), (minute(-2), 2), (minute(-1), 3)]
        assert window.slots([1, 2, 3, 4]) == [(minute(-2), 2), (minute(-1), 3), (minute(0), 4)]

    def test_dimension_sets_are_metrics_of_their_own(self) -> None:
        metric = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Dimensions": dimension_list(API)}
        cpu = alarm(**metric, Statistic="Maximum", Period=PERIOD)
        data = store(
            ("CPUUtilization", API, [(minute(-1), 10.0, 1), (minute(-1) + 59, 30.0, 1)]),
            ("CPUUtilization", API | {"ServiceName": "worker"}, [(minute(-1), 99.0, 1)]),
        )
        window = alarm_series.alarm_window(cpu, minute(0), scale=1)
        assert alarm_series.read(cpu, data, window)[-1] == (minute(-1), 30.0)


class TestReasons:
    NEWEST = int(datetime(2026, 11, 18, 9, 13, tzinfo=timezone.utc).timestamp())

    def reason(self, values: list[float | None], m: int, treatment: str = "notBreaching") -> str:
        count = len(values)
        read = [(float(self.NEWEST - 60 * (count - 1 - i)), value) for i, value in enumerate(values)]
        cpu = Rule("GreaterThanOrEqualToThreshold", 80.0, count, m, treatment)
        verdict = evaluate(cpu, read)
        return reasons.alarm_reason(cpu, verdict, verdict.state or "")

    def test_alarm(self) -> None:
        assert self.reason([61.0, 66.25, 84.5, 88.05, 91.2], 3) == (
            "Threshold Crossed: 3 out of the last 5 datapoints [91.2 (18/11/26 09:13:00), 88.05 (18/11/26 09:12:00), "
            "84.5 (18/11/26 09:11:00)] were greater than or equal to the threshold (80.0) "
            "(minimum 3 datapoints for OK -> ALARM transition)."
        )

    def test_ok(self) -> None:
        assert self.reason([41.0], 1) == (
            "Threshold Crossed: 1 out of the last 1 datapoint [41.0 (18/11/26 09:13:00)] was not greater than or equal "
            "to the threshold (80.0) (minimum 1 datapoint for ALARM -> OK transition)."
        )

    def test_no_data(self) -> None:
        assert self.reason([None] * 3, 3, "breaching") == (
            "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
            "[Breaching]."
        )
        assert self.reason([None], 1, "missing") == "Insufficient Data: 1 datapoint was unknown."
