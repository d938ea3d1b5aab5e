"""The independent comparison of a run's truth with the database; it knows nothing of the business.

It reads the simulator's SQLite file and the tables over SQL, and shares no code with
what filled them.
"""

from simulators.judge.compare import judge
from simulators.judge.figures import Measured
from simulators.judge.measured import is_measured, judged
from simulators.judge.show import show
from simulators.judge.verdict import Verdict

__all__ = ["Measured", "Verdict", "is_measured", "judge", "judged", "show"]
