"""litellm's side of resolve_price.py, in an environment of its own: it prints the costs of the calls that it is given,
and for each line that it reads the microseconds of a call in each of some passes over them, after one more."""

import json
import sys
import time
from collections.abc import Sequence

import litellm

calls: Sequence[tuple[str, int, int]] = json.loads(sys.argv[1])
blocks = int(sys.argv[2])


def costs() -> list[float]:
    return [
        sum(
            litellm.cost_per_token(
                model=model, prompt_tokens=sent, completion_tokens=back, custom_llm_provider="openai"
            )
        )
        for model, sent, back in calls
    ]


print(json.dumps(costs()), flush=True)
for _ in sys.stdin:
    costs()
    found = []
    for _block in range(blocks):
        started = time.perf_counter_ns()
        costs()
        found.append((time.perf_counter_ns() - started) / len(calls) / 1000)
    print(json.dumps(found), flush=True)
