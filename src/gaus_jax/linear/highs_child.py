"""A process that solves one linear programme with HiGHS; run as a script, imports nothing of ours.

Its interior point method does not look at its clock while it factorises or crosses over, so that
only its end as a process is sure to come on time.
"""

import pickle
import sys


def main() -> None:
    """Say that all is loaded, read one programme from stdin, write what was found to stdout."""
    from scipy.optimize import linprog

    sys.stdout.buffer.write(b"ready\n")
    sys.stdout.buffer.flush()
    found = linprog(**pickle.load(sys.stdin.buffer))  # from our own parent
    solved = found.status == 0 and found.x is not None
    answer = (found.x, found.ineqlin.marginals) if solved else None
    pickle.dump(answer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
