"""Histories at random: up to three runs in a row that meet faults or are
killed, then a clean one. There is exactly one secret for each certificate,
whoever was told an id was told that one, and each exit status was true.

SOAK_RUNS and SEED choose how many histories and which, SOAK_ONLY a single
one; `./bootstrap check-long` does ten thousand."""

import concurrent.futures
import random

from harness import *

RUNS = int(os.environ.get("SOAK_RUNS", "40"))
ONLY = os.environ.get("SOAK_ONLY")
# They wait most of the time, for tasks and deadlines.
WORKERS = 12 * len(os.sched_getaffinity(0))

NAMES = [f"{letter}.example.com" for letter in "abcde"]
VERSIONS = 3  # of each certificate, each ending later

PLACE = "/cloud/v1/secrets/1/1"
CREATES = ("POST /cloud/v1/secrets/*/*", "POST /cloud/v2/secrets/*/*")
ROUTES = (*CREATES, *CREATES, "GET /cloud/v1/tasks/*/*/active",
          "GET /cloud/v1/secrets/*/*", "GET /cloud/v1/tasks",
          "GET /cloud/v1/tasks/*", "GET /cloud/v2/client_quotas",
          "DELETE /cloud/v1/secrets/*/*/*")
ROLLOUT = ("GET /cloud/v1/lblisteners/*/*", "GET /cloud/v1/lbpools/*/*",
           "GET /cloud/v1/lblisteners/*/*/*",
           "PATCH /cloud/v2/lblisteners/*/*/*",
           "PATCH /cloud/v2/lblisteners/*/*/*",
           "DELETE /cloud/v1/secrets/*/*/*")
# An answer to a create that does not tell what became of it.
LOST = ("commit-cut", "commit-reset", "status-commit", "empty", "bad-json",
        "wrong-length", "close-reused", "close-reused commit",
        "reset-before")


def fault(chance, routes, kinds):
    """A line of the sandbox's script."""
    kind = chance.choice(kinds)
    if kind == "request-cut":
        return f"CONNECT - 1 request-cut {chance.randrange(6000)}\n"
    if kind == "reset":
        return f"CONNECT - {chance.randrange(1, 4)} reset\n"
    argument = {
        "commit-cut": chance.randrange(250),
        "commit-reset": chance.randrange(250),
        "stall": chance.randrange(250),
        "status": chance.choice((400, 401, 403, 404, 405, 408, 409, 410, 429,
                                 500, 502, 503, 504, "429 1", "503 1")),
        "status-commit": chance.choice((408, 500, 502, 503, 504)),
        "trickle": 1, "huge": 2000000, "task-hidden": chance.randrange(4),
        "task-state": "ODD", "task-error": "no more", "lock": 300,
        "kill": chance.choice(("before", "after")),
    }.get(kind, "")
    return (f"{chance.choice(routes)} {chance.randrange(1, 4)} {kind} "
            f"{argument}\n")


ANY = (*LOST, "huge", "stall", "request-cut", "reset", "status", "status", "trickle",
       "task-hidden", "task-state", "task-error", "count-shift", "kill",
       "kill")
SWITCHING = (*ANY, "lock", "list-edit", "kill", "commit-reset")


# --- certificates and settings -----------------------------------------------


def make_sites():
    """NAME.VERSION.key and .crt of all names and versions."""
    make_cert("root")
    make_cert("issuer1", issuer="root")
    for name in NAMES:
        for version in range(VERSIONS):
            make_cert(f"{name}.{version}", issuer="issuer1",
                      extensions=SERVER.format(f"DNS:{name}"),
                      subject=f"/CN={name}", days=30 * (version + 1))
    join("ca.pem", "issuer1.crt")


def section(name, version, more=""):
    path = os.path.abspath(f"{name}.{version}")
    return (f"[{name}]\nkey = {path}.key\ncert = {path}.crt\n"
            f"chain = {os.path.abspath('ca.pem')}\n{more}")


def secret_names():
    """{(name, version): how its secret is called}"""
    called = {}
    with Sandbox() as sandbox:
        for version in range(VERSIONS):
            write("c.conf", "".join(section(name, version)
                                    for name in NAMES))
            run = succeeds(certupload("--config", "c.conf", "-n", "--json",
                                      env=sandbox.env))
            for one in json.loads(run.out)["certificates"]:
                called[one["title"], version] = one["secret_name"]
    return called


# --- one history -------------------------------------------------------------


class History:
    """A sandbox, some certificates, and what was told of them."""

    def __init__(self, sandbox, chance, called, names, more):
        self.sandbox = sandbox
        self.chance = chance
        self.called = called
        self.names = names
        self.listeners = {}  # of names, where they are to be switched
        self.more = more
        self.told = {}  # {secret's name: ids}
        self.log = []

    def arguments(self, version):
        if len(self.names) == 1 and self.chance.random() < 0.5:
            site = f"{self.names[0]}.{version}"
            return ["--key", site + ".key", "--cert", site + ".crt",
                    "--chain", "ca.pem"]
        path = os.path.join(self.sandbox.place, f"{version}.conf")
        if not os.path.exists(path):  # the other host may be reading it
            write(path, "".join(section(name, version)
                                for name in self.names))
        return ["--config", path]

    def start(self, version, timeout, place="."):
        arguments = [*self.arguments(version), *self.more, "--timeout",
                     str(timeout), "--lock-dir",
                     os.path.join(self.sandbox.place, place)]
        if self.chance.random() < 0.8:
            arguments.append("--json")
        self.log.append(" ".join(arguments))
        return start(*arguments, env=self.sandbox.env)

    def secrets(self):
        """{id: name} of the healthy ones."""
        listed = self.sandbox.get(PLACE + "?limit=1000&offset=0")
        found = listed["results"]
        while len(found) < listed["count"]:
            found += self.sandbox.get(
                f"{PLACE}?limit=1000&offset={len(found)}")["results"]
        return {one["id"]: one["name"] for one in found
                if one["status"] == "ACTIVE"}

    def reports(self, run):
        """{name: its element of the report}; made up from the text where
        that was asked for."""
        if run.out.startswith("{"):
            listed = json.loads(run.out)["certificates"]
            return {one.get("title", self.names[0]): one for one in listed}
        lines = [line.rpartition(": ") for line in run.out.splitlines()]
        ids = {title or self.names[0]: {"secret_id": one}
               for title, _, one in lines}
        error = {"exit": run.status, "text": run.err}
        return {name: ids.get(name, {"error": error})
                for name in self.names}

    def judge(self, run, version, entries, script, killed):
        """Is what this run told true? `entries` is what it asked for."""
        self.log.append(repr(run))
        if run.status == -signal.SIGKILL and (killed or " kill " in script):
            return
        for line in run.err.splitlines():
            if not line.startswith(("certupload: ", "  ")):
                raise AssertionError(f"no line of ours: {line}")
        there = self.secrets()
        reports = self.reports(run)
        equal(set(reports), set(self.names), "who was reported")
        codes = set()
        for name, one in reports.items():
            called = self.called[name, version]
            if "secret_id" in one:
                equal(there.get(one["secret_id"]), called, "the secret told")
                self.told.setdefault(called, set()).add(one["secret_id"])
            if "error" in one:
                codes.add(one["error"]["exit"])
                self.judge_error(one, called, entries, script)
            else:
                holds(one, "secret_id")
        summary = {0: 0, 1: codes and min(codes)}.get(len(codes), 1)
        equal(run.status, summary, "the exit status")

    def judge_error(self, one, called, entries, script):
        """Only what happened may be the reason."""
        code = one["error"]["exit"]
        text = one["error"]["text"] + one["error"].get("hint", "")
        creates = [entry for entry in entries if entry["method"] == "POST"
                   and entry.get("name", called) == called]
        late = "in time" in text or "past the deadline" in text
        statuses = {entry["status"] for entry in entries}
        spoilt = "CONNECT" in script or any("fault" in entry
                                            for entry in entries)
        true = {
            4: spoilt,
            5: statuses & {401, 403},
            6: statuses & {400, 403, 404, 405, 409, 410} or
               "task-error" in script,
            7: late,
            8: late or "CONNECT" in script or
               any("fault" in entry for entry in creates),
            1: True,  # the text report tells no more
        }.get(code, False)
        if not true:
            raise AssertionError(f"never the case here: {one}")
        # A create that is known of is told of, unless its outcome is not
        # known.
        made = {entry["task"] for entry in creates if "task" in entry
                and entry.get("fault") != "task-error"}
        if made and code not in (1, 8) and "secret_id" not in one and \
                not (self.listeners and "hint" not in one["error"]) and \
                not any(task in text for task in made):
            raise AssertionError(f"called a failure, but made: {one}")

    def last_connection(self):
        """Its number: what a client that was killed sent may still arrive,
        but over none made later."""
        self.sandbox.get("/cloud/v1/projects")
        return max(entry["connection"] for entry in self.sandbox.journal())

    def hostile(self, version):
        """A run that meets faults, and may be killed at any moment."""
        routes, kinds = ROUTES, ANY
        if self.listeners and self.chance.random() < 0.6:
            routes, kinds = ROLLOUT, SWITCHING
        script = "".join(fault(self.chance, routes, kinds)
                         for _ in range(self.chance.randrange(1, 3)))
        self.log.append(script)
        before = self.last_connection()
        self.sandbox.misbehave(script)
        # As from a timer that somebody gave a short deadline.
        process = self.start(version,
                             self.chance.choice((1, 1, 2, 2, 3, 3, 9)))
        killed = self.chance.random() < 0.3
        if killed:
            try:
                process.wait(self.chance.random() * 0.4)
            except subprocess.TimeoutExpired:
                process.kill()
        run = finish(process)
        self.sandbox.misbehave("")
        self.judge(run, version, [entry for entry in self.sandbox.journal()
                                  if entry["connection"] > before],
                   script, killed)

    def clean(self, version):
        """A run that nothing happens to."""
        run = finish(self.start(version, 60))
        self.judge(run, version, [], "", False)
        equal(run.status, 0, "the clean run's status")

    def settled(self, version):
        """In the end."""
        while self.sandbox.get("/cloud/v1/tasks/1/1/active")["count"] > 0:
            time.sleep(0.05)
        there = self.secrets()
        for name in self.names:
            called = self.called[name, version]
            healthy = [one for one in there if there[one] == called]
            equal(len(healthy), 1, f"secrets {called}")
            equal(self.told[called], set(healthy), "the ids told")
        for entry in self.sandbox.creates():
            if "name" in entry:
                equal(entry["bundle"]["problem"], None, entry["name"])


# --- kinds of histories ------------------------------------------------------


def one_host(history):
    for _ in range(history.chance.randrange(1, 4)):
        history.hostile(0)
    history.clean(0)
    history.settled(0)


def two_hosts(history):
    """Each has a lock of its own; answers to creates are lost."""
    for host in "ab":
        os.mkdir(os.path.join(history.sandbox.place, host))
    # Where the look before the creates takes long, they meet.
    script = "".join(fault(history.chance, CREATES, LOST)
                     for _ in range(history.chance.randrange(1, 4)))
    if history.chance.random() < 0.7:
        script += "GET /cloud/v1/secrets/*/* 2 trickle 1\n"
    history.log.append(script)
    history.sandbox.misbehave(script)
    processes = [history.start(0, 100, host) for host in "ab"]
    runs = [finish(process) for process in processes]
    history.sandbox.misbehave("")
    # Which of them a create came from is not known.
    entries = [{**entry, "task": ""} if "task" in entry else entry
               for entry in history.sandbox.journal()]
    for run in runs:
        history.judge(run, 0, entries, script, False)
    history.clean(0)
    history.settled(0)


def check_references(history, first):
    """No change ever named a secret that was gone or going, and none in use
    was deleted."""
    gone, used = set(), dict(first)
    for entry in history.sandbox.journal():
        if "task" not in entry or entry.get("fault") == "task-error":
            continue
        one = entry["path"].rsplit("/", 1)[1]
        if entry["method"] == "DELETE":
            gone.add(one)
            equal(one in used.values(), False, f"deleted in use: {one}")
        elif entry["method"] == "PATCH":
            named = {entry.get("secret_id"), *entry.get("sni_secret_id", [])}
            equal(named & gone, set(), "listeners refer to what is gone")
            used[one] = entry.get("secret_id", used.get(one))
    tasks = history.sandbox.get("/cloud/v1/tasks?limit=1000")["results"]
    equal([task for task in tasks
           if "Could not retrieve" in (task["error"] or "")], [])


def listeners(history):
    """Renewed certificates take the place of old ones."""
    sandbox = history.sandbox
    history.clean(0)
    old = {name: history.told[history.called[name, 0]].copy().pop()
           for name in history.names}
    balancers = [sandbox.add_balancer(f"lb-{number}")
                 for number in range(history.chance.randrange(1, 3))]
    for name in history.names:
        sni = [old[other] for other in history.names
               if history.chance.random() < 0.5]
        balancer = history.chance.choice(balancers)
        history.listeners[name] = (
            sandbox.add_listener(balancer, name, old[name], sni), sni)
    history.more = [*history.more, "--rotate", "--keep", "1"]
    version = 1
    for _ in range(history.chance.randrange(1, 4)):
        version = history.chance.randrange(version, VERSIONS)
        history.hostile(version)
    history.clean(version)
    history.settled(version)
    check_references(history, {history.listeners[name][0]: old[name]
                               for name in history.names})
    there = history.secrets()
    new = {name: history.told[history.called[name, version]].copy().pop()
           for name in history.names}
    replaced = {old[name]: new[name] for name in history.names}
    for name, (listener, sni) in history.listeners.items():
        record = sandbox.listener(listener)
        equal((record["provisioning_status"], record["secret_id"]),
              ("ACTIVE", new[name]), f"the listener of {name}")
        equal([one for one in record["sni_secret_id"]
               if there[one] != "foreign-edit"],
              [replaced[one] for one in sni], f"further ones of {name}")
    equal({one for one in there if there[one] in history.called.values()},
          set(new.values()), "versions that are left")


def once(number, called):
    chance = random.Random(f"{SEED} {number}")
    kind = chance.choice((one_host, one_host, one_host, two_hosts,
                          listeners))
    options = []
    more = []
    if chance.random() < 0.25:
        options += ["--v1-status", str(chance.choice((404, 405, 410)))]
    elif chance.random() < 0.25:
        more = ["--api", chance.choice(("v1", "v2"))]
    if chance.random() < 0.1 and kind is not two_hosts:
        options += ["--secrets", "1001"]
    if chance.random() < 0.2:
        options += ["--quota", "5000"]
    most = 5 if kind is one_host else 3
    names = chance.sample(NAMES, chance.choice((1, chance.randint(2, most))))
    with Sandbox(*options, faults="",
                 task_time=chance.choice((1, 50, 300))) as sandbox:
        history = History(sandbox, chance, called, names, more)
        try:
            kind(history)
        except BaseException:
            print(f"# history {number} of SEED={SEED}: {kind.__name__} "
                  f"{options}", *history.log, *sandbox.journal(),
                  sep="\n", flush=True)
            raise


@story
def whatever_happens_there_is_one_secret_of_each():
    make_sites()
    called = secret_names()
    print(f"# SEED={SEED} SOAK_RUNS={RUNS}", flush=True)
    numbers = range(RUNS) if ONLY is None else [int(ONLY)]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        futures = [pool.submit(once, number, called) for number in numbers]
    failed = [future.exception() for future in futures if future.exception()]
    print(f"# {len(failed)} of {len(futures)} histories failed")
    if failed:
        raise failed[0]


if __name__ == "__main__":
    main()
