"""The resources that a request names, by service; where a name may stand alone or as an ARN, either.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Request = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}::{self.account}:{resource}"


def _topics(request: Request, place: Place) -> list[str]:
    """IAM knows no subscriptions."""
    arns = [request[name] for name in ("TopicArn", "ResourceArn") if name in request]
    return arns or [place.arn("sns", request["Name"]) for _ in range("Name" in request)]


def _queues(request: Request, place: Place) -> list[str]:
    name = request.get("QueueName") or request["QueueUrl"].rpartition("/")[2]
    return [place.arn("sqs", name)]


def _tables(request: Request, place: Place) -> list[str]:
    index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
    names = [*request.get("RequestItems", {}), *([request["TableName"]] if "TableName" in request else [])]
    arns = [request["ResourceArn"]] if "ResourceArn" in request else []
    return [*arns, *(place.arn("dynamodb", f"table/{name}{index}") for name in names)]


def _functions(request: Request, place: Place) -> list[str]:
    if "UUID" in request:
        return [place.arn("lambda", f"event-source-mapping:{request['UUID']}")]
    named = request.get("Resource") or request["FunctionName"]
    return [named if named.startswith("arn:") else place.arn("lambda", f"function:{named}")]


def _roles(request: Request, place: Place) -> list[str]:
    path = request.get("Path", "/")
    return [place.global_arn("iam", f"role{path}{request['RoleName']}")]


def _rules(request: Request, place: Place) -> list[str]:
    if "ResourceARN" in request:
        return [request["ResourceARN"]]
    return [place.arn("events", f"rule/{request.get('Name') or request['Rule']}")]


def _log_groups(request: Request, place: Place) -> list[str]:
    if "resourceArn" in request:
        return [request["resourceArn"]]
    return [place.arn("logs", f"log-group:{request['logGroupName']}")] if "logGroupName" in request else []


def _alarms(request: Request, place: Place) -> list[str]:
    if "ResourceARN" in request:
        return [request["ResourceARN"]]
    alarms = [*request.get("AlarmNames", []), *([request["AlarmName"]] if "AlarmName" in request else [])]
    boards = request.get("DashboardNames") or ([request["DashboardName"]] if "DashboardName" in request else [])
    return [
        *(place.arn("cloudwatch", f"alarm:{name}") for name in alarms),
        *(place.global_arn("cloudwatch", f"dashboard/{name}") for name in boards),
    ]


BY_SERVICE: dict[str, Callable[[Request, Place], list[str]]] = {
    "sns": _topics,
    "sqs": _queues,
    "dynamodb": _tables,
    "lambda": _functions,
    "iam": _roles,
    "events": _rules,
    "logs": _log_groups,
    "cloudwatch": _alarms,
}
"""What is not here, or names nothing, is taken for everything."""
