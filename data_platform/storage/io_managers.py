"""The IO managers, by the one name that domains import them from.

What belongs here: nothing but these names. ``DeltaIOManager`` for tables, ``CsvIOManager`` and ``JsonIOManager`` for
files; none of them pickles.
"""

from data_platform.storage.file_io_managers import CsvIOManager, FileIOManager, JsonIOManager
from data_platform.storage.table_io_manager import DeltaIOManager

__all__ = ["CsvIOManager", "DeltaIOManager", "FileIOManager", "JsonIOManager"]
