"""Messages have the keys and the types of the project's fixtures."""

import json
from typing import Any

import pytest

from builders import alarm, dimension_list, metric_entry, minute
from messages import Change, Contributor, event_detail, sns_message, sns_subject, timestamp
from shapes import fixture, shape

API = {"ServiceName": "api", "ClusterName": "prod"}

SINGLE = alarm(
    Namespace="AWS/ECS", MetricName="CPUUtilization", Dimensions=dimension_list(API), Statistic="Average", Period=60
)
COUNT = SINGLE | {"Statistic": "SampleCount"}
MATH = alarm(
    Metrics=[
        metric_entry("running", "CPUUtilization", API, "SampleCount"),
        {"Id": "change", "Expression": "ABS(DIFF(running))", "Label": "running task count change", "ReturnData": True},
    ]
)
QUERY = alarm(Metrics=[{"Id": "q", "Expression": "SELECT … GROUP BY ServiceName", "Period": 60, "ReturnData": True}])
COMPOSITE = {key: value for key, value in alarm(AlarmRule='ALARM("a") AND ALARM("b")').items() if key != "Threshold"}
CHILD = {"arn": "arn:…:alarm:a", "state": {"value": "ALARM", "timestamp": timestamp(minute(0))}}
CONTRIBUTOR = Contributor({"ServiceName": "api"})

CHANGE = Change("OK", "ALARM", "a reason", minute(1), '{"version":"1.0"}', "an old reason", minute(0))
CONTRIBUTED = Change("OK", "ALARM", "a reason", minute(1), contributor=CONTRIBUTOR)


@pytest.mark.parametrize(
    ("name", "subject", "change"),
    [
        ("sns-alarm-single-metric-ALARM", SINGLE, CHANGE),
        ("sns-alarm-single-metric-no-running-tasks-ALARM", COUNT, CHANGE),
        ("sns-alarm-metric-math-ALARM", MATH, CHANGE),
        ("sns-alarm-metrics-insights-contributor-ALARM", QUERY, CONTRIBUTED),
        ("sns-alarm-metrics-insights-contributor-OK-no-data", QUERY, CONTRIBUTED),
        (
            "sns-alarm-composite-ALARM",
            COMPOSITE,
            Change("OK", "ALARM", "a reason", minute(1), json.dumps({"triggeringAlarms": [CHILD]})),
        ),
    ],
)
def test_sns_message(name: str, subject: dict[str, Any], change: Change) -> None:
    assert shape(sns_message(subject, change)) == shape(fixture(name))


def test_sns_message_without_description() -> None:
    expected = shape(fixture("sns-alarm-single-metric-INSUFFICIENT_DATA"))
    assert shape(sns_message(SINGLE | {"AlarmDescription": ""}, CHANGE)) == expected


def test_trigger_says_what_the_alarm_watches() -> None:
    trigger = sns_message(COUNT, CHANGE)["Trigger"]
    assert (trigger["StatisticType"], trigger["Statistic"], trigger["Unit"]) == ("Statistic", "SAMPLE_COUNT", None)
    assert trigger["Dimensions"] == [
        {"value": "api", "name": "ServiceName"},
        {"value": "prod", "name": "ClusterName"},
    ]


def test_times_and_region() -> None:
    message = sns_message(SINGLE, CHANGE)
    assert timestamp(1_795_338_889.53) == "2026-11-22T09:14:49.530+0000"
    assert (message["Region"], message["AWSAccountId"]) == ("US East (N. Virginia)", "111122223333")


@pytest.mark.parametrize(
    ("name", "subject", "change"),
    [
        ("eventbridge-alarm-state-change-single", SINGLE, CHANGE),
        ("eventbridge-alarm-state-change-multi-series-parent", QUERY, CHANGE),
        ("eventbridge-alarm-contributor-state-change-ALARM", QUERY, CONTRIBUTED),
    ],
)
def test_event_detail(name: str, subject: dict[str, Any], change: Change) -> None:
    assert shape(event_detail(subject, change)) == shape(fixture(name)["detail"])


def test_contributor_id_is_stable_and_depends_on_the_attributes_only() -> None:
    assert CONTRIBUTOR.id == Contributor({"ServiceName": "api"}).id != Contributor({"ServiceName": "b"}).id
    assert len(CONTRIBUTOR.id) == 16 and int(CONTRIBUTOR.id, 16) >= 0


def test_subject_is_cut_and_ascii() -> None:
    assert sns_subject("api", "ALARM", "eu-west-1") == 'ALARM: "api" in EU (Ireland)'
    long = sns_subject("ä" + "x" * 200, "OK", "us-east-1")
    assert len(long) == 100 and long.startswith('OK: "_xxx') and long.endswith('x..." in US East (N. Virginia)')
