"""What tests ask the launcher itself: paths that AWS does not have, answered before MiniStack looks at them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack import app

import recorded_calls
import service_deployments

Response = tuple[int, dict[str, str], bytes]

ROUTES: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("GET", "/_launcher/function-calls"): lambda _: recorded_calls.functions.recorded(),
    ("GET", "/_launcher/role-calls"): lambda _: recorded_calls.roles.recorded(),
    ("PUT", "/_launcher/service-deployments"): service_deployments.put,
}

ministack_shortcuts = app._handle_post_body_shortcuts


async def handle(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: Mapping[str, Any], request_id: str
) -> Response | None:
    route = ROUTES.get((method, path))
    if route is None:
        return await ministack_shortcuts(method, path, headers, body, query_params, request_id)
    answer = route(json.loads(body) if body else None)
    return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()
