"""Steps that talk to the store alone are tried again when it fails in a way that passes, with a context or without."""

from collections.abc import Iterator

import dagster as dg
import pytest

from data_platform.orchestration import failures
from data_platform.orchestration.ingestion.assets import raw_asset
from data_platform.storage.errors import Busy


@pytest.fixture(autouse=True)
def _retried_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "_RETRIES", dg.RetryPolicy(max_retries=2))


def _asset(shape: str, attempts: list[int]) -> dg.AssetsDefinition:
    def work() -> None:
        attempts.append(len(attempts))
        if len(attempts) < 3:
            raise Busy("memory://shop asks for fewer requests")

    decorate = raw_asset("shop", "raw_orders", pool=None, kinds=set(), daily=False)
    if shape == "without a context":

        @decorate
        def raw_orders() -> None:
            work()

    elif shape == "with a context":

        @decorate
        def raw_orders(context: dg.AssetExecutionContext) -> None:
            context.log.info("asked")
            work()

    else:

        @decorate
        def raw_orders() -> Iterator[dg.MaterializeResult[None]]:
            work()
            yield dg.MaterializeResult()

    return raw_orders


@pytest.mark.parametrize("shape", ["without a context", "with a context", "a generator without a context"])
def test_a_raw_asset_is_tried_again_when_the_store_is_busy(shape: str) -> None:
    attempts: list[int] = []
    result = dg.materialize([_asset(shape, attempts)], instance=dg.DagsterInstance.ephemeral(), raise_on_error=False)
    assert result.success
    assert len(attempts) == 3


def test_a_raw_asset_that_is_called_by_itself_is_not_tried_again() -> None:
    attempts: list[int] = []
    with pytest.raises(Busy):
        _asset("without a context", attempts)()
    assert len(attempts) == 1
