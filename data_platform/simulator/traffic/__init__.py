"""The shop's web traffic: who visits, what is asked for, and the log files that three web servers write about it.

What belongs in this package: visits, their requests, the logs with their dirt, and the shipper that puts them into the
laptop's store. What does not: the orders, campaigns and films that the visits are about (``shop``).

Orders, campaigns and visits are one world: every order has a visit that ends in its checkout, on the second on which
it was placed and with the campaign that it names; every campaign's clicks come as visits; films are asked for as
``/films/<id>``. Nobody in it is real: addresses are of networks kept for benchmarks (RFC 2544) and documentation
(RFC 3849).
"""

from data_platform.simulator.traffic.servers import files
from data_platform.simulator.traffic.visits import LINES_A_DAY

__all__ = ["LINES_A_DAY", "files"]
