"""What IAM is asked for a call: actions, resources, and the condition keys that say more.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ministack.services import lambda_svc

from named_resources import BY_SERVICE, Place, Request


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
    own = [Need(action, resource) for resource in resources or ["*"]]
    return [*own, *_tagging(prefix, operation, request, resources), *_passing(prefix, request)]


def _tagging(prefix: str, operation: str, request: Request, resources: list[str]) -> Iterable[Need]:
    """What is made with tags is tagged as well."""
    makes = operation.startswith(("Create", "Put"))
    if makes and (request.get("Tags") or request.get("tags")):
        for resource in resources:
            yield Need(f"{prefix}:{TAGGING.get(prefix, 'TagResource')}", resource)


def _passing(prefix: str, request: Request) -> Iterable[Need]:
    """A service gets its role from whoever may pass it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    role = request.get("Role") or request.get("RoleArn")
    if role:
        yield Need("iam:PassRole", role, {"iam:PassedToService": f"{prefix}.amazonaws.com"})


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


def _create_mapping(request: Request, place: Place) -> Iterable[Need]:
    """A mapping has no name before it is made."""
    yield Need("lambda:CreateEventSourceMapping", context={"lambda:FunctionArn": request["FunctionName"]})
    if request.get("Tags"):
        yield Need("lambda:TagResource", place.arn("lambda", "event-source-mapping:new"))


def _of_mapping(action: str) -> Callable[[Request, Place], Iterable[Need]]:
    def find(request: Request, place: Place) -> Iterable[Need]:
        mapping = lambda_svc._esms.get(request["UUID"], {})
        resource = place.arn("lambda", f"event-source-mapping:{request['UUID']}")
        yield Need(action, resource, {"lambda:FunctionArn": mapping.get("FunctionArn", "")})

    return find


PREFIXES = {"monitoring": "cloudwatch"}
"""Where the name that requests are signed for is not IAM's."""

ACTIONS = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}
"""Operations that are no actions of their own."""

TAGGING = {"sqs": "TagQueue", "iam": "TagRole"}

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
    "lambda:CreateEventSourceMapping": _create_mapping,
    **{
        f"lambda:{operation}": _of_mapping(f"lambda:{operation}")
        for operation in ("UpdateEventSourceMapping", "DeleteEventSourceMapping")
    },
}
