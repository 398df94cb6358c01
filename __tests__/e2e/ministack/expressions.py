"""Metric math: the operators and functions that alarms use.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from metric_data import Series

Value = float | Series | tuple[Series, ...]
"""Scalar, one time series, or an array of them (several metrics, or a query with GROUP BY)."""


class ExpressionError(ValueError):
    """Text that is not metric math, or metric math that is not implemented here."""


def _power(a: float, b: float) -> float:
    return math.pow(a, b)


BINARY: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: _power,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.And: lambda a, b: bool(a) and bool(b),
    ast.Or: lambda a, b: bool(a) or bool(b),
}

REDUCERS: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "MIN": min,
    "MAX": max,
    "AVG": lambda values: sum(values) / len(values),
}

ROUNDINGS: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}

AWS_SPELLING = (("&&", " and "), ("||", " or "), (r"\bAND\b", "and"), (r"\bOR\b", "or"), ("^", "**"))
"""Python's parser reads the rest of the syntax as AWS does."""


@dataclass(frozen=True)
class Expression:
    """A parsed expression over the time series of other entries of the alarm."""

    tree: ast.expr

    @classmethod
    def parse(cls, text: str) -> "Expression":
        source = text.strip()
        for aws, python in AWS_SPELLING:
            source = re.sub(aws if aws.startswith(r"\b") else re.escape(aws), python, source)
        try:
            return cls(ast.parse(source, mode="eval").body)
        except SyntaxError as error:
            raise ExpressionError(f"Invalid syntax at character {error.offset}") from error

    def names(self) -> set[str]:
        """Ids of the entries that the expression reads."""
        return {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name) and node.id[:1].islower()}

    @property
    def reads_all(self) -> bool:
        """METRICS() reads entries that it does not name."""
        return any(isinstance(node, ast.Name) and node.id == "METRICS" for node in ast.walk(self.tree))

    def evaluate(self, values: Mapping[str, Value], period: int = 60) -> Value:
        """Value over time series of equal length whose last period is still running."""
        return _Evaluator(values, period).value(self.tree)


class _Evaluator:
    """Walks the syntax tree; what it does not name is refused, so nothing of Python can be reached."""

    def __init__(self, values: Mapping[str, Value], period: int):
        self.values = values
        self.period = period

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name) if name in self.values:
                return self.values[name]
            case ast.List(elts=items):
                return tuple(_one_series(self.value(item)) for item in items)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _pointwise(operator.neg, self.value(operand))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
                return _pointwise(BINARY[type(op)], self.value(left), self.value(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in BINARY:
                return _pointwise(BINARY[type(op)], self.value(left), self.value(right))
            case ast.BoolOp(op=op, values=[first, *others]):
                result = self.value(first)
                for other in others:
                    result = _pointwise(BINARY[type(op)], result, self.value(other))
                return result
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self.call(name, arguments)
        raise ExpressionError(f"Not supported: {ast.unparse(node)}")

    def call(self, name: str, arguments: list[ast.expr]) -> Value:
        match name, arguments:
            case "METRICS", []:
                return tuple(value for value in self.values.values() if isinstance(value, list))
            case "FILL", [series, ast.Name(id="REPEAT" | "LINEAR" as method)]:
                return (_repeat if method == "REPEAT" else _linear)(_one_series(self.value(series)))
            case "FILL", [series, filler]:
                return _fill(_one_series(self.value(series)), self.value(filler))
            case "DIFF", [series]:
                return _steps(_one_series(self.value(series)), lambda rise, periods: rise)
            case "RATE", [series]:
                return _steps(_one_series(self.value(series)), lambda rise, periods: rise / (periods * self.period))
            case "IF", [condition, yes]:
                return _pointwise(lambda c, a: a if c else None, self.value(condition), self.value(yes))
            case "IF", [condition, yes, no]:
                return _choose(self.value(condition), self.value(yes), self.value(no))
            case _, [argument] if name in REDUCERS:
                return _reduce(REDUCERS[name], self.value(argument))
            case _, [argument] if name in ROUNDINGS:
                return _pointwise(ROUNDINGS[name], self.value(argument))
        raise ExpressionError(f"Not supported: {name} with {len(arguments)} arguments")


def _one_series(value: Value) -> Series:
    if isinstance(value, list):
        return value
    raise ExpressionError("One time series is expected here")


def _columns(*values: Value) -> list[tuple[float | None, ...]]:
    if any(isinstance(value, tuple) for value in values):
        raise ExpressionError("An array of time series must be reduced by SUM, AVG, MIN or MAX")
    count = max((len(value) for value in values if isinstance(value, list)), default=1)
    return list(zip(*(value if isinstance(value, list) else [value] * count for value in values), strict=True))


def _pointwise(function: Callable[..., Any], *values: Value) -> Value:
    """Period by period; where one side has no data the result has none."""
    results: Series = []
    for column in _columns(*values):
        try:
            result = None if None in column else function(*column)
        except (ArithmeticError, ValueError):
            result = None
        results.append(None if result is None else float(result))
    return results if any(isinstance(value, list) for value in values) else results[0]


def _choose(condition: Value, yes: Value, no: Value) -> Value:
    """IF needs data only for the branch that it takes."""
    columns = _columns(condition, yes, no)
    results = [None if test is None else (a if test else b) for test, a, b in columns]
    return results if any(isinstance(value, list) for value in (condition, yes, no)) else results[0]


def _reduce(reducer: Callable[[list[float]], float], value: Value) -> Value:
    """An array is reduced per period over what exists; one time series is reduced to a scalar."""
    if isinstance(value, float):
        return value
    if isinstance(value, list):
        existing = [x for x in value if x is not None]
        return float(reducer(existing)) if existing else value
    columns = [[x for x in column if x is not None] for column in zip(*value, strict=True)]
    return [float(reducer(column)) if column else None for column in columns]


def _fill(series: Series, filler: Value) -> Series:
    """The last period is still running: no data there is not a gap yet."""
    fillers = [column[1] for column in _columns(series, filler)]
    filled = [fillers[i] if value is None else value for i, value in enumerate(series[:-1])]
    return filled + series[-1:]


def _repeat(series: Series) -> Series:
    filled: Series = []
    for value in series[:-1]:
        filled.append(filled[-1] if value is None and filled else value)
    return filled + series[-1:]


def _linear(series: Series) -> Series:
    """Gaps between two datapoints only; AWS does not extrapolate."""
    filled = list(series)
    known = [i for i, value in enumerate(series) if value is not None]
    for left, right in zip(known, known[1:]):
        for i in range(left + 1, right):
            filled[i] = series[left] + (series[right] - series[left]) * (i - left) / (right - left)
    return filled


def _steps(series: Series, step: Callable[[float, int], float]) -> Series:
    """From the previous existing datapoint, however far back; the first datapoint has no value."""
    results: Series = []
    previous: tuple[int, float] | None = None
    for i, value in enumerate(series):
        results.append(None if value is None or previous is None else step(value - previous[1], i - previous[0]))
        previous = previous if value is None else (i, value)
    return results
