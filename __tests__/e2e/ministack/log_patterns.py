"""Filter patterns of FilterLogEvents: words, phrases and regular expressions, as AWS reads them.

MiniStack ignores case and finds nothing for `?A ?B`. Patterns of JSON and of columns stay its own: all matches.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import re
from collections.abc import Callable

from ministack.services import cloudwatch_logs

TERM = re.compile(r'(?P<sign>[?-]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]+)%|(?P<word>\S+))')

ministack_compile = cloudwatch_logs._compile_filter_pattern


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    if not pattern.strip() or pattern.strip()[0] in "{[":
        return ministack_compile(pattern)
    terms: dict[str, list[re.Pattern[str]]] = {"": [], "?": [], "-": []}
    for term in TERM.finditer(pattern):
        text = re.escape(term["phrase"].replace(r"\"", '"') if term["phrase"] is not None else term["word"] or "")
        terms[term["sign"]].append(re.compile(term["regex"] or text))
    with_all, with_any, without = terms.values()

    def matches(message: str) -> bool:
        def has(term: re.Pattern[str]) -> bool:
            return term.search(message) is not None

        if with_all or without:
            # AWS ignores the terms with a question mark beside any other.
            return all(map(has, with_all)) and not any(map(has, without))
        return any(map(has, with_any))

    return matches
