"""Alarms as clients of the launcher see them: one period of 60 s lasts one second."""

import time
from typing import Any

import pytest

from account import GRANITE, QUERY, Account, query_entry, single_metric
from builders import metric_entry
from emulator import Refused, eventually
from shapes import fixture, shape


def test_an_alarm_comes_back_as_it_was_put(account: Account) -> None:
    metrics = [
        metric_entry("tasks", "MemoryUtilization", {"ServiceName": "api"}, "SampleCount"),
        {"Id": "change", "Expression": "DIFF(tasks) < 0 && 1 > 0", "Label": "fewer <tasks>", "ReturnData": True},
    ]
    actions = {"InsufficientDataActions": [account.topic], "Tags": [{"Key": "owner", "Value": "platform"}]}
    account.put_alarm(AlarmName="scaled", Metrics=metrics, ActionsEnabled=False, **actions)
    members = {"AlarmNames": ["scaled"]}
    by_json = account.client.json("monitoring", f"{GRANITE}.DescribeAlarms", **members)["MetricAlarms"][0]
    by_cbor = account.client.cbor("monitoring", f"{GRANITE}.DescribeAlarms", **members)["MetricAlarms"][0]
    by_query = account.client.query("monitoring", "DescribeAlarms", **members)
    for alarm in (by_json, by_cbor):
        assert alarm["Metrics"] == metrics
        assert (alarm["InsufficientDataActions"], alarm["ActionsEnabled"]) == ([account.topic], False)
        assert (alarm["DatapointsToAlarm"], alarm["Threshold"], alarm["TreatMissingData"]) == (3, 80.0, "notBreaching")
        assert "Statistic" not in alarm and not [key for key in alarm if key.startswith("_")]
    assert by_query.findtext(".//MetricAlarms/member/AlarmDescription") == "CPU > 80 % & more"
    assert [entry.findtext("Label") for entry in by_query.findall(".//Metrics/member")] == [None, "fewer <tasks>"]
    assert by_query.findtext(".//Metrics/member/MetricStat/Metric/Dimensions/member/Value") == "api"
    arn = account.arn("cloudwatch", "alarm:scaled")
    tags = account.client.query("monitoring", "ListTagsForResource", ResourceARN=arn)
    assert tags.findtext(".//Tags/member/Value") == "platform"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"InsufficientDataActions": ["arn:aws:sns:eu-west-1:1:t"]}, "InsufficientData actions are not supported"),
        ({"Metrics": query_entry(QUERY.replace("ORDER BY AVG() DESC", ""))}, "with an ORDER BY clause"),
        ({"Metrics": query_entry(f"{QUERY}{' ' * 1024}")}, "less than or equal to 1024"),
        ({"EvaluationPeriods": 181}, "cannot be checked across more than 3 hours"),
    ],
)
def test_an_alarm_that_aws_refuses_is_refused(account: Account, members: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=f"ValidationError.*{message}"):
        account.put_alarm(**{"Metrics": query_entry()} | members)


def test_a_metric_alarm_tells_its_topic_on_transitions_only(account: Account) -> None:
    name = account.put_alarm(**single_metric())
    account.put_cpu("worker", 99, range(-4, 1))
    assert account.told("OK")["OldStateValue"] == "INSUFFICIENT_DATA"
    account.put_cpu("api", 90, range(-3, 1))
    message = account.told("ALARM")
    assert shape(message) == shape(fixture("sns-alarm-single-metric-ALARM"))
    assert (message["OldStateValue"], message["Region"]) == ("OK", "EU (Ireland)")
    account.put_alarm(**single_metric(), AlarmDescription="updated")
    assert account.state(name) == "ALARM"
    account.put_cpu("api", 10, range(0, 1))
    assert account.told("OK")["OldStateValue"] == "ALARM"
    assert [message["NewStateValue"] for message in account.heard] == ["OK", "ALARM", "OK"]


def test_a_contributor_alarm_tells_of_each_service_by_itself(account: Account) -> None:
    events = account.route_events("aws.cloudwatch")
    account.put_alarm(Metrics=query_entry())
    account.put_cpu("worker", 20, range(-4, 6))
    account.put_cpu("api", 95, range(-3, 1))
    message = account.told("ALARM")
    assert shape(message) == shape(fixture("sns-alarm-metrics-insights-contributor-ALARM"))
    assert message["AlarmContributorAttributes"] == {"ServiceName": "api"}
    target = f"{GRANITE}.DescribeAlarmContributors"
    listed = account.client.json("monitoring", target, AlarmName="cpu-high")["AlarmContributors"]
    assert [contributor["ContributorId"] for contributor in listed] == [message["AlarmContributorId"]]
    account.put_cpu("api", 10, range(1, 2))
    recovered = account.told("OK")
    assert recovered["AlarmContributorId"] == message["AlarmContributorId"]
    assert recovered["NewStateReason"].startswith("Threshold Crossed: 1 out of the last 3 datapoints was not greater")
    time.sleep(0.5)
    account.received()
    assert account.heard == [message, recovered]
    told = [(event["detail-type"], event["detail"]["state"]["value"]) for event in account.received(events)]
    assert told[-4:] == [
        ("CloudWatch Alarm Contributor State Change", "ALARM"),
        ("CloudWatch Alarm State Change", "ALARM"),
        ("CloudWatch Alarm Contributor State Change", "OK"),
        ("CloudWatch Alarm State Change", "OK"),
    ]


def test_a_contributor_that_vanishes_is_ok(account: Account) -> None:
    account.put_alarm(Metrics=query_entry(), TreatMissingData="breaching")
    account.put_cpu("api", 95, range(-3, 1))
    account.told("ALARM")
    assert account.told("OK", seconds=8)["NewStateReason"] == "No data was returned for this contributor"
    eventually(lambda: account.state() == "INSUFFICIENT_DATA")


def test_a_state_that_was_set_tells_and_returns(account: Account) -> None:
    name = account.put_alarm(**single_metric())
    account.told("OK")
    for reason in ("a drill", "once more"):
        account.client.query("monitoring", "SetAlarmState", AlarmName=name, StateValue="ALARM", StateReason=reason)
    assert account.told("ALARM")["NewStateReason"] == "a drill"
    account.told("OK")
    assert [message["NewStateValue"] for message in account.heard] == ["OK", "ALARM", "OK"]


def test_a_composite_alarm_follows_its_children(account: Account) -> None:
    account.put_alarm(**single_metric(), AlarmActions=[], OKActions=[])
    members = {"AlarmName": "both", "AlarmRule": 'ALARM("cpu-high")', "AlarmActions": [account.topic]}
    account.client.query("monitoring", "PutCompositeAlarm", **members)
    account.put_cpu("api", 90, range(-3, 1))
    assert shape(account.told("ALARM")) | {"AlarmDescription": "str"} == shape(fixture("sns-alarm-composite-ALARM"))
