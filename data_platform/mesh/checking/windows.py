"""Whether a contract says that partitions are final before they are, by the product's inputs.

What belongs here: that comparison. What does not: for how long inputs change (``products.window``).
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts.findings import Finding, Severity
from data_platform.contracts.properties import PREFIX
from data_platform.products.errors import InvalidProductError
from data_platform.products.folder import Product
from data_platform.products.restated_days import RESTATED_FILE
from data_platform.products.window import windows_of_inputs

_RULE: Final = "restated"


def window_findings(product: Product) -> Iterator[Finding]:
    """What is wrong with the days for which a contract says that its partitions may change.

    Args:
        product: The product.
    """
    try:
        inputs = windows_of_inputs(product)
    except InvalidProductError as error:
        yield from error.findings
        return
    contract, promised = product.contract, product.contract.custom.restated_days
    if promised is None or product.partitions is None or product.partitions.type != "daily":
        return
    name = f"{PREFIX}restatedDays"
    path = next(entry.path for entry in contract.custom_properties if entry.name == name)
    for upstream, days in inputs:
        if days is None:
            message = f"{name} is {promised}, and nothing says for how long {upstream.key} changes"
            fix = f"say it in {RESTATED_FILE} of its domain, or as restated_days of the input in defs.yaml"
            yield contract.document.finding(_RULE, Severity.WARNING, path, message, fix)
        elif days > promised:
            message = f"{name} is {promised}, and {upstream.key} changes for {days} days"
            yield contract.document.finding(_RULE, Severity.ERROR, path, message, f"write {days} or more")
