"""Who is a program and not a person, by the user agent that it sends.

What belongs here: the patterns and where they are looked for. What does not: bots that pretend to be browsers; nothing
but the agent is looked at.
"""

from typing import Final

import polars as pl
import pyarrow as pa

PATTERNS: Final = (
    # What crawlers and monitors call themselves.
    *("bot", "crawl", "spider", "slurp", "archiver", "feedfetcher", "facebookexternalhit", "mediapartners"),
    *("monitor", "pingdom", "uptime", "validator", "scanner", "nikto", "masscan", "zgrab", "headless", "phantomjs"),
    # Libraries and tools of the command line.
    *("curl", "wget", "python", "java/", "libwww", "lwp", "perl", "ruby", "go-http-client", "okhttp", "httpclient"),
    *("httpx", "aiohttp", "scrapy", "axios", "node-fetch", "guzzle", "apachebench", "postman", "feedparser"),
)
"""An agent with one of these in it, in any case, is a bot's."""


def bots(agents: pa.ChunkedArray) -> pa.ChunkedArray:
    """Which agents are bots' (string in, bool out, row by row).

    An agent that is missing is a bot's as well: every browser sends one. In a Common log nothing has an agent, so
    that all of its events are bots'; who counts people in one has to ask for those without an agent too.
    """
    encoded = agents.dictionary_encode().unify_dictionaries()
    if not encoded.num_chunks:
        return pa.chunked_array([], pa.bool_())
    flags = pl.Series(encoded.chunk(0).dictionary, dtype=pl.String).str.contains(_EXPRESSION).to_arrow()
    return pa.chunked_array([flags.take(chunk.indices).fill_null(True) for chunk in encoded.chunks], pa.bool_())


_EXPRESSION: Final = "(?i-u:" + "|".join(PATTERNS) + ")"
