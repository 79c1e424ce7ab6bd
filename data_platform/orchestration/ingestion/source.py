"""The component that ``defs.yaml`` of a source names.

What belongs here: from a folder to definitions, for Dagster's loader. What does not: what is in the file
(``products.source_file``), the asset (``source_asset``), and when it is taken (``source_automation``).
"""

from typing import Self

import dagster as dg
from pydantic import BaseModel

from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.orchestration.ingestion.source_asset import source_asset
from data_platform.orchestration.ingestion.source_automation import source_automation
from data_platform.orchestration.ingestion.source_group import group_in
from data_platform.products.source_file import read_source
from data_platform.products.source_reader import load_reader


class Source(dg.Component):
    """A company's own data: a table of a database, files, or an API, taken as they are into a private raw table.

    The folder is `domains/<domain>/raw_<name>`. What came is landed for good before it is judged; the raw table is made
    of what was landed last, and days that the source changed are found and made again.
    """

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """The attributes, for editors and ``dg check yaml``."""
        return SourceSpec

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Self:
        """The component; the attributes are read in ``build_defs``, with the lines of what is wrong."""
        del attributes, context
        return cls()

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The source's asset and checks; its job, schedule and sensors, unless it is taken with another one.

        Raises:
            InvalidProductError: Something is wrong with the file; everything that is, with line and key.
        """
        spec, document = read_source(context.path)
        domain, name = context.path.parent.name, context.path.name
        asset = source_asset(domain, name, spec, load_reader(document, context.path, spec))
        if spec.taken_with is not None:
            return dg.Definitions(assets=[asset])
        return dg.Definitions.merge(dg.Definitions(assets=[asset]), source_automation(group_in(context.path)))
