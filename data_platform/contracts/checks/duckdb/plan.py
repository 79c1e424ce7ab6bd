"""What has to be asked of DuckDB for a check, or why nothing can be.

What belongs here: what becomes of a rule that does not fit the batch. What does not: the plan, which each kind of rule
makes (``contracts.rules.kinds``), and asking (``executor``).
"""

from data_platform.contracts.checks.model import Check
from data_platform.contracts.rules.plans import Context, Plan, Status, Verdict
from data_platform.contracts.rules.sql.values import UnevaluableError, UnfitValueError
from data_platform.contracts.types.reading import UnknownTypeError


def plan(check: Check, context: Context) -> Plan | Verdict:
    """What to ask for a check, or the verdict where nothing has to be asked.

    Args:
        check: The check.
        context: What it may refer to.
    """
    try:
        return check.rule.plan(check.path, context)
    except UnevaluableError as reason:
        return Verdict(Status.NOT_EVALUATED, reason=str(reason))
    except (UnfitValueError, UnknownTypeError) as reason:
        where = f"{check.element} " if check.path and not str(reason).startswith("there") else ""
        status = Status.NOT_EVALUATED if isinstance(reason, UnknownTypeError) else Status.ERROR
        return Verdict(status, reason=f"{where}{reason}")
