"""Plain ``pytest conformance/`` gives the verdicts of ``chargeproof check``."""

import os

os.environ.setdefault("LOCUST_SKIP_MONKEY_PATCH", "1")  # before anything else: load's users import locust

pytest_plugins = ["conformance.plugin", "reports.writing"]
