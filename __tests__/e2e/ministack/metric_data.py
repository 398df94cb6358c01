"""Datapoints as alarms see them: aggregated per dimension set over aligned periods."""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ministack.services import cloudwatch

Point = Mapping[str, Any]
Store = Mapping[tuple[str, str, str], Sequence[Point]]
"""MiniStack's metric store: (namespace, metric name, dimensions as text) to raw points."""

Series = list[float | None]
"""One value a period, oldest first; None where there is no data."""

Slots = list[tuple[float, float | None]]
"""Series with the start of each period."""

TIME_SCALE = float(os.environ.get("MINISTACK_TIME_SCALE", "1"))
"""How many times faster than on AWS a period passes."""

EXTRA_PERIODS = 2
"""AWS reads more datapoints than it evaluates: 5 for 3 periods in its documented tables, two more."""


@dataclass(frozen=True)
class Window:
    """The aligned periods an alarm reads; the last one is still running at `now`."""

    first: int
    count: int
    period: int
    length: float

    @classmethod
    def ending_at(cls, now: float, period: int, evaluation_periods: int, scale: float = TIME_SCALE) -> "Window":
        length = period / scale
        complete = evaluation_periods + EXTRA_PERIODS
        return cls(math.floor(now / length) - complete, complete + 1, period, length)

    def slots(self, series: Series) -> Slots:
        """The evaluation range: a period that still runs takes part once it has data, and is never missing data."""
        slots = [((self.first + i) * self.length, value) for i, value in enumerate(series)]
        return slots[1:] if slots[-1][1] is not None else slots[:-1]

    def index(self, timestamp: float) -> int:
        return math.floor(timestamp / self.length) - self.first


def metric_points(store: Store, metric: Mapping[str, Any]) -> Sequence[Point]:
    """Raw points of one metric: exactly this dimension set, which MiniStack's own evaluation ignores."""
    dimensions = cloudwatch._dims_from_list(metric.get("Dimensions") or [])
    return store.get((metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions))) or ()


def aggregate(points: Iterable[Point], window: Window, statistic: str, unit: str | None = None) -> Series:
    buckets: list[list[Point]] = [[] for _ in range(window.count)]
    for point in points:
        index = window.index(point["Timestamp"])
        if 0 <= index < window.count and unit in (None, point.get("Unit")):
            buckets[index].append(point)
    return [_statistic(bucket, statistic) for bucket in buckets]


def _statistic(points: Sequence[Point], statistic: str) -> float | None:
    if not points:
        return None
    return cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points)
