"""Alarms and datapoints for the tests."""

from collections.abc import Mapping
from typing import Any

from ministack.services import cloudwatch

PERIOD = 60
NOON = 1_800_000_000 // PERIOD * PERIOD
"""Start of a period; minutes of the tests count from here."""


def minute(number: float) -> float:
    return NOON + number * PERIOD


def point(dimensions: Mapping[str, str], at: float, value: float, count: float = 1) -> dict[str, Any]:
    return {"Timestamp": at, "Value": value, "Count": count, "Unit": "Percent", "Dimensions": dict(dimensions)}


def store(*metrics: tuple[str, Mapping[str, str], list[tuple[float, float, float]]]) -> dict[tuple[str, str, str], Any]:
    """AWS/ECS metrics: name, dimensions, and (time, value, sample count) of each point."""
    return {
        ("AWS/ECS", name, cloudwatch._dims_key(dict(dimensions))): [point(dimensions, *entry) for entry in points]
        for name, dimensions, points in metrics
    }


def dimension_list(dimensions: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


def alarm(**members: Any) -> dict[str, Any]:
    return {
        "AlarmName": "shop-api",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:shop-api",
        "AlarmDescription": "a description",
        "AlarmConfigurationUpdatedTimestamp": minute(0) + 0.402,
        "OKActions": [],
        "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:alerts"],
        "InsufficientDataActions": [],
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 80.0,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 3,
        "TreatMissingData": "missing",
        **members,
    }


def metric_entry(entry_id: str, metric: str, dimensions: Mapping[str, str], stat: str = "Average") -> dict[str, Any]:
    metric_name = {"Namespace": "AWS/ECS", "MetricName": metric, "Dimensions": dimension_list(dimensions)}
    return {
        "Id": entry_id,
        "MetricStat": {"Metric": metric_name, "Period": PERIOD, "Stat": stat},
        "ReturnData": False,
    }
