"""The independent comparison of a run's truth with the database; it knows nothing of the business.

It reads the simulator's SQLite file and the tables over SQL, and shares no code with
what filled them.
"""

from simulators.judge.compare import Verdict, judge

__all__ = ["Verdict", "judge"]
