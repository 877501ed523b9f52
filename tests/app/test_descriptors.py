"""The page's process may open as many files as its visitors need, as far as the system lets it."""

import resource
import subprocess
import sys

import pytest

from normlab.app.shell.descriptors import WANTED

FEW = 256
HARD = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
RAISE = """
import resource, sys
from normlab.app.shell.descriptors import allow_more
soft, hard = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
allow_more()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "then"),
    [(FEW, 8192, WANTED), (FEW, 1000, 1000), (FEW, FEW, FEW), (8000, 8192, 8000)],
)
def test_the_limit_is_raised_as_far_as_the_system_lets(soft: int, hard: int, then: int) -> None:
    if HARD != resource.RLIM_INFINITY and hard > HARD:
        pytest.skip(f"this system lets a process open {HARD} files at most")
    command = [sys.executable, "-c", RAISE, str(soft), str(hard)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.split() == [str(then), str(hard)]
