"""Values of the command line, for the scripts among the tests."""


def positive(text):
    """Return a whole number that is at least 1."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
