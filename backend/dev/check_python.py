"""Say in one sentence what a Python lacks to build the virtual environment; runs under any Python 3."""

import sys


def complaint() -> "str | None":
    if sys.version_info < (3, 11):  # noqa: UP036 (that is the question)
        version = ".".join(str(number) for number in sys.version_info[:2])
        return "igny8 needs Python 3.11 or later; {} is Python {}.".format(sys.executable, version)  # noqa: UP032
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return (
            "{} cannot make a virtual environment; on Debian and Ubuntu this helps: "
            "apt-get install python3-venv".format(sys.executable)
        )
    return None


if __name__ == "__main__":
    sys.exit(complaint())
