"""The IO managers: ``DeltaIOManager`` for tables, ``CsvIOManager`` and ``JsonIOManager`` for files; none pickles.

What belongs in this package: reading and writing an asset's data as Dagster asks for it. What does not: how tables and
files are written (``storage``).
"""

from data_platform.orchestration.io.file_managers import CsvIOManager, FileIOManager, JsonIOManager
from data_platform.orchestration.io.table_manager import DeltaIOManager

__all__ = ["CsvIOManager", "DeltaIOManager", "FileIOManager", "JsonIOManager"]
