"""Say in one sentence what a Python lacks to build the virtual environment; runs under any Python 3."""

import sys


def complaint() -> "str | None":
    if sys.version_info < (3, 11):  # noqa: UP036 (that is the question)
        version = ".".join(str(number) for number in sys.version_info[:2])
        return "igny8 needs Python 3.11 or later; " + sys.executable + " is Python " + version + "."
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return sys.executable + " lacks venv or ensurepip; on Debian and Ubuntu: apt-get install python3-venv"
    return None


if __name__ == "__main__":
    sys.exit(complaint())
