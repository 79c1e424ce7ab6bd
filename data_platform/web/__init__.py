"""Who may use the web pages that the platform serves: one guard, behind which all of them stand.

What belongs here: hosts, origins, users of this machine, the token, and the headers of every answer. What does not: any
page. It knows no page and no Dagster, so that whatever is served can stand behind it.
"""

from data_platform.web.access import Access
from data_platform.web.guard import Guard
from data_platform.web.peers import PeerProtocol

__all__ = ["Access", "Guard", "PeerProtocol"]
