"""Whatever happens while a renewed certificate is put to use: listeners refer
to a secret that is there at all times, and a clean run finishes the job.

FAULTS chooses how many of all faults at all steps are tried, SEED which."""

import concurrent.futures
import random

from rotation import *

FAULTS = int(os.environ.get("FAULTS", "60"))

# The requests of a rotation, each with how many of them the preparation needs.
STEPS = {
    "GET /cloud/v1/tasks/*/*/active": 0,
    "GET /cloud/v1/secrets/*/*": 0,
    "GET /cloud/v1/lblisteners/*/*": 0,
    "GET /cloud/v1/lbpools/*/*": 0,
    "POST /cloud/v1/secrets/*/*": 1,
    "GET /cloud/v1/tasks/*": 0,
    "GET /cloud/v1/lblisteners/*/*/*": 0,
    "PATCH /cloud/v2/lblisteners/*/*/*": 0,
    "GET /cloud/v1/lbpools/*/*/*": 0,
    "PATCH /cloud/v2/lbpools/*/*/*": 0,
    "DELETE /cloud/v1/secrets/*/*/*": 0,
}


def step_of(entry):
    """Which of STEPS a line of the journal is."""
    path = entry["path"].split("/")
    head, rest = path[:4], path[4:]
    if rest[2:] == ["active"]:
        return "GET /cloud/v1/tasks/*/*/active"
    return " ".join((entry["method"], "/".join([*head, *["*"] * len(rest)])))


# --- one rotation in a sandbox of its own ------------------------------------


class World:
    """A listener and a pool that use old.p12, and what is to be watched."""

    def __init__(self, sandbox, name):
        self.sandbox = sandbox
        self.old = self.made("secrets", {
            "name": name, "secret_type": "certificate",
            "payload": base64.b64encode(read("old.p12")).decode(),
            "payload_content_encoding": "base64",
            "payload_content_type": "application/octet-stream"})
        balancer = self.made("loadbalancers", {"name": "lb-1"})
        self.listener = self.made("lblisteners", {
            "name": "www", "protocol": "TERMINATED_HTTPS",
            "load_balancer_id": balancer, "protocol_port": 443,
            "secret_id": self.old, "sni_secret_id": [self.old]})
        self.pool = self.made("lbpools", {
            "name": "members", "protocol": "HTTPS", "lb_algorithm":
            "ROUND_ROBIN", "load_balancer_id": balancer,
            "secret_id": self.old})
        self.begun = len(sandbox.journal())

    def tasks(self):
        # Not as certupload asks, which would use the faults up.
        return self.sandbox.get("/cloud/v1/tasks?limit=1000")["results"]

    def made(self, what, body):
        status, answer = self.sandbox.api("POST", f"/cloud/v1/{what}/1/1",
                                          body)
        equal(status, 200, answer)
        while True:
            task, = [task for task in self.tasks()
                     if task["id"] == answer["tasks"][0]]
            if task["state"] == "FINISHED":
                return next(made[0] for made in
                            task["created_resources"].values() if made)
            time.sleep(0.001)

    def run(self, *options):
        return run(self.sandbox, "--rotate", "--keep", "1", *options)

    def is_safe(self, what):
        """All that is referred to is there; of the new version there is at
        most one."""
        there = secrets(self.sandbox)
        record = self.sandbox.listener(self.listener)
        pool = self.sandbox.pool(self.pool)
        refer = {record["secret_id"], pool["secret_id"],
                 *record["sni_secret_id"]}
        equal(refer - set(there), set(), f"{what}: referred to and not there")
        new = [id for id, name in there.items()
               if name.startswith(NAME) and id != self.old]
        if len(new) > 1:
            raise AssertionError(f"{what}: two of the new version")
        # What is written is there when it is: deleted is only the old one.
        for entry in self.sandbox.journal()[self.begun:]:
            if entry["method"] == "DELETE" and entry["status"] == 200 and \
                    not entry["path"].endswith(self.old):
                raise AssertionError(f"{what}: deleted {entry['path']}")
        return refer, new

    def is_finished(self, what):
        refer, new = self.is_safe(what)
        there = secrets(self.sandbox)
        equal([one for one in refer if there[one] != "foreign-edit"], new,
              f"{what}: referred to")
        equal(self.old in there, False, f"{what}: the old one is there")
        for record in (self.sandbox.listener(self.listener),
                       self.sandbox.pool(self.pool)):
            equal(record["provisioning_status"], "ACTIVE", what)

    def met(self, fault):
        return fault.split()[0] in [entry.get("fault") for entry
                                    in self.sandbox.journal()]

    def settle(self):
        """All tasks have ended."""
        while any(task["state"] in ("NEW", "RUNNING")
                  for task in self.tasks()):
            time.sleep(0.005)


def prepare():
    """old.p12 and a renewed site; the name of the old secret."""
    begin(30)
    with Sandbox(task_time=1) as sandbox:
        name = succeeds(run(sandbox, "-n")).out.split()[-1]
    succeeds(certupload(*SITE, "--output", "old.p12"))
    renew(60)
    return name


def rotation_steps(name):
    """[(step, its number)] of a rotation without faults."""
    with Sandbox(task_time=5) as sandbox:
        world = World(sandbox, name)
        succeeds(world.run())
        seen, steps = {}, []
        for entry in sandbox.journal()[world.begun:]:
            step = step_of(entry)
            seen[step] = seen.get(step, 0) + 1
            steps.append((step, seen[step]))
        world.is_finished("no fault")
    equal({step for step, _ in steps}, set(STEPS), "the steps")
    return steps


def script(step, number, fault):
    """The lines that let this fault happen there, once."""
    passed = STEPS[step] + number - 1
    lines = [f"{step} {passed} trickle 0"] if passed > 0 else []
    return "\n".join([*lines, f"{step} 1 {fault}", ""])


def side_by_side(jobs):
    """What each of [(function, arguments ...)] returns."""
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        futures = [pool.submit(*job) for job in jobs]
        for future in concurrent.futures.as_completed(futures):
            if future.exception() is not None:
                print("# with", *jobs[futures.index(future)][1:])
                pool.shutdown(cancel_futures=True)
                raise future.exception()
        return [future.result() for future in futures]


# --- killed ------------------------------------------------------------------


@story
def a_kill_at_any_request_is_made_good_by_the_next_run():
    name = prepare()

    def once(step, number, moment):
        what = f"{step} {number} {moment}"
        with Sandbox(task_time=5, faults=script(step, number,
                                                "kill " + moment)) as sandbox:
            world = World(sandbox, name)
            equal(world.run().status, -9, what)
            world.is_safe(what)
            succeeds(world.run())
            world.is_finished(what)

    jobs = [(once, step, number, moment)
            for step, number in rotation_steps(name)
            for moment in ("before", "after")]
    side_by_side(jobs)
    print(f"# {len(jobs)} kills")


# --- all faults --------------------------------------------------------------

ANYWHERE = ("reset-before", "close-reused", "close-reused commit",
            "status 400", "status 401", "status 403", "status 404",
            "status 409", "status 429", "status 429 1", "status 500",
            "status 503 1", "redirect http://127.0.0.1:1/", "commit-cut 0",
            "commit-cut 100", "commit-reset 0", "commit-reset 100",
            "stall 0", "stall 60", "trickle 0", "status-commit 408",
            "status-commit 500", "status-commit 503 1", "empty", "bad-json",
            "wrong-length", "huge 5000000")
ON_TASKS = ("task-error out of luck", "task-stuck", "task-state ODD",
            "task-hidden 2")
ON_CHANGES = ("lock 700", "list-edit", "listener-error", "not-served")


def all_faults(steps):
    for step, number in steps:
        for fault in ANYWHERE:
            if step.startswith("POST") and fault == "status-commit 503 1":
                continue  # a server that lies: it says it did nothing
            yield step, number, fault
        if not step.startswith("GET"):
            for fault in ON_TASKS:
                yield step, number, fault
        if step.startswith("PATCH"):
            for fault in ON_CHANGES:
                yield step, number, fault
        if "lblisteners" in step and step.startswith("GET"):
            yield step, number, "list-edit"
        if step == "GET /cloud/v1/secrets/*/*":
            yield step, number, "count-shift"


def one_fault(name, step, number, fault):
    what = f"{step} {number} {fault}"
    with Sandbox(task_time=5, faults=script(step, number, fault)) as sandbox:
        world = World(sandbox, name)
        done = world.run("--timeout", "6")
        if not world.met(fault):
            return False  # fewer polls this time
        if done.status not in (0, 4, 5, 6, 7, 8):
            raise AssertionError(f"{what}: {done}")
        world.is_safe(what)
        if fault == "task-stuck":
            return True  # for ever: nobody can finish it
        world.settle()
        succeeds(world.run())
        world.is_finished(what)
        return True


def lock_of_twenty_seconds(name):
    with Sandbox(task_time=5, faults=PATCH + "1 lock 20000\n") as sandbox:
        world = World(sandbox, name)
        done = world.run("--timeout", "5")
        equal((done.status, done.out), (7, ""), done)
        holds(done.err, "its load balancer is locked")
        equal(sandbox.listener(world.listener)["secret_id"], world.old)
        succeeds(world.run())
        world.is_finished("a lock")


def server_that_does_not_let_go(name):
    with Sandbox(task_time=5, faults="DELETE /cloud/v1/secrets/*/*/* 7 "
                 "status 400\n") as sandbox:
        world = World(sandbox, name)
        done = succeeds(world.run())
        holds(done.err, "note: an old version is left for the next run")
        _, (new,) = world.is_safe("not let go")
        equal(set(secrets(sandbox)), {world.old, new})
        equal("note" in succeeds(world.run()).err, False)
        world.is_finished("not let go")


def task_that_is_never_seen(name, step):
    """It does its work; the run that began it finishes the job."""
    with Sandbox(task_time=5, faults=script(step, 1, "task-hidden 1000000")) \
            as sandbox:
        world = World(sandbox, name)
        equal("note" in succeeds(world.run()).err, False, step)
        equal(world.met("task-hidden"), True, step)
        world.is_finished(step)


@story
def any_fault_at_any_step_is_made_good_by_the_next_run():
    print(f"# SEED={SEED}", flush=True)
    name = prepare()
    jobs = list(all_faults(rotation_steps(name)))
    chosen = random.Random(SEED).sample(jobs, min(FAULTS, len(jobs)))
    # What takes longer goes first.
    done = side_by_side([(lock_of_twenty_seconds, name),
                         (server_that_does_not_let_go, name),
                         *[(task_that_is_never_seen, name, step)
                           for step in STEPS if not step.startswith("GET")],
                         *[(one_fault, name, *job) for job in chosen]])
    print(f"# {done.count(True)} of {len(jobs)} faults")
    if done.count(True) < len(chosen) // 2:
        raise AssertionError("hardly any fault was met")


# --- what is not served ------------------------------------------------------


@contextlib.contextmanager
def serving(faults=None):
    """A sandbox, its listener, where that is, and its secret, which HAProxy
    serves; it must be as before in the end."""
    need("haproxy")
    leaf = begin(30)
    with Sandbox("--serve", task_time=10, faults=faults) as sandbox:
        others = foreign(sandbox, 2)
        old = upload(sandbox)
        listener = sandbox.add_listener(sandbox.add_balancer("lb-1"), "www",
                                        old, [others[0], old, others[1]])
        address = sandbox.address(listener)
        before = refers(sandbox, listener)
        yield sandbox, f"{NAME}:{address[1]}={address[0]}", leaf
        equal(refers(sandbox, listener), before)
        equal(served(*address, NAME), leaf)
        equal(old in secrets(sandbox), True)


BACK = "the listeners are back on what they had"


@story
def a_listener_that_goes_to_error_is_put_back():
    with serving(PATCH + "1 listener-error\n") as (sandbox, where, _):
        renew(60)
        fails(run(sandbox, "--rotate", "--keep", "1", "--verify", where), 6,
              "listener www: it is in ERROR; " + BACK,
              "could not use the certificate")


@story
def a_bundle_that_haproxy_refuses_is_taken_out_again():
    KEYS["rsa1024"] = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]
    with serving() as (sandbox, where, _):
        renew(60, kind="rsa1024")
        done = run(sandbox, "--rotate", "--keep", "1", "--allow-key-type",
                   "--verify", where)
        fails_saying(done, 6, "listener www: task ", " failed: ", BACK)


@story
def a_change_that_is_not_served_is_taken_back_and_both_are_named():
    with serving(PATCH + "1 not-served\n") as (sandbox, where, leaf):
        new = renew(60)
        fails_saying(run(sandbox, "--rotate", "--keep", "1", "--verify",
                         where, "--verify-timeout", "1"), 10, BACK,
                     f"{leaf[:16]}, not {new[:16]}", where.split("=")[0])


@story
def an_address_that_serves_a_stranger_takes_the_change_back():
    with serving() as (sandbox, where, _):
        make_p12("stranger")
        new = renew(60)
        port = free_port()
        with s_server(port, "stranger"):
            fails_saying(run(
                sandbox, "--rotate", "--keep", "1", "--verify", where,
                "--verify", f"{NAME}:{port}=127.0.0.1", "--verify-timeout",
                "1"), 10, "CN=stranger.example", BACK,
                f"{fingerprint('stranger.crt')[:16]}, not {new[:16]}")


@story
def an_address_that_does_not_answer_takes_nothing_back():
    need("haproxy")
    begin(30)
    with Sandbox("--serve", task_time=10) as sandbox:
        old = upload(sandbox)
        listener = sandbox.add_listener(sandbox.add_balancer("lb-1"), "www",
                                        old)
        new = renew(60)
        fails_saying(
            run(sandbox, "--rotate", "--keep", "1", "--verify",
                f"{NAME}:{free_port()}=127.0.0.1", "--verify-timeout", "1"),
            10, "127.0.0.1 is not reached", "could not be seen")
        secret, _ = refers(sandbox, listener)
        equal(set(secrets(sandbox)), {old, secret})
        equal(served(*sandbox.address(listener)), new)


# --- where it is looked ------------------------------------------------------


@story
def a_name_is_looked_up_and_every_address_asked():
    make_p12("stranger")
    begin(30)
    port, local = free_port(), ("--verify-timeout", "1", "--verify")
    with Sandbox(task_time=1) as sandbox, \
            s_server(port, chain="ca.pem"), \
            s_server(port, chain="ca.pem", address="[::1]"):
        for where in (f"localhost:{port}", f"127.0.0.1:{port}",
                      f"[::1]:{port}", f"{NAME}:{port}=::1",
                      f"{NAME}:{port}=[::1]", f"{NAME}:{port}=127.0.0.1"):
            upload(sandbox, *local, where)
    # libcurl knows both addresses of "localhost" by itself.
    with Sandbox(task_time=1) as sandbox, \
            s_server(port, chain="ca.pem"), \
            s_server(port, "stranger", address="[::1]"):
        fails_saying(run(sandbox, *local, f"localhost:{port}"), 10,
                     "::1 CN=stranger.example")
        fails_saying(run(sandbox, *local, f"{NAME}:{port}=[::1]"), 10,
                     "::1 CN=stranger.example")
        upload(sandbox, *local, f"{NAME}:{port}=127.0.0.1")
    with Sandbox(task_time=1) as sandbox:
        fails_saying(run(sandbox, *local, "nobody.invalid"), 10,
                     "nobody.invalid:443: ", "could not be seen")


@story
def the_right_leaf_with_the_wrong_chain_is_told_apart():
    begin(30)
    port = free_port()
    where = f"{NAME}:{port}=127.0.0.1"
    join("long.pem", "ca.pem", "root.crt")
    join("wrong.pem", "root.crt")
    with Sandbox(task_time=1) as sandbox:
        for chain, status in ((None, 10), ("wrong.pem", 10), ("ca.pem", 0),
                              ("long.pem", 0)):
            with s_server(port, chain=chain):
                done = run(sandbox, "--verify", where, "--verify-timeout",
                           "1")
                equal(done.status, status, done)
                if status != 0:
                    holds(done.err, "the certificate with other issuers or "
                                    "in another order")


if __name__ == "__main__":
    main()
