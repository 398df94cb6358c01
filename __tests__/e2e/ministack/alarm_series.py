"""The time series that an alarm watches: one metric, metric math, or a Metrics Insights query."""

from collections.abc import Mapping, Sequence
from typing import Any

from expressions import Expression, ExpressionError, Value
from insights import Attributes, Query
from metric_data import TIME_SCALE, Series, Slots, Store, Window, aggregate, metric_points

Entry = Mapping[str, Any]
Alarm = Mapping[str, Any]


def is_query(entry: Entry) -> bool:
    return entry.get("Expression", "").lstrip().upper().startswith("SELECT")


def returned_entry(entries: Sequence[Entry]) -> Entry:
    """The one entry that the alarm compares."""
    returned = [entry for entry in entries if entry.get("ReturnData", True)]
    if len(returned) != 1:
        raise ExpressionError("Exactly one element of the metrics list should return data.")
    return returned[0]


def is_multi_series(alarm: Alarm) -> bool:
    """GROUP BY with ORDER BY makes one state for each time series, called contributor."""
    if not alarm.get("Metrics"):
        return False
    entry = returned_entry(alarm["Metrics"])
    return is_query(entry) and bool(Query.parse(entry["Expression"]).group_by)


def alarm_period(alarm: Alarm) -> int:
    """All metrics of an alarm have the same period."""
    if not alarm.get("Metrics"):
        return alarm.get("Period") or 60
    periods = (entry.get("MetricStat", entry).get("Period") for entry in alarm["Metrics"])
    return next((period for period in periods if period), 60)


def alarm_window(alarm: Alarm, now: float, scale: float = TIME_SCALE) -> Window:
    return Window.ending_at(now, alarm_period(alarm), alarm["EvaluationPeriods"], scale)


def read(alarm: Alarm, store: Store, window: Window) -> Slots:
    """Evaluation range of an alarm with one time series."""
    if not alarm.get("Metrics"):
        statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
        return window.slots(aggregate(metric_points(store, alarm), window, statistic, alarm.get("Unit")))
    entry = returned_entry(alarm["Metrics"])
    value = values_of(alarm["Metrics"], store, window, {entry["Id"]})[entry["Id"]]
    if isinstance(value, tuple):
        raise ExpressionError("The expression returns several time series")
    return window.slots(value if isinstance(value, list) else [value] * window.count)


def read_contributors(alarm: Alarm, store: Store, window: Window) -> dict[Attributes, Slots]:
    """Evaluation range of each contributor that the query returns."""
    query = Query.parse(returned_entry(alarm["Metrics"])["Expression"])
    return {attributes: window.slots(series) for attributes, series in query.run(store, window).items()}


def values_of(entries: Sequence[Entry], store: Store, window: Window, wanted: set[str]) -> dict[str, Value]:
    """Values by id, of those entries that the wanted ones need; entries may come in any order."""
    by_id = {entry["Id"]: entry for entry in entries}
    values: dict[str, Value] = {}

    def resolve(entry_id: str, path: tuple[str, ...]) -> None:
        if entry_id in values:
            return
        if entry_id not in by_id or entry_id in path:
            raise ExpressionError(f"Unresolved dependency on {entry_id}")
        entry = by_id[entry_id]
        if entry.get("MetricStat"):
            values[entry_id] = _metric(entry["MetricStat"], store, window)
        elif is_query(entry):
            values[entry_id] = _grouped(Query.parse(entry["Expression"]), store, window)
        else:
            expression = Expression.parse(entry["Expression"])
            needed = {i for i, e in by_id.items() if e.get("MetricStat")} if expression.reads_all else set()
            for name in sorted(expression.names() | needed):
                resolve(name, (*path, entry_id))
            values[entry_id] = expression.evaluate(values, window.period)

    for entry_id in wanted:
        resolve(entry_id, ())
    return values


def _metric(metric_stat: Mapping[str, Any], store: Store, window: Window) -> Series:
    points = metric_points(store, metric_stat["Metric"])
    return aggregate(points, window, metric_stat["Stat"], metric_stat.get("Unit"))


def _grouped(query: Query, store: Store, window: Window) -> Value:
    series = query.run(store, window)
    if not query.group_by:
        return series.get((), [None] * window.count)
    return tuple(series.values()) or ([None] * window.count,)


def check(entries: Sequence[Entry]) -> None:
    """Raises what AWS refuses: it resolves the expressions over no data at all."""
    window = Window.ending_at(0, 60, 1)
    entry = returned_entry(entries)
    value = values_of(entries, {}, window, {each["Id"] for each in entries})[entry["Id"]]
    if isinstance(value, tuple) and not (is_query(entry) and Query.parse(entry["Expression"]).is_ordered):
        raise ExpressionError(
            "Metrics expression that return multi time series are only allowed for MetricsInsights expression "
            "with an ORDER BY clause"
        )
