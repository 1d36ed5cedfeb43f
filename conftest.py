import os; os.environ.setdefault("LOCUST_SKIP_MONKEY_PATCH", "1")  # noqa: E702, I001  first of all: profiles import locust
"""Plain ``pytest conformance/`` gives the verdicts of ``chargeproof check``."""

pytest_plugins = ["conformance.plugin", "reports.writing"]
