"""Each allocation of our own, of libcurl and of cJSON failed in turn."""

import concurrent.futures

import harness
from harness import *

harness.CERTUPLOAD = os.environ["CERTUPLOAD_FAILING"]


def judge(number, run, sandbox, count):
    """No crash, no false success, no second secret."""
    stored = sorted(sandbox.stored())
    if run.status not in (0, 1, 2, 4, 6, 8, 9):
        raise AssertionError(f"allocation {number}: {run!r}")
    if run.status == 0:
        equal(stored, sorted(line.split(": ")[-1]
                             for line in run.out.splitlines()),
              f"allocation {number}")
        equal(len(stored), count, f"allocation {number}")
    elif not run.err.startswith("certupload: "):
        raise AssertionError(f"allocation {number}: no message: {run!r}")
    if len(stored) > count:
        raise AssertionError(f"allocation {number}: {stored}")


def run_with(arguments, locks, **env):
    os.mkdir(locks)
    with Sandbox(task_time=1) as sandbox:
        run = certupload(*arguments, "--lock-dir", locks,
                         env={**sandbox.env, **env})
        judge(locks, run, sandbox, 2 if "--config" in arguments else 1)
    return run


def each_allocation(*arguments):
    succeeds(run_with(arguments, "whole", CERTUPLOAD_COUNT_ALLOC="count"))
    count = int(read("count"))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: run_with(
            arguments, str(number), CERTUPLOAD_FAIL_ALLOC=str(number)),
            range(1, count + 1)))
    print(f"# {count} allocations failed in turn")


@story
def each_allocation_fails_once():
    make_site()
    each_allocation(*SITE)


@story
def each_allocation_of_a_batch_fails_once():
    make_site()
    make_cert("other", issuer="root",
              extensions=SERVER.format("DNS:other.example.com"))
    write("two.conf", "[site]\nkey = server.key\ncert = server.crt\n"
          "chain = ca.pem\n[other]\nkey = other.key\ncert = other.crt\n")
    each_allocation("--config", "two.conf")


if __name__ == "__main__":
    main()
