"""Metric math and Metrics Insights."""

import pytest

import alarm_series
from builders import metric_entry, minute, store
from expressions import Expression, ExpressionError
from insights import Query, QueryError
from metric_data import Window

NONE = None
M = [1.0, NONE, 4.0, NONE, 10.0, NONE]
"""The last period is still running."""
N = [2.0, 2.0, 2.0, 2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m + n * 2", [5, NONE, 8, NONE, 14, NONE]),
        ("-m / (n - 1)", [-1, NONE, -4, NONE, -10, NONE]),
        ("n / (n - n)", [NONE] * 6),
        ("n ^ 3", [8] * 6),
        ("m > n", [0, NONE, 1, NONE, 1, NONE]),
        ("m >= 4 AND n == 2", [0, NONE, 1, NONE, 1, NONE]),
        ("m < 2 || n != 2", [1, NONE, 0, NONE, 0, NONE]),
        ("IF(m > 3, m, 0)", [0, NONE, 4, NONE, 10, NONE]),
        ("IF(m > 3, n)", [NONE, NONE, 2, NONE, 2, NONE]),
        ("FILL(m, 0)", [1, 0, 4, 0, 10, NONE]),
        ("FILL(m, n)", [1, 2, 4, 2, 10, NONE]),
        ("FILL(m, REPEAT)", [1, 1, 4, 4, 10, NONE]),
        ("FILL(m, LINEAR)", [1, 2.5, 4, 7, 10, NONE]),
        ("SUM([m, n])", [3, 2, 6, 2, 12, 2]),
        ("AVG(METRICS())", [1.5, 2, 3, 2, 6, 2]),
        ("MIN([m, n])", [1, 2, 2, 2, 2, 2]),
        ("n - MAX(m)", [-8] * 6),
        ("ABS(0 - m)", [1, NONE, 4, NONE, 10, NONE]),
        ("DIFF(m)", [NONE, NONE, 3, NONE, 6, NONE]),
        ("DIFF(FILL(m, 0))", [NONE, -1, 4, -4, 10, NONE]),
        ("RATE(m) * 60", [NONE, NONE, 1.5, NONE, 3, NONE]),
    ],
)
def test_metric_math(text: str, expected: list[float | None]) -> None:
    assert Expression.parse(text).evaluate({"m": M, "n": N}) == expected


@pytest.mark.parametrize(
    "text",
    ["m +", "SEARCH('{AWS/ECS} CPU', 'Average')", "__import__('os')", "m.real", "(lambda: 1)()", "1 < m < 3", "q / 2"],
)
def test_what_is_not_metric_math_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        Expression.parse(text).evaluate({"m": M, "q": (M, N)})


def test_an_array_is_reduced_to_one_series() -> None:
    assert Expression.parse("MAX(q)").evaluate({"q": (M, N)}) == [2, 2, 4, 2, 10, 2]


SERVICES = store(
    ("CPUUtilization", {"ClusterName": "shop", "ServiceName": "api"}, [(minute(0), 90.0, 1), (minute(0) + 1, 70.0, 3)]),
    ("CPUUtilization", {"ClusterName": "shop", "ServiceName": "worker"}, [(minute(0), 10.0, 2)]),
    ("CPUUtilization", {"ClusterName": "shop", "ServiceName": "it's"}, [(minute(0), 5.0, 1)]),
    ("CPUUtilization", {"ClusterName": "batch", "ServiceName": "api"}, [(minute(0), 99.0, 1)]),
    ("CPUUtilization", {"ClusterName": "shop"}, [(minute(0), 50.0, 4)]),
)
ECS = 'FROM SCHEMA("AWS/ECS", ClusterName, ServiceName)'


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            f"SELECT AVG(CPUUtilization) {ECS} WHERE ClusterName = 'shop' GROUP BY ServiceName ORDER BY AVG() DESC",
            {"api": 75, "worker": 10, "it's": 5},
        ),
        (
            f"select max(CPUUtilization) {ECS} where ClusterName='shop' and ServiceName != 'api' AND "
            "ServiceName != 'it''s' group by ServiceName order by max() asc",
            {"worker": 10},
        ),
        (f"SELECT COUNT(CPUUtilization) {ECS} GROUP BY ServiceName ORDER BY COUNT() DESC LIMIT 1", {"api": 5}),
        (
            'SELECT SUM("CPUUtilization") FROM "AWS/ECS" GROUP BY ServiceName',
            {"api": 399, "worker": 20, "it's": 5, "Other": 200},
        ),
        (f"SELECT MIN(CPUUtilization) {ECS} WHERE ServiceName = 'none' GROUP BY ServiceName", {}),
    ],
)
def test_metrics_insights(sql: str, expected: dict[str, float]) -> None:
    window = Window.ending_at(minute(1), 60, 1, scale=1)
    found = Query.parse(sql).run(SERVICES, window)
    assert {dict(attributes)["ServiceName"]: values[-2] for attributes, values in found.items()} == expected


def test_without_group_by_there_is_one_series() -> None:
    query = Query.parse(f"SELECT AVG(CPUUtilization) {ECS} WHERE \"ClusterName\" = 'batch'")
    assert query.run(SERVICES, Window.ending_at(minute(1), 60, 1, scale=1)) == {(): [None, None, 99.0, None]}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT CPUUtilization FROM x",
        f"SELECT MEDIAN(CPUUtilization) {ECS}",
        f"SELECT AVG(CPUUtilization) {ECS} WHERE ServiceName NOT IN ('a')",
        f"SELECT AVG(CPUUtilization) {ECS} WHERE ServiceName = 'a' OR ServiceName = 'b'",
    ],
)
def test_what_the_query_language_lacks_is_refused(sql: str) -> None:
    with pytest.raises(QueryError):
        Query.parse(sql)


GROUPED = f"SELECT AVG(CPUUtilization) {ECS} GROUP BY ServiceName"


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{"Id": "q", "Expression": GROUPED, "Period": 60}], "with an ORDER BY clause"),
        (
            [
                {"Id": "q", "Expression": f"{GROUPED} ORDER BY AVG()", "Period": 60, "ReturnData": False},
                {"Id": "e", "Expression": "DIFF(q)"},
            ],
            "One time series is expected",
        ),
        ([metric_entry("m", "CPUUtilization", {})], "Exactly one element"),
        ([{"Id": "e", "Expression": "m1 + 1"}], "Unresolved dependency on m1"),
        ([{"Id": "e", "Expression": "f + 1"}, {"Id": "f", "Expression": "e", "ReturnData": False}], "dependency"),
    ],
)
def test_alarms_that_cannot_be_evaluated_are_refused(entries: list[dict], message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        alarm_series.check(entries)


def test_what_alarms_may_watch_is_accepted() -> None:
    grouped = {"Id": "q", "Expression": GROUPED, "Period": 60, "ReturnData": False}
    alarm_series.check([grouped, {"Id": "e", "Expression": "SUM(q)"}])
    alarm_series.check([{"Id": "q", "Expression": f"{GROUPED} ORDER BY AVG() DESC", "Period": 60}])
    cpu = metric_entry("cpu", "CPUUtilization", {})
    tasks = metric_entry("tasks", "MemoryUtilization", {}, "SampleCount")
    alarm_series.check([cpu, tasks, {"Id": "e", "Expression": "IF(cpu > 85 AND tasks >= 20, 1, 0)"}])
