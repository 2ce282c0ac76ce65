"""`python -m igny8_core.ai.emulator`: the child of `running_emulator`: prints its URL and serves."""

from functools import partial

from igny8_core.ai.emulator.server import serve

if __name__ == "__main__":
    serve(ready=partial(print, flush=True), with_parent=True)
