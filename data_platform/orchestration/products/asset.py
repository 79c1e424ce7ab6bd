"""A product as a Dagster asset.

What belongs here: the definition: key, dependencies, partitions, checks, what the page shows. What does not: what a
run does (``execution``).
"""

import importlib
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import dagster as dg

from data_platform.contracts.model import Contract
from data_platform.markdown import escaped
from data_platform.orchestration import preview_apis
from data_platform.orchestration.failures import asks_store_again, no_secrets
from data_platform.orchestration.products.automation import product_condition
from data_platform.orchestration.products.check_results import check_specs
from data_platform.orchestration.products.describe import definition_metadata, fresh_window
from data_platform.orchestration.products.execution import Events, run_step
from data_platform.orchestration.products.published import PUBLISHED, published_products, type_of
from data_platform.products.declared_inputs import Input
from data_platform.products.folder import Product
from data_platform.products.memory import step_memory
from data_platform.products.spec import PartitionsSpec
from data_platform.products.window import lookback_of
from data_platform.settings import start_date
from data_platform.storage.objects.store import ObjectStore

STORE: Final = "store"
"""The key of the ``ObjectStoreResource`` that products use."""

Runner = Callable[[dg.AssetExecutionContext, Product, ObjectStore], Iterator[Any]]
"""What makes the partitions of a run."""

_UNFIT: Final = re.compile(r"[^A-Za-z0-9_.-]+")


def product_definitions(product: Product, registered: str | None = None) -> dg.Definitions:
    """What a product's folder defines: the asset and its checks; of a retired one, only that there is one.

    Args:
        product: The product.
        registered: How its contract stands to the registry, in words, if that is known.
    """
    if product.contract.status == "retired":
        return dg.Definitions(assets=[product_spec(product, registered)])
    return dg.Definitions(assets=[product_asset(product, registered)])


def product_asset(product: Product, registered: str | None = None) -> dg.AssetsDefinition:
    """The asset that makes a product."""
    spec = product_spec(product, registered)
    out = dg.AssetOut.from_spec(
        spec.replace_attributes(deps=[], partitions_def=None),
        dagster_type=type_of(product),
        is_required=False,
        io_manager_key=PUBLISHED,
    )

    run = _runner_of(product)

    @dg.multi_asset(
        name=f"{product.domain}__{product.name}",
        outs={product.name: out},
        deps=spec.deps,
        partitions_def=spec.partitions_def,
        check_specs=[*check_specs(spec.key, product.checks.checks), *_own_checks(product)],
        can_subset=True,  # a step that may not leave out a check fails when a rule was not evaluated
        required_resource_keys={STORE},
        resource_defs={PUBLISHED: published_products},
        backfill_policy=dg.BackfillPolicy.single_run() if product.partitions else None,
        pool=product.spec.pool,
    )
    @no_secrets
    @asks_store_again
    def publish_product(context: dg.AssetExecutionContext) -> Events:
        for warning in product.warnings:
            context.log.warning(str(warning))
        with step_memory(product):
            yield from run(context, product, context.resources.store.open())

    return publish_product


def product_spec(product: Product, registered: str | None = None) -> dg.AssetSpec:
    """What Dagster knows of a product."""
    contract, window = product.contract, fresh_window(product)
    automated = product.spec.automation and any(upstream.triggers for upstream in product.inputs)
    lookups = _as_far_as_there(product), _non_triggering(product)
    condition = product_condition(*lookups, lookback_of(product)) if automated else None
    return dg.AssetSpec(
        product.key.split("/"),
        deps=[_dependency(upstream) for upstream in product.inputs],
        description=_description(product),
        metadata=definition_metadata(product, registered),
        group_name=product.domain,
        owners=owners_of(contract),
        tags=_tags(product),
        kinds={product.source.kind, "deltalake"},
        code_version=product.code_version,
        partitions_def=partitions_of(product.partitions),
        automation_condition=condition if contract.status != "retired" else None,
        freshness_policy=preview_apis.fresh_within(window) if window else None,
    )


def partitions_of(spec: PartitionsSpec | None) -> dg.PartitionsDefinition | None:
    """The partitions of a product, if it has any."""
    if spec is None:
        return None
    if spec.type == "dynamic":
        return dg.DynamicPartitionsDefinition(name=spec.name)
    return dg.DailyPartitionsDefinition(
        start_date=start_date().isoformat(), timezone="UTC", end_offset=int(spec.includes_today)
    )


def _dependency(upstream: Input) -> dg.AssetDep:
    mapping: dg.PartitionMapping | None = None
    if upstream.partitions == "lookback":
        mapping = preview_apis.days_before(upstream.lookback_days)
    elif (upstream.partitions == "all" or upstream.optional) and upstream.partitioned is not False:
        mapping = dg.AllPartitionMapping()
    return dg.AssetDep(upstream.key.split("/"), partition_mapping=mapping)


def _own_checks(product: Product) -> list[dg.AssetCheckSpec]:
    """The checks that the runner answers."""
    key = product.key.split("/")
    return [
        dg.AssetCheckSpec(name, asset=key, description=escaped(promise), blocking=True)
        for name, promise in product.spec.checks.items()
    ]


def _as_far_as_there(product: Product) -> list[dg.AssetKey]:
    """Inputs that are, or may be, partitioned and of which several partitions are read."""
    return [
        dg.AssetKey(upstream.key.split("/"))
        for upstream in product.inputs
        if (upstream.partitions != "same" or upstream.optional)
        and upstream.partitioned is not False
        and not upstream.complete
    ]


def _non_triggering(product: Product) -> list[dg.AssetKey]:
    return [dg.AssetKey(upstream.key.split("/")) for upstream in product.inputs if not upstream.triggers]


def _description(product: Product) -> str:
    contract = product.contract
    parts = [contract.description.purpose if contract.description else None, product.schema.description]
    if contract.description and contract.description.limitations:
        parts.append(f"Limitations: {contract.description.limitations}")
    return "\n\n".join(escaped(part) for part in parts if part)


def owners_of(contract: Contract) -> list[str]:
    """The owner that a contract names, as Dagster wants it."""
    owner = contract.owner
    if not owner:
        return []
    return [owner if "@" in owner or owner.startswith("team:") else f"team:{owner}"]


def _tags(product: Product) -> dict[str, str]:
    contract = product.contract
    own = {_UNFIT.sub("_", tag)[:63]: "" for tag in contract.tags}
    return {
        **own,
        "domain": product.domain,
        "version": _UNFIT.sub("_", contract.version_text)[:63],
        "status": contract.status,
    }


def _runner_of(product: Product) -> Runner:
    """What makes a product; one of its domain's own is imported when it is first used."""
    if product.spec.runner is None:
        return run_step
    module, _, name = product.spec.runner.partition(":")

    def run(context: dg.AssetExecutionContext, product: Product, store: ObjectStore) -> Events:
        yield from getattr(importlib.import_module(module), name)(context, product, store)

    return run
