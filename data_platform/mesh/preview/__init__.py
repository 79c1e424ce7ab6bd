"""What a change of products would do to what is published, tried on published inputs before anybody sees it.

What belongs here: making the batches on this machine's disk (``scratch``, ``making``), how they differ from what is
published (``differing``), whether consumers keep their contracts on them (``consuming``, ``overlay``), which values may
be shown (``hiding``), the question as a whole (``previewing``) and the forms of its answer. What does not: publishing
(``products.publish``), and what can be told from files alone (``mesh.impact``).
"""
