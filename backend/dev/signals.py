"""Ctrl-C and its kin, noted when they come and acted upon where it is safe."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.number = number


class Interruption:
    """The first stopping signal. Later ones change nothing, so that an impatient Ctrl-C cannot orphan a child."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._is_raised_at_once = False

    def listen(self) -> None:
        for number in STOPPING:
            # `nohup` asks that a hang-up be ignored.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._note)

    def check(self) -> None:
        """Raise Interrupted once a stopping signal has come."""
        if self._number is not None:
            raise Interrupted(self._number)

    def stop(self, number: signal.Signals) -> None:
        """As if that signal had come."""
        self._number = self._number or number

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within, a signal interrupts whatever runs; so start nothing there that must be kept track of."""
        self._is_raised_at_once = True
        try:
            self.check()
            yield
        finally:
            self._is_raised_at_once = False

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._number = self._number or number
        if self._is_raised_at_once:
            self._is_raised_at_once = False
            raise Interrupted(self._number)
