"""Each allocation of our own, of libcurl and of cJSON failed in turn."""

import concurrent.futures

import harness
from harness import *

harness.CERTUPLOAD = os.environ["CERTUPLOAD_FAILING"]

def judge(number, run, sandbox):
    """No crash, no false success, no second secret."""
    stored = list(sandbox.stored())
    if run.status not in (0, 2, 4, 6, 8, 9):
        raise AssertionError(f"allocation {number}: {run!r}")
    if run.status == 0:
        equal(stored, [run.out.strip()], f"allocation {number}")
    elif not run.err.startswith("certupload: "):
        raise AssertionError(f"allocation {number}: no message: {run!r}")
    if len(stored) > 1:
        raise AssertionError(f"allocation {number}: {stored}")


def fail_one(number):
    with Sandbox(task_time=1) as sandbox:
        run = certupload(*SITE, env={**sandbox.env,
                                     "CERTUPLOAD_FAIL_ALLOC": str(number)})
        judge(number, run, sandbox)


def allocations():
    """How many a whole run makes."""
    with Sandbox(task_time=1) as sandbox:
        succeeds(certupload(*SITE, env={**sandbox.env,
                                        "CERTUPLOAD_COUNT_ALLOC": "count"}))
    return int(read("count"))


@story
def each_allocation_fails_once():
    make_site()
    count = allocations()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(fail_one, range(1, count + 1)))
    print(f"# {count} allocations failed in turn")


if __name__ == "__main__":
    main()
