"""What the UI shows of a project that has no domain yet: one asset that says what to do first.

What belongs here: that asset. What does not: anything that stays when the first domain is there.
"""

from typing import Final

import dagster as dg

from data_platform.project import START_HERE

STEPS: Final = """\
This project has no domain yet. In its folder, in another terminal:

1. `data-platform new acme/orders_v1 --from orders.csv` makes a raw asset of your file and a data product over it, with
   a contract, a test and the domain `acme`. (`--sql "SELECT …"` makes one over products that are there.)
2. The domain appears here within seconds; nothing has to be started again.
3. `data-platform run acme/raw_orders`: the product follows by itself when its input is there.
4. `data-platform read acme/orders_v1` shows what was published.

`data-platform --help` lists every verb.
"""


def welcome() -> dg.Definitions:
    """The definitions of a project without a domain: an asset that nothing makes, and its description."""
    return dg.Definitions(assets=[dg.AssetSpec(START_HERE, description=STEPS, kinds={"markdown"})])
