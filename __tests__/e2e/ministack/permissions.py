"""What IAM is asked for a call: actions, resources, and the condition keys that say more.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Request = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True)
class Need:
    action: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)


def needed(service: str, operation: str, request: Request, place: Place) -> list[Need]:
    """Of an operation that is not known here: its own name, on everything."""
    prefix = PREFIXES.get(service, service)
    if find := BY_OPERATION.get(f"{prefix}:{operation}"):
        return list(find(request, place))
    action = f"{prefix}:{ACTIONS.get(operation, operation)}"
    resources = BY_SERVICE[prefix](request, place) if prefix in BY_SERVICE else []
    return [Need(action, resource) for resource in resources or ["*"]]


def _cluster(request: Request) -> str:
    return request.get("cluster", "default").rpartition("/")[2]


def _in_cluster(request: Request, place: Place) -> dict[str, str]:
    return {"ecs:cluster": place.arn("ecs", f"cluster/{_cluster(request)}")}


def _service(request: Request, place: Place, service: str) -> str:
    return service if service.startswith("arn:") else place.arn("ecs", f"service/{_cluster(request)}/{service}")


def _list_services(request: Request, place: Place) -> Iterable[Need]:
    yield Need("ecs:ListServices", context=_in_cluster(request, place))


def _describe_services(request: Request, place: Place) -> Iterable[Need]:
    for service in request["services"]:
        yield Need("ecs:DescribeServices", _service(request, place, service), _in_cluster(request, place))


def _list_service_deployments(request: Request, place: Place) -> Iterable[Need]:
    resource = _service(request, place, request["service"])
    yield Need("ecs:ListServiceDeployments", resource, _in_cluster(request, place))


def _describe_service_revisions(request: Request, place: Place) -> Iterable[Need]:
    for revision in request["serviceRevisionArns"]:
        yield Need("ecs:DescribeServiceRevisions", revision)


def _describe_alarms(request: Request, place: Place) -> Iterable[Need]:
    for name in request.get("AlarmNames") or [f"{request.get('AlarmNamePrefix', '')}*"]:
        yield Need("cloudwatch:DescribeAlarms", place.arn("cloudwatch", f"alarm:{name}"))


def _get_log_events(request: Request, place: Place) -> Iterable[Need]:
    yield Need("logs:GetLogEvents", f"{_log_group(request, place)}:log-stream:{request['logStreamName']}")


def _filter_log_events(request: Request, place: Place) -> Iterable[Need]:
    """Of the group, which policies write with `:*`: as AWS names it where it refuses, with a stream without a name."""
    yield Need("logs:FilterLogEvents", f"{_log_group(request, place)}:log-stream:")


def _log_group(request: Request, place: Place) -> str:
    identifier = request.get("logGroupIdentifier") or request["logGroupName"]
    return identifier if identifier.startswith("arn:") else place.arn("logs", f"log-group:{identifier}")


def _get_parameter(request: Request, place: Place) -> Iterable[Need]:
    arn = place.arn("ssm", f"parameter/{request['Name'].removeprefix('/')}")
    yield Need("ssm:GetParameter", arn)
    if request.get("WithDecryption"):
        yield _decrypt(place, "ssm", "PARAMETER_ARN", arn)


def _get_secret_value(request: Request, place: Place) -> Iterable[Need]:
    yield Need("secretsmanager:GetSecretValue", request["SecretId"])
    yield _decrypt(place, "secretsmanager", "SecretARN", request["SecretId"])


def _decrypt(place: Place, service: str, context: str, arn: str) -> Need:
    """The service decrypts in the function's name. Which key it is, only the service knows.

    https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
    """
    keys = {"kms:ViaService": f"{service}.{place.region}.amazonaws.com", f"kms:EncryptionContext:{context}": arn}
    return Need("kms:Decrypt", place.arn("kms", "key/any"), keys)


def _queue(request: Request, place: Place) -> list[str]:
    return [place.arn("sqs", request["QueueUrl"].rpartition("/")[2])]


def _tables(request: Request, place: Place) -> list[str]:
    index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
    names = [*request.get("RequestItems", {}), *([request["TableName"]] if "TableName" in request else [])]
    return [place.arn("dynamodb", f"table/{name}{index}") for name in names]


PREFIXES = {"monitoring": "cloudwatch"}
"""Where the name that requests are signed for is not IAM's."""

ACTIONS = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}
"""Operations that are no actions of their own."""

BY_SERVICE: dict[str, Callable[[Request, Place], list[str]]] = {"sqs": _queue, "dynamodb": _tables}

BY_OPERATION: dict[str, Callable[[Request, Place], Iterable[Need]]] = {
    "ecs:ListServices": _list_services,
    "ecs:DescribeServices": _describe_services,
    "ecs:ListServiceDeployments": _list_service_deployments,
    "ecs:DescribeServiceRevisions": _describe_service_revisions,
    "cloudwatch:DescribeAlarms": _describe_alarms,
    "logs:GetLogEvents": _get_log_events,
    "logs:FilterLogEvents": _filter_log_events,
    "ssm:GetParameter": _get_parameter,
    "secretsmanager:GetSecretValue": _get_secret_value,
}
