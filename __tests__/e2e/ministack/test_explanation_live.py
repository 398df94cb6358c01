"""What the notifier asks to explain an incident: service deployments, logs, metrics of the past."""

import time
from typing import Any

import pytest

from account import GRANITE, Account
from builders import dimension_list
from emulator import Refused, launcher
from shapes import fixture

MINUTE = 60
IMAGE = "444455556666.dkr.ecr.us-east-1.amazonaws.com/api:1.42.0"


class Ecs:
    def __init__(self, account: Account):
        self.account = account
        self.service = account.arn("ecs", "service/prod/api")

    def __call__(self, action: str, **members: Any) -> dict[str, Any]:
        return self.account.client.json("ecs", f"AmazonEC2ContainerServiceV20141113.{action}", **members)

    def register(self) -> str:
        containers = [{"name": "api", "image": IMAGE, "memory": 128}]
        answer = self("RegisterTaskDefinition", family="api", containerDefinitions=containers)
        return answer["taskDefinition"]["taskDefinitionArn"]

    def give(self, *deployments: dict[str, Any]) -> None:
        request = {"serviceArn": self.service, "deployments": deployments}
        launcher(self.account.client.port, "PUT", "service-deployments", request)

    def listed(self, **members: Any) -> dict[str, Any]:
        return self("ListServiceDeployments", cluster="prod", service="api", **members)

    def statuses(self, **members: Any) -> list[str]:
        return [deployment["status"] for deployment in self.listed(**members)["serviceDeployments"]]


@pytest.fixture
def ecs(account: Account) -> Ecs:
    ecs = Ecs(account)
    ecs("CreateCluster", clusterName="prod")
    ecs("CreateService", cluster="prod", serviceName="api", taskDefinition=ecs.register(), desiredCount=1)
    return ecs


def test_a_service_has_no_deployments_but_those_it_was_given(ecs: Ecs) -> None:
    assert ecs.listed() == {"serviceDeployments": []}
    with pytest.raises(Refused, match="ServiceNotFoundException"):
        ecs("ListServiceDeployments", cluster="prod", service="other")


def test_service_deployments_are_listed_newest_first_as_wanted(ecs: Ecs) -> None:
    definition = ecs.register()
    given = ["IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
    ecs.give(*({"taskDefinition": definition, "status": status} for status in given))
    assert ecs.statuses() == given
    assert ecs.statuses(maxResults=1) == given[:1]
    assert ecs.statuses(maxResults=1, nextToken=ecs.listed(maxResults=1)["nextToken"]) == given[1:2]
    assert ecs.statuses(status=["SUCCESSFUL", "STOPPED"]) == given[2:]
    assert ecs("ListServiceDeployments", service=ecs.service)["serviceDeployments"] == ecs.listed()["serviceDeployments"]
    times = [deployment["createdAt"] for deployment in ecs.listed()["serviceDeployments"]]
    assert times == sorted(times, reverse=True)
    (sample,) = fixture("ecs-list-service-deployments")["serviceDeployments"]
    assert ecs.listed()["serviceDeployments"][0].keys() == sample.keys()


def test_a_service_revision_has_the_digests_of_its_images(ecs: Ecs) -> None:
    definition = ecs.register()
    other = "sha256:" + 64 * "0"
    ecs.give(
        {"taskDefinition": definition, "status": "IN_PROGRESS", "imageDigest": other},
        {"taskDefinition": definition, "status": "SUCCESSFUL", "createdAt": 1_800_000_000},
    )
    arns = [deployment["targetServiceRevisionArn"] for deployment in ecs.listed()["serviceDeployments"]]
    missing = f"{arns[0]}0"
    answer = ecs("DescribeServiceRevisions", serviceRevisionArns=[*arns, missing])
    newest, oldest = answer["serviceRevisions"]
    assert answer["failures"] == [{"arn": missing, "reason": "MISSING"}]
    assert (oldest["taskDefinition"], oldest["createdAt"]) == (definition, 1_800_000_000)
    assert [image["imageDigest"] == other for image in newest["containerImages"] + oldest["containerImages"]] == [True, False]
    (sample,) = fixture("ecs-describe-service-revisions")["serviceRevisions"]
    assert oldest.keys() <= sample.keys()
    assert oldest["containerImages"][0].keys() == sample["containerImages"][0].keys()
    assert oldest["containerImages"][0]["image"] == IMAGE


def test_a_task_definition_says_who_registered_it(ecs: Ecs) -> None:
    definition = ecs("DescribeTaskDefinition", taskDefinition=ecs.register())["taskDefinition"]
    assert (definition["revision"], definition["containerDefinitions"][0]["image"]) == (2, IMAGE)
    assert abs(definition["registeredAt"] - time.time()) < 10
    assert definition["registeredBy"].startswith(f"arn:aws:iam::{ecs.account.id}:")


@pytest.fixture
def logs(account: Account) -> Any:
    def call(action: str, **members: Any) -> dict[str, Any]:
        return account.client.json("logs", f"Logs_20140328.{action}", logGroupName="/ecs/api", **members)

    call("CreateLogGroup")
    for stream in ("api/api/1", "api/api/2"):
        call("CreateLogStream", logStreamName=stream)
    now = int(time.time() * 1000)
    lines = ["INFO ready", "ERROR no memory: 50%", "error at all", "FATAL no database", "INFO gone"]
    events = [{"timestamp": now - 5000 + number * 1000, "message": line} for number, line in enumerate(lines)]
    call("PutLogEvents", logStreamName="api/api/1", logEvents=events)
    call("PutLogEvents", logStreamName="api/api/2", logEvents=[{"timestamp": now, "message": "ERROR of others"}])
    return call


def test_the_last_lines_of_a_container(logs: Any) -> None:
    def messages(**members: Any) -> list[str]:
        answer = logs("GetLogEvents", logStreamName="api/api/1", **members)
        return [event["message"] for event in answer["events"]]

    assert messages(startFromHead=False, limit=2) == ["FATAL no database", "INFO gone"]
    assert messages(startFromHead=True, limit=2) == ["INFO ready", "ERROR no memory: 50%"]
    with pytest.raises(Refused, match="ResourceNotFoundException"):
        logs("GetLogEvents", logStreamName="none")


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("ERROR", ["ERROR no memory: 50%", "ERROR of others"]),
        ("ERROR no", ["ERROR no memory: 50%"]),
        ('"no memory: 50%"', ["ERROR no memory: 50%"]),
        ("?FATAL ?memory", ["ERROR no memory: 50%", "FATAL no database"]),
        ("no -FATAL", ["ERROR no memory: 50%"]),
        ("?FATAL INFO", ["INFO ready", "INFO gone"]),
        ("%^[EF].* no%", ["ERROR no memory: 50%", "FATAL no database"]),
    ],
)
def test_lines_that_match_a_pattern(logs: Any, pattern: str, matched: list[str]) -> None:
    assert [event["message"] for event in logs("FilterLogEvents", filterPattern=pattern)["events"]] == matched


def test_lines_of_a_time_and_of_streams(logs: Any) -> None:
    first, *_, last = logs("FilterLogEvents", filterPattern="ERROR")["events"]
    between = {"startTime": first["timestamp"], "endTime": last["timestamp"] - 1}
    assert [event["message"] for event in logs("FilterLogEvents", filterPattern="ERROR", **between)["events"]] == [
        "ERROR no memory: 50%"
    ]
    (event,) = logs("FilterLogEvents", filterPattern="ERROR", logStreamNames=["api/api/2"])["events"]
    assert (event["message"], event["logStreamName"]) == ("ERROR of others", "api/api/2")


def test_metrics_of_the_past_with_math_in_the_order_that_is_asked_for(account: Account) -> None:
    now = int(time.time()) // MINUTE * MINUTE
    metrics = {"api": [10, 30], "worker": [20, 40]}
    for service, values in metrics.items():
        for minutes, value in enumerate(reversed(values), 1):
            at = now - minutes * MINUTE + 30
            account.put_cpu(service, value, range(at - int(time.time()), at - int(time.time()) + 1))

    def stat(service: str) -> dict[str, Any]:
        dimensions = dimension_list({"ClusterName": "prod", "ServiceName": service})
        metric = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Dimensions": dimensions}
        return {"Id": service, "MetricStat": {"Metric": metric, "Period": MINUTE, "Stat": "Average"}}

    queries = [
        stat("api"),
        stat("worker") | {"ReturnData": False},
        {"Id": "both", "Expression": "api + worker", "Label": "both <of> them"},
    ]
    request = {"MetricDataQueries": queries, "StartTime": now - 5 * MINUTE, "EndTime": now}

    def results(**members: Any) -> list[tuple[str, list[float]]]:
        answer = account.client.cbor("monitoring", f"{GRANITE}.GetMetricData", **request, **members)
        return [(result["Id"], result["Values"]) for result in answer["MetricDataResults"]]

    assert results(ScanBy="TimestampAscending") == [("api", [10, 30]), ("both", [30, 70])]
    assert results() == [("api", [30, 10]), ("both", [70, 30])]
    by_json = account.client.json("monitoring", f"{GRANITE}.GetMetricData", **request)["MetricDataResults"][0]
    assert by_json["Timestamps"] == [now - MINUTE, now - 2 * MINUTE]
    start, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (now - 5 * MINUTE, now))
    by_query = account.client.query("monitoring", "GetMetricData", **request | {"StartTime": start, "EndTime": end})
    assert [label.text for label in by_query.iter("Label")] == ["CPUUtilization", "both <of> them"]
    assert by_query.findtext(".//Timestamps/member") == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - MINUTE))
    with pytest.raises(Refused, match="ValidationError"):
        unknown = [{"Id": "e", "Expression": "none + 1"}]
        account.client.cbor("monitoring", f"{GRANITE}.GetMetricData", **request | {"MetricDataQueries": unknown})
