"""The project as a whole: everything that is in it loads."""

from data_platform.definitions import defs


def test_every_domain_loads_and_its_assets_fit_together() -> None:
    """A domain that does not import, and two assets of one name, fail here."""
    defs().resolve_all_job_defs()
