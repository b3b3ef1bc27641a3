"""What all tests share."""

import pytest
from hypothesis import settings

settings.register_profile("book", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("book")

STARTS = {}


@pytest.fixture(autouse=True)
def _same_numbers(request):
    """Draw the same numbers in a test from its module's RANDOM, whatever ran before."""
    if random := getattr(request.module, "RANDOM", None):
        bits = random.bit_generator
        bits.state = STARTS.setdefault(request.module, bits.state)
