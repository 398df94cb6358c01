"""Metrics Insights: the part of its SQL that alarms on ECS metrics use.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
"""

import re
from dataclasses import dataclass

from metric_data import Point, Series, Store, Window, aggregate

Attributes = tuple[tuple[str, str], ...]
"""GROUP BY keys with their values; they identify a contributor of an alarm."""

STATISTICS = {"AVG": "Average", "COUNT": "SampleCount", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum"}

KEY = r'(?:"[^"]+"|[A-Za-z_][\w.]*)'
CONDITION = re.compile(rf"\s*({KEY})\s*(!?=)\s*'((?:[^']|'')*)'\s*", re.DOTALL)
QUERY = re.compile(
    rf"""\s*SELECT\s+(?P<function>\w+)\s*\(\s*(?P<metric>{KEY})\s*\)
         \s+FROM\s+(?:SCHEMA\s*\(\s*"(?P<schema>[^"]+)"(?P<dimensions>[^)]*)\)|"(?P<namespace>[^"]+)")
         (?:\s+WHERE\s+(?P<where>(?:'(?:[^']|'')*'|[^'])*?))?
         (?:\s+GROUP\s+BY\s+(?P<group>{KEY}(?:\s*,\s*{KEY})*))?
         (?P<order>\s+ORDER\s+BY\s+\w+\s*\(\s*\)(?:\s+(?P<direction>ASC|DESC))?)?
         (?:\s+LIMIT\s+(?P<limit>\d+))?\s*""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


class QueryError(ValueError):
    """Text that is not Metrics Insights SQL, or SQL that is not implemented here."""


@dataclass(frozen=True)
class Query:
    """A parsed SELECT."""

    statistic: str
    metric: str
    namespace: str
    schema: frozenset[str] | None
    conditions: tuple[tuple[str, str, str], ...]
    group_by: tuple[str, ...]
    is_ordered: bool
    descending: bool
    limit: int | None

    @classmethod
    def parse(cls, sql: str) -> "Query":
        match = QUERY.fullmatch(sql)
        if match is None or match["function"].upper() not in STATISTICS:
            raise QueryError(f"Invalid Metrics Insights query: {sql}")
        return cls(
            STATISTICS[match["function"].upper()],
            match["metric"].strip('"'),
            match["schema"] or match["namespace"],
            frozenset(_keys(match["dimensions"])) if match["schema"] else None,
            _conditions(match["where"]),
            tuple(_keys(match["group"])),
            match["order"] is not None,
            (match["direction"] or "ASC").upper() == "DESC",
            int(match["limit"]) if match["limit"] else None,
        )

    def run(self, store: Store, window: Window) -> dict[Attributes, Series]:
        """One time series for each group that has data in the window; one with the key () without GROUP BY."""
        groups: dict[Attributes, list[Point]] = {}
        for (namespace, name, _), points in store.items():
            if points and (namespace, name) == (self.namespace, self.metric):
                dimensions = points[0].get("Dimensions") or {}
                if self._matches(dimensions):
                    attributes = tuple((key, dimensions.get(key, "Other")) for key in self.group_by)
                    groups.setdefault(attributes, []).extend(points)
        series = {attributes: aggregate(points, window, self.statistic) for attributes, points in groups.items()}
        return self._limited({key: values for key, values in series.items() if any(v is not None for v in values)})

    def _matches(self, dimensions: dict[str, str]) -> bool:
        if self.schema is not None and self.schema != dimensions.keys():
            return False
        return all((dimensions.get(key) == value) == (sign == "=") for key, sign, value in self.conditions)

    def _limited(self, series: dict[Attributes, Series]) -> dict[Attributes, Series]:
        def size(attributes: Attributes) -> float:
            return max(value for value in series[attributes] if value is not None)

        ranked = sorted(series, key=size, reverse=self.descending) if self.is_ordered else list(series)
        return {attributes: series[attributes] for attributes in ranked[: self.limit]}


def _keys(text: str | None) -> list[str]:
    return [key.strip().strip('"') for key in (text or "").split(",") if key.strip()]


def _conditions(where: str | None) -> tuple[tuple[str, str, str], ...]:
    """`=`, `!=` and AND are all that the language has."""
    conditions, position = [], 0
    while where is not None and position < len(where):
        match = CONDITION.match(where, position)
        if match is None:
            raise QueryError(f"Invalid WHERE clause: {where}")
        conditions.append((match[1].strip('"'), match[2], match[3].replace("''", "'")))
        position = match.end()
        joint = re.compile(r"AND\s+", re.IGNORECASE).match(where, position)
        if position < len(where) and joint is None:
            raise QueryError(f"Invalid WHERE clause: {where}")
        position = joint.end() if joint else position
    return tuple(conditions)
