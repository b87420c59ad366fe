"""Runs at random: one to five certificates, up to three faults or kills in a
row, one host or two at a time, then clean runs. There is exactly one secret
of each certificate, and each exit status was true.

SOAK_RUNS and SEED choose how many and which; `make soak` does ten thousand."""

import collections
import concurrent.futures
import http.client
import random
import threading

from harness import *

RUNS = int(os.environ.get("SOAK_RUNS", "60"))
SEED = int(os.environ.get("SEED", str(random.randrange(10 ** 9))))
MOST = 5

ROUTES = (
    "GET /cloud/v1/tasks/*/*/active", "GET /cloud/v1/tasks/*",
    "GET /cloud/v1/tasks", "GET /cloud/v1/secrets/*/*",
    "GET /cloud/v2/client_quotas", "POST /cloud/v1/secrets/*/*",
    "POST /cloud/v2/secrets/*/*", "DELETE /cloud/v1/secrets/*/*/*")
KINDS = (
    "commit-cut", "commit-reset", "stall", "request-cut", "reset",
    "reset-before", "status", "status-commit", "empty", "bad-json",
    "wrong-length", "close-reused", "close-reused commit", "trickle", "huge",
    "task-hidden", "task-state")


def fault(chance, kinds):
    """A line of the sandbox's script."""
    kind = chance.choice(kinds)
    if kind == "request-cut":
        return f"CONNECT - 1 request-cut {chance.randrange(20000)}"
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
        "task-state": "ODD", "kill": chance.choice(("before", "after")),
    }.get(kind, "")
    return f"{route} {chance.randrange(1, 4)} {kind} {argument}"


class History:
    """A server with faults to come, and what is to be uploaded to it."""

    def __init__(self, number, kinds):
        chance = self.chance = random.Random(f"{SEED} {number}")
        self.number = number
        self.count = chance.randrange(1, MOST + 1)
        self.conf = f"{number}.conf"
        self.script = "\n".join(fault(chance, kinds) for _ in range(
            chance.randrange(1, 4))) + "\n"
        api = chance.choice(("auto", "auto", "v1", "v2"))
        gone = (["--v1-status", str(chance.choice((404, 405, 410)))]
                if api == "auto" and chance.random() < 0.3 else [])
        self.sandbox = Sandbox(*gone, faults=self.script,
                               task_time=chance.choice((1, 50, 300)))
        write(self.conf, f"api = {api}\nca-bundle = root.crt\n" + "".join(
            f"[c{i}]\nkey = c{i}.key\ncert = c{i}.crt\n"
            for i in range(self.count)))

    def start(self, timeout, host=0):
        folder = f"{self.number}.{host}"
        os.makedirs(folder, exist_ok=True)
        return start("--config", self.conf, "--lock-dir", folder,
                     "--timeout", str(timeout), env=self.sandbox.env)

    def secrets(self):
        """{name: the ids of its secrets}; what faults are left may hit."""
        url = self.sandbox.url + "/cloud/v1/secrets/1/1?limit=1000"
        request = urllib.request.Request(
            url, headers={"Authorization": "APIKey " + API_KEY})
        for _ in range(20):
            with contextlib.suppress(OSError, ValueError, RecursionError,
                                     http.client.HTTPException):
                with urllib.request.urlopen(request, timeout=2) as answer:
                    found = collections.defaultdict(list)
                    for secret in json.load(answer)["results"]:
                        found[secret["name"]].append(secret["id"])
                    return found
        raise self.wrong("no list of secrets")

    def wrong(self, what):
        return AssertionError(
            f"{what}\nrun {self.number} of SEED={SEED}\n{self.script}")

    def judge(self, run):
        """Is its status one that can be? Did it succeed?"""
        if run.status not in (0, 1, 4, 7, 8, -9):
            raise self.wrong(f"never the case here: {run!r}")
        return run.status == 0

    def judge_sent(self, run, posts):
        """Is its status true to the creates that came?"""
        if (run.status == 8 and not posts and "CONNECT" not in self.script
                and "creating the secret: not done in time" not in run.err):
            raise self.wrong(f"nothing was sent that could be: {run!r}")
        if (run.status == 4 and self.count == 1
                and any("task" in entry for entry in posts)
                and "goes on with task" not in run.err):
            raise self.wrong(f"called a failure, but made: {run!r}")

    def told(self, run):
        return sorted(line.split(": ")[1] for line in run.out.splitlines())

    def run(self, timeout, kill_after=None):
        """One run on its own; whether it succeeded."""
        before = len(self.sandbox.journal())
        process = self.start(timeout)
        killer = None
        if kill_after is not None:
            killer = threading.Timer(kill_after, process.kill)
            killer.start()
        run = finish(process)
        if killer is not None:
            killer.cancel()
        good = self.judge(run)
        self.judge_sent(run, [
            entry for entry in self.sandbox.journal()[before:]
            if entry["method"] == "POST"])
        if good and self.told(run) != sorted(self.sandbox.stored()):
            raise self.wrong(f"other ids than there are: {run!r}")
        return good

    def end(self):
        """Faults that are left may still hit; in the end a run is clean."""
        for _ in range(12):
            if self.run(10):
                return self.secrets()
        raise self.wrong("no run succeeds")

    def all_single(self, found):
        return len(found) == self.count and all(
            len(ids) == 1 for ids in found.values())


def one_host(number):
    history = History(number, (*KINDS, "kill", "kill"))
    chance = history.chance
    with history.sandbox:
        for _ in range(chance.randrange(1, 4)):
            # As from a timer that somebody gave a short deadline.
            history.run(chance.choice((1, 2, 3)),
                        chance.random() * 0.3 if chance.random() < 0.5
                        else None)
        found = history.end()
        if not history.all_single(found):
            raise history.wrong(f"not one secret each: {dict(found)}")
    return 0


def two_hosts(number):
    """Of the same certificate one stays, unless a run says that it could not
    see to that. How many certificates have two."""
    history = History(number, KINDS)
    chance = history.chance
    with history.sandbox:
        first = history.start(chance.choice((3, 10)), 1)
        time.sleep(chance.random() * 0.2)
        runs = [finish(process) for process in (
            history.start(chance.choice((3, 10)), 2), first)]
        for run in runs:
            history.judge(run)
        clean = all(run.status == 0 and "may be left" not in run.err
                    for run in runs)
        found = history.secrets()
        if clean and not history.all_single(found):
            raise history.wrong(f"not one secret each: {dict(found)}\n{runs}")
        if clean and len({tuple(history.told(run)) for run in runs}) != 1:
            raise history.wrong(f"they tell different secrets: {runs}")
        return sum(len(ids) > 1 for ids in found.values())


def all_of(once, label, count):
    make_cert("root")
    for number in range(MOST):
        make_cert(f"c{number}", issuer="root",
                  extensions=SERVER.format(f"DNS:c{number}.example.com"))
    print(f"# SEED={SEED} SOAK_RUNS={RUNS}: {count} of {label}", flush=True)
    left = 0
    # They wait most of the time.
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        futures = [pool.submit(once, number) for number in range(count)]
        for future in concurrent.futures.as_completed(futures):
            if future.exception() is not None:
                pool.shutdown(cancel_futures=True)
                raise future.exception()
            left += future.result()
    print(f"# {left} certificates had a second secret, and runs that said so")


@story
def whatever_happens_there_is_one_secret_of_each():
    all_of(one_host, "one host", RUNS - RUNS // 4)


@story
def two_hosts_at_once_agree_on_one():
    all_of(two_hosts, "two hosts", RUNS // 4)


if __name__ == "__main__":
    main()
