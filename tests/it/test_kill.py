"""SIGKILL at a system call of a run, then a clean run: one secret.

Each KILL_STEP-th call is tried; 1 tries them all (`make soak`)."""

import concurrent.futures
import random

from harness import *

KILL_AT = os.environ["CERTUPLOAD_KILL_AT"]
STEP = int(os.environ.get("KILL_STEP", "23"))


def run_and_kill(number, env, count="/dev/null"):
    """Exit status; the number of calls of a whole run goes to `count`."""
    return subprocess.run(
        [KILL_AT, str(number), count, CERTUPLOAD, *SITE],
        env=environment(env), capture_output=True, timeout=LIMIT,
        check=False).returncode


def killed_at(number):
    with Sandbox(task_time=20) as sandbox:
        status = run_and_kill(number, sandbox.env)
        run = succeeds(certupload(*SITE, env=sandbox.env))
        equal(list(sandbox.stored()), [run.out.strip()], f"call {number}")
        equal(len(sandbox.creates()), 1, f"creates, call {number}")
        return status == 137


@story
def a_kill_at_any_system_call_is_made_good():
    if os.environ.get("CERTUPLOAD_BUILD") == "asan":
        raise Skip("the sanitizer does not live under ptrace")
    make_site()
    with Sandbox(task_time=20) as sandbox:
        equal(run_and_kill(10 ** 9, sandbox.env, "count"), 0)
    first = random.randrange(1, STEP + 1)
    told = int(read("count"))
    numbers = range(first, told, STEP)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        killed = sum(pool.map(killed_at, numbers))
    print(f"# killed at {killed} of {told} calls, from {first} on")
    if killed < len(numbers) // 2:
        raise AssertionError("hardly any run was killed")


if __name__ == "__main__":
    main()
