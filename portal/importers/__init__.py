"""Brings other systems' customers and invoices in. `import_csv` reads anybody's CSV by a mapping."""

from portal.importers.csv_import import import_csv
from portal.importers.mapping import Mapping, MappingError, load_mapping
from portal.importers.report import ImportReport, Problem

__all__ = ["ImportReport", "Mapping", "MappingError", "Problem", "import_csv", "load_mapping"]
