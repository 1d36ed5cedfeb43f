"""Everything a lab can be asked to do, by name, with JSON in and JSON out.

The control API, the scenarios' client and the console all come through here, so that what a person can do is what a
scenario can do. Each verb's docstring is its help.
"""

from simulators.lab.verbs import around, boxes, chargers, city
from simulators.lab.verbs.registry import VERBS, perform

__all__ = ["VERBS", "around", "boxes", "chargers", "city", "perform"]
