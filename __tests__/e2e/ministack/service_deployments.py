"""Service deployments and revisions, of which MiniStack has none: a service has those that a test gave it.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html
"""

import hashlib
import time
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, new_uuid
from ministack.services import ecs

Json = dict[str, Any]

FINISHED = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}
LISTED = 20
"""As many as are listed, and described, at a time."""
HOUR = 3600

deployments: dict[str, list[Json]] = {}
"""By the service's ARN, newest first."""
revisions: dict[str, Json] = {}
"""By their own ARN."""


def put(data: Json) -> Json:
    """All deployments of a service, newest first, of each `taskDefinition` (its ARN) and `status`.

    Also, where it matters, `createdAt` in seconds (else an hour lies between two) and the `imageDigest` of its images.
    """
    now = time.time()
    service = data["serviceArn"]
    deployments[service] = [_deployment(service, entry, now - HOUR * i) for i, entry in enumerate(data["deployments"])]
    return {}


def _deployment(service: str, entry: Mapping[str, Any], usually_created: float) -> Json:
    created = entry.get("createdAt", usually_created)
    place = {
        "serviceArn": service,
        "clusterArn": service.replace(":service/", ":cluster/").rpartition("/")[0],
    }
    revision = f"{service.replace(':service/', ':service-revision/')}/{int(new_uuid()[:8], 16):019d}"
    revisions[revision] = place | {
        "serviceRevisionArn": revision,
        "taskDefinition": entry["taskDefinition"],
        "launchType": "FARGATE",
        "imageDigest": entry.get("imageDigest"),
        "createdAt": created,
    }
    return place | {
        "serviceDeploymentArn": f"{service.replace(':service/', ':service-deployment/')}/{new_uuid()[:21]}",
        "targetServiceRevisionArn": revision,
        "status": entry["status"],
        "createdAt": created,
        "startedAt": created + 1,
        **({"finishedAt": created + 120} if entry["status"] in FINISHED else {}),
    }


def list_service_deployments(data: Mapping[str, Any]) -> Any:
    name, cluster = ecs._resolve_service_ref(data.get("service", "")) or ("", None)
    cluster = cluster or ecs._resolve_cluster_name(data.get("cluster", "default"))
    if f"{cluster}/{name}" not in ecs._services:
        return error_response_json("ServiceNotFoundException", "Service not found.", 400)
    arn = f"arn:aws:ecs:{get_region()}:{get_account_id()}:service/{cluster}/{name}"
    wanted = data.get("status")
    found = [each for each in deployments.get(arn, []) if not wanted or each["status"] in wanted]
    start, count = int(data.get("nextToken") or 0), data.get("maxResults") or LISTED
    more = {"nextToken": str(start + count)} if start + count < len(found) else {}
    return json_response({"serviceDeployments": found[start : start + count], **more})


def describe_service_revisions(data: Mapping[str, Any]) -> Any:
    arns = data.get("serviceRevisionArns", [])
    found = [_with_images(revisions[arn]) for arn in arns if arn in revisions]
    failures = [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in revisions]
    return json_response({"serviceRevisions": found, "failures": failures})


def _with_images(revision: Mapping[str, Any]) -> Json:
    """With the images of its task definition; the same image has the same digest, where nobody said otherwise."""
    given = revision["imageDigest"]
    definition = ecs._task_defs.get(ecs._resolve_td_key(revision["taskDefinition"])) or {}
    images = [
        {"containerName": container["name"], "image": image, "imageDigest": given or _digest(image)}
        for container in definition.get("containerDefinitions", [])
        if (image := container["image"])
    ]
    return {name: value for name, value in revision.items() if name != "imageDigest"} | {"containerImages": images}


def _digest(image: str) -> str:
    return f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"


def install() -> None:
    ecs._ACTION_MAP["ListServiceDeployments"] = list_service_deployments
    ecs._ACTION_MAP["DescribeServiceRevisions"] = describe_service_revisions
