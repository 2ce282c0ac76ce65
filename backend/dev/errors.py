class LauncherError(Exception):
    """What the person at the keyboard reads: one sentence that names what is wrong and what would help."""
