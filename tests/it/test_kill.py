"""SIGKILL at a system call of a run of two certificates, then a clean run:
one secret each.

Each KILL_STEP-th call is tried; 1 tries them all."""

import concurrent.futures
import random

from harness import *

KILL_AT = os.environ["CERTUPLOAD_KILL_AT"]
STEP = int(os.environ.get("KILL_STEP", "11"))


RUN = ["--config", "two.conf", "--lock-dir"]


def run_and_kill(number, env, locks, count="/dev/null"):
    """Exit status; the number of calls of a whole run goes to `count`."""
    return subprocess.run(
        [KILL_AT, str(number), count, CERTUPLOAD, *RUN, locks],
        env=environment(env), capture_output=True, timeout=LIMIT,
        check=False).returncode


def killed_at(number):
    place = f"lock{number}"
    os.mkdir(place)
    with Sandbox(task_time=20) as sandbox:
        status = run_and_kill(number, sandbox.env, place)
        run = succeeds(certupload(*RUN, place, env=sandbox.env))
        told = sorted(line.split(": ")[1] for line in run.out.splitlines())
        equal(len(told), 2)
        equal(sorted(sandbox.stored()), told, f"call {number}")
        equal(len(sandbox.creates()), 2, f"creates, call {number}")
        return status == 137


@story
def a_kill_at_any_system_call_is_made_good():
    make_site()
    make_cert("other", issuer="root",
              extensions=SERVER.format("DNS:other.example.com"))
    write("two.conf", "[site]\nkey = server.key\ncert = server.crt\n"
          "chain = ca.pem\n[other]\nkey = other.key\ncert = other.crt\n")
    with Sandbox(task_time=20) as sandbox:
        equal(run_and_kill(10 ** 9, sandbox.env, ".", "count"), 0)
    first = random.Random(SEED).randrange(1, STEP + 1)
    told = int(read("count"))
    numbers = range(first, told, STEP)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        killed = sum(pool.map(killed_at, numbers))
    print(f"# killed at {killed} of {told} calls, from {first} on, SEED={SEED}")
    if killed < len(numbers) // 2:
        raise AssertionError("hardly any run was killed")


if __name__ == "__main__":
    main()
