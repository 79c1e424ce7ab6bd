"""Errors of data products.

What belongs here: the exception tree. What does not: how they come about.

::

    ProductError
    ├── InvalidProductError     a folder that cannot be used, with everything that is wrong with it
    ├── TransformError          a transform that failed, or gave something else than a frame; with file and line
    │   └── UndeclaredColumnError   it read a column that exists but was not declared
    ├── UnregisteredError       its contract breaks what is registered
    └── MissingInputError       an input that was never published, or not for the partitions asked for
        └── AwaitedInputError       the day itself, of an input that is looked back from
"""

from collections.abc import Iterable

from data_platform.contracts.findings import Finding, Severity


class ProductError(Exception):
    """Anything that is wrong with a data product."""


class InvalidProductError(ProductError):
    """A product's folder that cannot be used.

    Attributes:
        findings: Everything that was found, warnings too, by file and line.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(
            sorted(findings, key=lambda finding: (finding.file, finding.position))
        )
        super().__init__("\n".join(str(finding) for finding in self.errors))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the product from loading."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


class TransformError(ProductError):
    """A transform that failed, or gave something else than a frame."""


class UndeclaredColumnError(TransformError):
    """A transform that read a column of an input that it did not declare."""


class UnregisteredError(ProductError):
    """A contract that breaks what is registered of the product: nothing is published by it."""


class MissingInputError(ProductError):
    """An input that was never published, or not for the partitions asked for."""


class AwaitedInputError(MissingInputError):
    """An input that is looked back from does not have the day itself yet; some day before it may be there."""
