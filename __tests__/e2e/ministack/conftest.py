"""One launcher for all live tests; an account of its own for each."""

from collections.abc import Iterator

import pytest

from account import Account
from emulator import running


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    with running() as port:
        yield port


@pytest.fixture
def account(port: int) -> Account:
    return Account(port)
