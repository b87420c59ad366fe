"""Each allocation of our own, of libcurl and of cJSON failed in turn; of
--check, which has no time-outs, OpenSSL's as well.

These are many: each ALLOC_STEP-th is tried; 1 tries them all."""

import concurrent.futures
import random

import harness
from harness import *

harness.CERTUPLOAD = os.environ["CERTUPLOAD_FAILING"]
STEP = int(os.environ.get("ALLOC_STEP", "211"))

# OpenSSL itself leaks where it fails for want of memory.
SANITIZER = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"


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


# --- --check, of which OpenSSL does most ----------------------------------------


def check(arguments, which=None, **env):
    """The run whose allocation `which` fails, and the bundle it left."""
    output = f"{which}.p12"
    if "--output" in arguments:
        arguments = [output if part == "FILE" else part for part in arguments]
    if which is not None:
        env["CERTUPLOAD_FAIL_ALLOC"] = which
    run = certupload(*arguments, env={
        **env, "CERTUPLOAD_COUNT_OPENSSL": "1", "ASAN_OPTIONS": SANITIZER})
    if not os.path.exists(output):
        return run, None
    bundle = sh("openssl", "pkcs12", "-in", output, "-passin", "pass:",
                "-nodes")
    os.remove(output)
    return run, bundle


def each_allocation_of_check(*arguments, more=""):
    """Fail one, or with `more` "+" all from that one on: either the run says
    that memory is short, or it does all that it does otherwise."""
    whole, bundle = check(arguments, CERTUPLOAD_COUNT_ALLOC="count")
    succeeds(whole)
    count = int(read("count"))
    first = random.Random(SEED).randrange(1, STEP + 1)

    def one(number):
        run, made = check(arguments, f"{number}{more}")
        where = f"allocation {number}{more} of {count}"
        if run.status == 0:
            equal((run.out, made), (whole.out, bundle), where)
        elif (run.status != 9 or '"checked"' in run.out
              or not run.err.startswith("certupload: ")):
            raise AssertionError(f"{where}: {run!r}")
        if made is not None:
            equal(made, bundle, where)
        return run.status == 0

    numbers = range(first, count + 1, STEP)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        good = sum(pool.map(one, numbers))
    print(f"# {len(numbers)} of {count} allocations{more} failed in turn, "
          f"{good} without effect, SEED={SEED}")
    if good > len(numbers) // 2:
        raise AssertionError("hardly any allocation failed")


def make_three():
    """A chain of three below a root, all of RSA."""
    signer = None
    for name in "root", "issuer2", "issuer1":
        make_cert(name, issuer=signer, kind="rsa2048")
        signer = name
    make_cert("server", issuer=signer, kind="rsa2048",
              extensions=SERVER.format("DNS:www.example.com"))
    join("ca.pem", "issuer1.crt", "issuer2.crt")


CHECK = ["--check", "--json", *SITE, "--ca-bundle", "root.crt"]


@story
def a_check_without_memory_says_so():
    make_three()
    each_allocation_of_check(*CHECK)


@story
def a_bundle_made_without_memory_is_whole():
    make_three()
    each_allocation_of_check(*CHECK, "--output", "FILE")


@story
def a_check_whose_memory_ends_says_so():
    make_three()
    each_allocation_of_check(*CHECK, "--output", "FILE", more="+")


if __name__ == "__main__":
    main()
