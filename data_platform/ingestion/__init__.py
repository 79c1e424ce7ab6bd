"""Raw data coming in: fetched from other people's systems, kept as they came, and made again when a source changes.

What belongs in this package: what the ingestion of every domain needs and no domain owns. What does not: a source's
own format or tables (a domain's folder), clean data (``products``), and the assets and sensors of an ingestion
(``orchestration.ingestion``). Nothing is imported here.

The way of raw data: a source's file or rows are *landed*, an object that is written once and never changed
(``archive``); the raw table of a day is made from what was landed last, and remembers its marks; when the source
shows another mark for a day, that day is made again (``orchestration.ingestion.restatement``).

What holds for every source: what came is landed before it is judged; an answer to another question than was asked is
refused (``WrongAnswerError``); answers are limited in time and size, one and all (``fetching``, ``limits``); a run asks
in one short burst (``attempts``), and a day that is not there is asked for again by new runs, ever more slowly, as long
as the source has it (``horizon``, ``orchestration.ingestion.asking_again``); a day that was missed is said.
"""
