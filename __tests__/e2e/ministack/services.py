"""What ECS keeps of a service and MiniStack drops: Terraform would set it again with each plan.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
"""

import json
from collections.abc import Mapping
from typing import Any

from ministack.services import ecs

ministack_create_service = ecs._create_service


def create_service(data: Mapping[str, Any]) -> Any:
    answer = ministack_create_service(data)
    service = json.loads(answer[2]).get("service")
    if service:
        name, cluster = ecs._resolve_service_ref(service["serviceArn"])
        kept = ecs._services[f"{cluster}/{name}"]
        kept["availabilityZoneRebalancing"] = data.get("availabilityZoneRebalancing", "ENABLED")
    return answer


def install() -> None:
    ecs._ACTION_MAP["CreateService"] = create_service
