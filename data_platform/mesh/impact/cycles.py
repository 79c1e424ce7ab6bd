"""Products that need themselves through products of other repositories.

What belongs here: finding them, by what the others said that they read. What does not: cycles within a checkout, which
need no registry (``checking.linting``).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.links import way_up
from data_platform.mesh.impact.elsewhere import ElsewhereProduct
from data_platform.mesh.impact.graph import MeshGraph
from data_platform.products.edges import graph_name, key_of


@dataclass(frozen=True)
class Cycle:
    """A product that needs itself through another repository's.

    Attributes:
        product: Its key.
        message: All of it in one sentence without its full stop.
        fix: What to do.
    """

    product: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.message}: {self.fix}"


def cycles_elsewhere(
    checkout: Checkout, keys: Iterable[str], elsewhere: Iterable[ElsewhereProduct]
) -> tuple[Cycle, ...]:
    """The products that need themselves through products of other repositories, for each input by which they do.

    Args:
        checkout: The mesh.
        keys: The products to look at, of the checkout.
        elsewhere: The products of other repositories.
    """
    graph = MeshGraph(checkout, elsewhere=elsewhere)
    cycles = []
    for key in keys:
        name = graph_name(key)
        for producer in sorted(graph.links.inputs.get(name, ())):
            way = way_up(graph.links, producer, name) or ()
            others = [key_of(step) for step in way if step in graph.elsewhere]
            if others:
                steps = [f"{step} (another repository's)" if step in others else step for step in map(key_of, way)]
                message = f"{key} needs itself: {' reads '.join([key, *steps])}"
                told = f"data-platform register {others[-1]} in its repository tells it"
                fix = "make one of them from what comes before the other, or merge the two"
                fix += f"; if {others[-1]} does not read that any more, {told}"
                cycles.append(Cycle(key, message, fix))
    return tuple(cycles)
