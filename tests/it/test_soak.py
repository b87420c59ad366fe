"""Runs at random: up to three faults or kills in a row, then a clean run.
There is exactly one secret, and each exit status was true.

SOAK_RUNS and SEED choose how many and which; `make soak` does ten thousand."""

import concurrent.futures
import random
import threading

from harness import *

RUNS = int(os.environ.get("SOAK_RUNS", "60"))
SEED = int(os.environ.get("SEED", str(random.randrange(10 ** 9))))

ROUTES = ("GET /cloud/v1/tasks/*/*/active", "GET /cloud/v1/tasks/*",
          "GET /cloud/v1/secrets/*/*", "POST /cloud/v1/secrets/*/*")


def fault(chance):
    """A line of the sandbox's script."""
    kind = chance.choice((
        "commit-cut", "commit-reset", "stall", "request-cut", "reset",
        "reset-before", "status", "status-commit", "empty", "bad-json",
        "wrong-length", "close-reused", "close-reused commit", "trickle",
        "huge", "task-hidden", "task-state"))
    if kind == "request-cut":
        return f"CONNECT - 1 request-cut {chance.randrange(6000)}"
    if kind == "reset":
        return f"CONNECT - {chance.randrange(1, 4)} reset"
    route = chance.choice(ROUTES)
    argument = {
        "commit-cut": chance.randrange(250),
        "commit-reset": chance.randrange(250),
        "stall": chance.randrange(250),
        "status": chance.choice((408, 429, 500, 502, 503, 504)),
        "status-commit": chance.choice((408, 500, 502, 503, 504)),
        "trickle": 1, "huge": 2000000, "task-hidden": chance.randrange(4),
        "task-state": "ODD",
    }.get(kind, "")
    return f"{route} {chance.randrange(1, 4)} {kind} {argument}"


def judged(sandbox, timeout, kill_after=None):
    """A run whose status must be true; whether it succeeded."""
    before = len(sandbox.journal())
    process = start(*SITE, "--timeout", str(timeout), env=sandbox.env)
    killer = None
    if kill_after is not None:
        killer = threading.Timer(kill_after, process.kill)
        killer.start()
    run = finish(process)
    if killer is not None:
        killer.cancel()
    stored = list(sandbox.stored())
    own = sandbox.journal()[before:]
    created = any("task" in entry for entry in own)
    if run.status == 0:
        equal(stored, [run.out.strip()], "the id told")
    elif run.status not in (-9, 4, 7, 8):
        raise AssertionError(f"never the case here: {run!r}")
    elif run.status == 4 and created and "goes on with task" not in run.err:
        raise AssertionError(f"called a failure, but made: {run!r}")
    return run.status == 0


def once(number):
    chance = random.Random(f"{SEED} {number}")
    script = "\n".join(fault(chance)
                       for _ in range(chance.randrange(1, 4))) + "\n"
    with Sandbox(faults=script,
                 task_time=chance.choice((1, 50, 300))) as sandbox:
        for _ in range(chance.randrange(1, 4)):
            # As from a timer that somebody gave a short deadline.
            judged(sandbox, chance.choice((1, 2, 3)),
                   chance.random() * 0.3 if chance.random() < 0.5 else None)
        # Faults that are left may still hit; in the end a run is clean.
        while not judged(sandbox, 10):
            pass
        equal(len(sandbox.stored()), 1, script)


@story
def whatever_happens_there_is_one_secret():
    make_site()
    print(f"# SEED={SEED} SOAK_RUNS={RUNS}", flush=True)
    # They wait most of the time.
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        futures = {pool.submit(once, number): number
                   for number in range(RUNS)}
        for future in concurrent.futures.as_completed(futures):
            if future.exception() is not None:
                print(f"# run {futures[future]} of SEED={SEED}")
                pool.shutdown(cancel_futures=True)
                raise future.exception()


if __name__ == "__main__":
    main()
