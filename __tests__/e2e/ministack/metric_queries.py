"""GetMetricData with metric math and the order that is asked for; MiniStack has neither.

Periods are those of the clock, whatever the time scale: a test puts the past that it wants to see.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import math
from collections.abc import Mapping
from typing import Any

from ministack.services import cloudwatch

import alarm_series
from expressions import ExpressionError
from insights import QueryError
from metric_data import Store, Window
from protocol import Response, error, request_members, response

Json = dict[str, Any]


def get_metric_data(params: Mapping[str, Any], data: Json, is_cbor: bool, is_json: bool = False) -> Response:
    request = request_members(params, data, is_cbor, is_json)
    start, end = (cloudwatch._parse_ts(request[name]) for name in ("StartTime", "EndTime"))
    entries = request["MetricDataQueries"]
    try:
        results = [
            _result(entry, entries, cloudwatch._metrics, _window(entry, entries, start, end))
            for entry in entries
            if entry.get("ReturnData", True) not in (False, "false")
        ]
    except (ExpressionError, QueryError) as refusal:
        return error("ValidationError", str(refusal), is_cbor, is_json)
    if request.get("ScanBy") != "TimestampAscending":
        for result in results:
            result["Timestamps"].reverse()
            result["Values"].reverse()
    return response("GetMetricData", {"MetricDataResults": results}, is_cbor, is_json)


def _window(entry: Json, entries: list[Json], start: float, end: float) -> Window:
    period = entry.get("MetricStat", entry).get("Period") or alarm_series.alarm_period({"Metrics": entries})
    first = math.floor(start / period)
    return Window(first, math.ceil(end / period) - first, period, period)


def _result(entry: Json, entries: list[Json], store: Store, window: Window) -> Json:
    value = alarm_series.values_of(entries, store, window, {entry["Id"]})[entry["Id"]]
    if isinstance(value, tuple):
        raise ExpressionError("Not supported: an expression that returns several time series")
    series = value if isinstance(value, list) else [value] * window.count
    points = [((window.first + i) * window.length, each) for i, each in enumerate(series) if each is not None]
    return {
        "Id": entry["Id"],
        "Label": entry.get("Label") or entry.get("MetricStat", {}).get("Metric", {}).get("MetricName", entry["Id"]),
        "Timestamps": [at for at, _ in points],
        "Values": [each for _, each in points],
        "StatusCode": "Complete",
    }
