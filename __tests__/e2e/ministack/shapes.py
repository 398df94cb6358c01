"""The project's fixtures, and what a message must have in common with them."""

import json
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[2] / "fixtures"

FREE = {
    "AlarmContributorAttributes": "map",
    "attributes": "map",
    "dimensions": "map",
    "OKActions": "list",
    "AlarmActions": "list",
    "InsufficientDataActions": "list",
}


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def shape(value: Any, key: str = "") -> Any:
    """Keys and types; lists by their distinct members. What users fill freely counts as one."""
    if key in FREE:
        return FREE[key]
    if isinstance(value, dict):
        return {name: shape(member, name) for name, member in value.items()}
    if isinstance(value, list):
        return sorted({json.dumps(shape(member), sort_keys=True) for member in value})
    return type(value).__name__
