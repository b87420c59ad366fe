"""From files to what is served: listeners are switched, renewed certificates
take the place of old ones, and back. Judged by what the sandbox holds and by
what a real HAProxy serves."""

import concurrent.futures
import threading

from rotation import *

ROTATIONS = int(os.environ.get("ROTATIONS", "6"))
HANDSHAKES = 1000


class Beside(threading.Thread):
    """Does `work` beside the story until that has enough; its failure is the
    story's."""

    def __init__(self):
        super().__init__()
        self.enough = threading.Event()
        self.failure = None

    def run(self):
        try:
            self.work()
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *what):
        self.enough.set()
        self.join()
        if self.failure is not None:
            raise self.failure


# --- end to end --------------------------------------------------------------


class Client(Beside):
    """Shakes hands again and again, and notes what it is served."""

    def __init__(self, address):
        super().__init__()
        self.address = address
        self.seen = []
        self.started = threading.Event()

    def work(self):
        try:
            while not self.enough.is_set() or len(self.seen) < HANDSHAKES:
                self.seen.append(served(*self.address, NAME))
                if len(self.seen) == HANDSHAKES // 4:
                    self.started.set()
        finally:
            self.started.set()

    def __enter__(self):
        super().__enter__()
        self.started.wait(LIMIT)
        return self


@story
def a_renewed_certificate_is_served_without_a_failed_handshake():
    need("haproxy")
    old = begin(30)
    with Sandbox("--serve") as sandbox:
        # The listener is there before, with what its owner had.
        listener = sandbox.add_listener(sandbox.add_balancer("lb-1"), "www",
                                        *foreign(sandbox, 1))
        first = upload(sandbox, "--listener", "www")
        equal(refers(sandbox, listener), (first, []))
        address = sandbox.address(listener)
        equal(served(*address, NAME), old)
        new = renew(60)
        with Client(address) as client:
            second = rotate(sandbox, "--verify",
                            f"{NAME}:{address[1]}={address[0]}")
            equal(served(*address, NAME), new)
        equal(refers(sandbox, listener), (second, []))
        equal(first in secrets(sandbox), False, "the old secret is there")
        # While it reloads, HAProxy answers some with the one, some with the
        # other.
        equal(set(client.seen), {old, new}, "handshakes")
        equal((client.seen[0], client.seen[-1]), (old, new))
        print(f"# {len(client.seen)} handshakes, "
              f"{client.seen.count(old)} with the old certificate")


# --- others who edit the list ------------------------------------------------


class Writer(Beside):
    """Somebody else, who puts secrets of theirs into a listener's list: reads,
    writes the whole list back, and does so again when it met a lock."""

    def __init__(self, sandbox, listener, ids):
        super().__init__()
        self.sandbox = sandbox
        self.listener = listener
        self.ids = list(ids)
        self.added = []

    def add(self, one):
        while True:
            record = self.sandbox.listener(self.listener)
            if record["task_id"] is None:
                status, answer = self.sandbox.patch_listener(
                    self.listener,
                    sni_secret_id=[*record["sni_secret_id"], one])
                if status == 200:
                    break
                equal(status, 409, answer)
            time.sleep(0.02)
        task = self.sandbox.wait_task(answer["tasks"][0])
        # Of what it had read, the old secret may be deleted meanwhile.
        if task["state"] == "FINISHED":
            self.added.append(one)

    def work(self):
        for one in self.ids:
            if self.enough.is_set():
                break
            self.add(one)


@story
def thirty_entries_of_others_and_a_second_writer_survive_many_rotations():
    # The API has no ETag: an edit between our read and our write cannot be
    # seen, by nobody. What keeps it apart is the lock: an edit that is not
    # finished locks the balancer, so our write meets 409 and we read again.
    # Lost is only an edit that begins and ends between the two, and here
    # they are closer together than a task is long.
    begin(30)
    with Sandbox(task_time=100) as sandbox:
        others = foreign(sandbox, 30)
        extra = foreign(sandbox, ROTATIONS)
        now = upload(sandbox)
        listener = sandbox.add_listener(
            sandbox.add_balancer("lb-1"), "www", now,
            others[:10] + [now] + others[10:])
        with Writer(sandbox, listener, extra) as writer:
            for number in range(ROTATIONS):
                renew(40 + number)
                before, now = now, rotate(sandbox)
                equal(before in secrets(sandbox), False, "the old secret")
        # Whoever writes what they had read may also undo our write.
        rotate(sandbox)
        equal(refers(sandbox, listener),
              (now, others[:10] + [now] + others[10:] + writer.added))
        if not writer.added:
            raise AssertionError("nobody edited anything")
        print(f"# {ROTATIONS} rotations, {len(writer.added)} edits of others")


@story
def what_others_add_before_each_of_our_reads_is_kept():
    begin(30)
    with Sandbox(faults="GET /cloud/v1/lblisteners/*/*/* * list-edit\n"
                 "GET /cloud/v1/lblisteners/*/* * list-edit\n",
                 task_time=10) as sandbox:
        others = foreign(sandbox, 30)
        now = upload(sandbox)
        listener = sandbox.add_listener(
            sandbox.add_balancer("lb-1"), "www", others[0],
            others[:20] + [now] + others[20:])
        for number in range(ROTATIONS):
            renew(40 + number)
            now = rotate(sandbox)
        default, sni = refers(sandbox, listener)
        edits = len([entry for entry in sandbox.journal()
                     if entry.get("fault") == "list-edit"])
        equal((default, sni[edits:]),
              (others[0], others[:20] + [now] + others[20:]))
        there = secrets(sandbox)
        equal({there[one] for one in sni[:edits]}, {"foreign-edit"})


@story
def an_edit_that_nobody_could_see_is_lost_and_nothing_else():
    # It falls between our read and our write, without a lock: the server
    # takes the list that we had read. That is the limit of this API.
    begin(30)
    with Sandbox(faults=PATCH + "1 list-edit\n") as sandbox:
        others = foreign(sandbox, 3)
        old = upload(sandbox)
        listener = sandbox.add_listener(sandbox.add_balancer("lb-1"), "www",
                                        others[0],
                                        [others[1], old, others[2]])
        renew(60)
        new = rotate(sandbox)
        equal(refers(sandbox, listener),
              (others[0], [others[1], new, others[2]]))
        equal("foreign-edit" in secrets(sandbox).values(), True)


# --- which listeners ---------------------------------------------------------


def fresh(sandbox, *names, protocol="TERMINATED_HTTPS"):
    """A balancer with listeners of these names, which have a secret of
    others: the ids."""
    other, = foreign(sandbox, 1)
    balancer = sandbox.add_balancer("lb-1")
    secret = other if protocol == "TERMINATED_HTTPS" else ""
    return other, [sandbox.add_listener(balancer, name, secret,
                                        protocol=protocol) for name in names]


@story
def listeners_are_named_by_id_or_name_as_default_or_among_the_further_ones():
    begin()
    with Sandbox(task_time=1) as sandbox:
        other, (one, two, three) = fresh(sandbox, "one", "two", "three")
        secret = upload(sandbox, "--listener", one, "--sni-listener", "two",
                        "--listener", "three", "--sni-listener", three)
        equal([refers(sandbox, listener) for listener in (one, two, three)],
              [(secret, []), (other, [secret]), (secret, [secret])])
        # An older version among the further ones gives way in its place.
        patched(sandbox, two, sni_secret_id=[secret, other])
        renew(60)
        new = upload(sandbox, "--sni-listener", "two", "--listener", "one")
        equal([refers(sandbox, listener) for listener in (one, two, three)],
              [(new, []), (other, [new, other]), (secret, [secret])])


@story
def a_listener_that_cannot_have_it_is_refused_before_anything_is_created():
    begin()
    with Sandbox(task_time=1) as sandbox:
        fresh(sandbox, "www", "twice", "twice")
        fresh(sandbox, "plain", protocol="TCP")
        for option in ("--listener", "--sni-listener"):
            for name, text in (
                    ("ww", "there is no listener 'ww'"),
                    ("twice", "2 listeners are called 'twice'"),
                    ("plain", "listener 'plain' speaks TCP")):
                with nothing_changes(sandbox):
                    fails(run(sandbox, "--listener", "www", option, name), 2,
                          text)


@story
def a_listener_in_error_is_refused_before_anything_is_created():
    old = begin(30)
    with Sandbox(task_time=1, faults="POST /cloud/v1/lblisteners/*/* 1 "
                 "listener-error\n") as sandbox:
        secret = upload(sandbox)
        sandbox.add_listener(sandbox.add_balancer("lb-1"), "www", secret)
        renew(60)
        for options in (("--rotate",), ("--listener", "www"),
                        ("--sni-listener", "www"), ("--rotate", "-n")):
            with nothing_changes(sandbox):
                fails(run(sandbox, *options), 6,
                      "listener 'www' is in ERROR", "nothing was changed")
        equal(list(secrets(sandbox)), [secret], old)


@story
def a_plan_tells_what_would_be_switched_and_changes_nothing():
    begin(30)
    with Sandbox(task_time=1) as sandbox:
        old = upload(sandbox)
        balancer = sandbox.add_balancer("lb-1")
        listener = sandbox.add_listener(balancer, "www", old)
        pool = sandbox.add_pool(balancer, "members", secret_id=old)
        renew(60)
        with nothing_changes(sandbox):
            text = succeeds(run(sandbox, "--rotate", "-n")).out
            holds(text, "would create secret " + NAME)
            holds(text, "would switch listener www to it\n"
                        "would switch pool members to it\n")
            done = run(sandbox, "--rotate", "-n", "--json",
                       "--detailed-exitcode")
        equal(done.status, 20)
        one, = json.loads(done.out)["certificates"]
        equal(one["status"], "planned")
        equal(one["switch"], [
            {"kind": "listener", "id": listener, "name": "www",
             "load_balancer_id": balancer, "status": "planned"},
            {"kind": "pool", "id": pool, "name": "members",
             "load_balancer_id": balancer, "status": "planned"}])
        done = run(sandbox, "--rotate", "--json", "--detailed-exitcode")
        equal(done.status, 20)
        one, = json.loads(done.out)["certificates"]
        equal([item["status"] for item in one["switch"]], ["switched"] * 2)


@story
def a_second_run_asks_for_four_lists_and_changes_nothing():
    begin(30)
    with Sandbox(task_time=1) as sandbox:
        old = upload(sandbox)
        sandbox.add_listener(sandbox.add_balancer("lb-1"), "www", old, [old])
        renew(60)
        new = rotate(sandbox)
        before = len(sandbox.journal())
        done = run(sandbox, "--rotate", "--keep", "1", "--listener", "www",
                   "--detailed-exitcode")
        equal((done.status, done.out), (0, new + "\n"), done)
        equal([(entry["method"], entry["path"])
               for entry in sandbox.journal()[before:]],
              [("GET", "/cloud/v1/tasks/1/1/active"), ("GET", SECRETS),
               ("GET", LISTENERS), ("GET", POOLS)])


@story
def a_host_with_older_files_takes_nothing_back():
    begin(30)
    with Sandbox(task_time=1) as sandbox:
        renew(30, serial="old")
        old = upload(sandbox)
        listener = sandbox.add_listener(sandbox.add_balancer("lb-1"), "www",
                                        old, [old])
        renew(60)
        new = upload(sandbox, "--rotate")
        equal(refers(sandbox, listener), (new, [new]))
        before = len(sandbox.journal())
        for name in ("server.key", "server.crt"):
            shutil.copy(name + ".old", name)
        equal(rotate(sandbox), old)
        equal(refers(sandbox, listener), (new, [new]))
        equal(writes(sandbox, before), [])
        equal(set(secrets(sandbox)), {old, new})


@story
def a_change_under_way_is_waited_for_and_undone_where_it_goes_back():
    # As after a run that was stopped while it put its listeners back.
    begin(30)
    with Sandbox(task_time=1000) as sandbox:
        old = upload(sandbox)
        renew(60)
        new = upload(sandbox)
        listener = sandbox.add_listener(sandbox.add_balancer("lb-1"), "www",
                                        new)
        equal(sandbox.patch_listener(listener, secret_id=old)[0], 200)
        equal(sandbox.listener(listener)["secret_id"], new, "until it ends")
        equal(rotate(sandbox), new)
        equal(refers(sandbox, listener), (new, []))
        equal(list(secrets(sandbox)), [new])


@story
def an_old_version_is_deleted_though_the_run_before_switched_to_the_new_one():
    # As after a run that was killed when its change was taken on.
    begin(30)
    with Sandbox(task_time=1000) as sandbox:
        old = upload(sandbox)
        listener = sandbox.add_listener(sandbox.add_balancer("lb-1"), "www",
                                        old)
        renew(60)
        new = upload(sandbox)
        equal(sandbox.patch_listener(listener, secret_id=new)[0], 200)
        equal(sandbox.listener(listener)["secret_id"], old, "until it ends")
        equal(rotate(sandbox), new)
        equal(list(secrets(sandbox)), [new])


# --- several of them ---------------------------------------------------------


def in_turn(sandbox, since=0):
    """The changes of one balancer follow each other: none met a lock, and
    each task was asked for until it had ended before the next began."""
    equal([entry for entry in sandbox.journal()[since:]
           if entry["status"] == 409], [])


@story
def listeners_and_pools_of_one_balancer_are_switched_one_after_the_other():
    begin(30)
    with Sandbox(task_time=60) as sandbox:
        others = foreign(sandbox, 2)
        old = upload(sandbox)
        balancer = sandbox.add_balancer("lb-1")
        both = sandbox.add_listener(balancer, "both", old,
                                    [others[0], old, others[1]])
        sni = sandbox.add_listener(balancer, "sni", others[0], [old])
        pool = sandbox.add_pool(balancer, "members", secret_id=old,
                                ca_secret_id=others[1])
        renew(60)
        before = len(sandbox.journal())
        new = rotate(sandbox)
        equal(refers(sandbox, both), (new, [others[0], new, others[1]]))
        equal(refers(sandbox, sni), (others[0], [new]))
        record = sandbox.pool(pool)
        equal((record["secret_id"], record["ca_secret_id"]),
              (new, others[1]))
        equal(len(writes(sandbox, before)), 3)
        in_turn(sandbox, before)
        equal(old in secrets(sandbox), False)


@story
def three_balancers_are_switched_side_by_side():
    begin(30)
    with Sandbox(task_time=120) as sandbox:
        old = upload(sandbox)
        listeners = [sandbox.add_listener(sandbox.add_balancer(f"lb-{name}"),
                                          "www", old) for name in "abc"]
        renew(60)
        before = len(sandbox.journal())
        new = rotate(sandbox)
        equal([refers(sandbox, listener) for listener in listeners],
              [(new, [])] * 3)
        # All are written before the first is done and read again.
        order = [entry["method"] for entry in sandbox.journal()[before:]
                 if entry["path"].rsplit("/", 1)[-1] in listeners]
        equal(order[:6].count("PATCH"), 3, order)


@story
def a_listener_that_refuses_puts_those_before_it_back():
    need("haproxy")
    old_leaf = begin(30)
    with Sandbox("--serve", task_time=20, faults=PATCH + "1 trickle 0\n"
                 + PATCH + "1 task-error no luck today\n") as sandbox:
        old = upload(sandbox)
        balancer = sandbox.add_balancer("lb-1")
        listeners = [sandbox.add_listener(balancer, name, old)
                     for name in ("one", "two", "three")]
        renew(60)
        done = run(sandbox, "--rotate", "--keep", "1", "--json")
        equal(done.status, 6, done)
        holds(done.err, "listener two: task ")
        holds(done.err, "failed: no luck today; "
                        "the listeners are back on what they had")
        one, = json.loads(done.out)["certificates"]
        equal([item["status"] for item in one["switch"]],
              ["put back", "put back", "planned"])
        for listener in listeners:
            equal(refers(sandbox, listener), (old, []))
            equal(served(*sandbox.address(listener)), old_leaf)
        equal(len(secrets(sandbox)), 2)
        new = rotate(sandbox)
        equal(list(secrets(sandbox)), [new])
        for listener in listeners:
            equal(served(*sandbox.address(listener)),
                  fingerprint("server.crt"))


# --- the way back ------------------------------------------------------------


@story
def the_way_back_restores_what_was_there_before():
    need("haproxy")
    leaf = begin(30)
    with Sandbox("--serve", task_time=20) as sandbox:
        others = foreign(sandbox, 3)
        old = upload(sandbox)
        balancer = sandbox.add_balancer("lb-1")
        www = sandbox.add_listener(balancer, "www", old,
                                   [others[0], old, *others[1:]])
        sni = sandbox.add_listener(balancer, "sni", others[0],
                                   [*others[1:], old])
        pool = sandbox.add_pool(balancer, "members", secret_id=old)
        before = [refers(sandbox, listener) for listener in (www, sni)]
        newer = renew(60)
        new = upload(sandbox, "--rotate")
        equal(served(*sandbox.address(www), NAME), newer)
        os.remove("server.key")
        os.remove("server.crt")
        write("c.conf", f"[site]\nname = {NAME}\nkey = server.key\n"
              "cert = server.crt\nrotate = yes\n")
        ways = (["--rollback", "--config", "c.conf", "site"],
                ["--rollback", "--name", NAME, *SITE])
        for way in ways:
            done = certupload(*way, "--detailed-exitcode", env=sandbox.env)
            equal(done.status, 20, done)
            holds(done.out, old)
            equal([refers(sandbox, listener) for listener in (www, sni)],
                  before)
            equal(sandbox.pool(pool)["secret_id"], old)
            equal(served(*sandbox.address(www), NAME), leaf)
            equal(set(secrets(sandbox)), {*others, old, new})
            # There is nothing before that.
            with nothing_changes(sandbox):
                fails(certupload(*way, env=sandbox.env), 6,
                      "no older version that is still valid is there")
            for listener, has in ((www, before[0]), (sni, before[1])):
                patched(sandbox, listener,
                        secret_id=new if has[0] == old else has[0],
                        sni_secret_id=[new if one == old else one
                                       for one in has[1]])
            sandbox.wait_task(sandbox.api(
                "PATCH", f"/cloud/v2/lbpools/1/1/{pool}",
                {"secret_id": new})[1]["tasks"][0])


@story
def the_way_back_never_leads_to_an_expired_version_or_to_one_of_others():
    begin(30)
    with Sandbox(task_time=1) as sandbox:
        make_p12("any")
        for name in (NAME + ".20200101.000000000000", "www." + NAME
                     + ".20990101.000000000000", NAME):
            sandbox.add_secret(name, "any.p12")
        with nothing_changes(sandbox):
            fails(run(sandbox, "--rollback"), 6,
                  "no listener or pool uses a version of " + NAME)
        now = upload(sandbox)
        listener = sandbox.add_listener(sandbox.add_balancer("lb-1"), "www",
                                        now)
        for options in ((), ("-n",)):
            with nothing_changes(sandbox):
                fails(run(sandbox, "--rollback", *options), 6,
                      "no older version that is still valid is there")
        equal(refers(sandbox, listener), (now, []))


@story
def the_way_back_mends_a_listener_in_error():
    need("haproxy")
    leaf = begin(30)
    # Killed when the listener was in ERROR, before it was put back.
    with Sandbox("--serve", task_time=1, faults=PATCH + "1 listener-error\n") as sandbox:
        old = upload(sandbox)
        listener = sandbox.add_listener(sandbox.add_balancer("lb-1"), "www",
                                        old)
        renew(60)
        new = upload(sandbox)
        patched(sandbox, listener, secret_id=new)
        equal(sandbox.listener(listener)["provisioning_status"], "ERROR")
        with nothing_changes(sandbox):
            fails(run(sandbox, "--rotate"), 6, "listener 'www' is in ERROR")
        equal(upload(sandbox, "--rollback"), old)
        equal(refers(sandbox, listener), (old, []))
        equal(served(*sandbox.address(listener)), leaf)


# --- what is too much --------------------------------------------------------


@story
def what_others_use_or_own_is_kept():
    begin(30)
    with Sandbox(task_time=1) as sandbox:
        make_p12("any")
        others = [sandbox.add_secret(name, "any.p12") for name in (
            "foreign", NAME, NAME + ".20200101", "x." + NAME
            + ".20200101.000000000000", NAME + ".20200101.00000000000G")]
        versions = []
        for number in range(5):
            renew(30 + number)
            versions.append(upload(sandbox))
        balancer = sandbox.add_balancer("lb-1")
        sandbox.add_listener(balancer, "www", others[0],
                             [others[1], versions[0]])
        sandbox.add_pool(balancer, "members", ca_secret_id=versions[1])
        renew(60)
        newest = upload(sandbox, "--keep", "2")
        equal(set(secrets(sandbox)),
              {*others, *versions[:2], versions[4], newest})
        # Fewer, now that a listener lets go of one.
        equal(upload(sandbox, "--rotate", "--keep", "1"), newest)
        equal(set(secrets(sandbox)), {*others, versions[1], newest})
        # It is not the server alone that protects what is in use.
        equal([entry["status"] for entry in sandbox.journal("DELETE")],
              [200] * 4)


# --- two hosts ---------------------------------------------------------------


def on_two_hosts(sandbox, first, second):
    """Runs at once, of hosts with locks of their own."""
    for place in "ab":
        os.makedirs("lock-" + place, exist_ok=True)
    started = [start(*files, "--rotate", "--keep", "1", "--lock-dir",
                     "lock-" + place, env=sandbox.env)
               for place, files in zip("ab", (first, second))]
    return [finish(one) for one in started]


def valid(sandbox, listeners):
    """The one secret that all refer to, which is there."""
    there = secrets(sandbox)
    refer = {id for listener in listeners
             for default, sni in [refers(sandbox, listener)]
             for id in (default, *sni)}
    equal(refer - set(there), set(), "referred to, and not there")
    equal(len(refer), 1, there)
    return refer.pop()


@story
def two_hosts_with_the_same_renewed_files_end_on_one_secret():
    begin(30)

    def once(number):
        with Sandbox(task_time=(5, 150)[number % 2]) as sandbox:
            old = sandbox.add_secret(name, "old.p12")
            listeners = [sandbox.add_listener(
                sandbox.add_balancer(f"lb-{letter}"), "www", old, [old])
                for letter in "ab"]
            runs = on_two_hosts(sandbox, SITE, SITE)
            ids = {succeeds(one).out.strip() for one in runs}
            secret = valid(sandbox, listeners)
            equal((ids, list(secrets(sandbox))), ({secret}, [secret]))

    with Sandbox(task_time=1) as sandbox:
        name = succeeds(run(sandbox, "-n")).out.split()[-1]
        succeeds(run(sandbox, "--output", "old.p12"))
    renew(60)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(once, range(4)))


@story
def two_hosts_with_different_renewed_files_end_on_the_newer_one():
    begin(30)
    with Sandbox(task_time=1) as sandbox:
        name = succeeds(run(sandbox, "-n")).out.split()[-1]
        succeeds(run(sandbox, "--output", "old.p12"))
    renew(60, serial="a")
    renew(90, serial="b")
    hosts = [["--key", "server.key." + host, "--cert", "server.crt." + host,
              "--chain", "ca.pem"] for host in "ab"]

    def once(number):
        with Sandbox(task_time=(5, 150)[number % 2]) as sandbox:
            old = sandbox.add_secret(name, "old.p12")
            listeners = [sandbox.add_listener(
                sandbox.add_balancer(f"lb-{letter}"), "www", old, [old])
                for letter in "ab"]
            for done in on_two_hosts(sandbox, *hosts):
                # One may lose its secret to the other before it is used.
                if done.status not in (0, 6):
                    raise AssertionError(done)
            for listener in listeners:
                valid(sandbox, [listener])
            for files in hosts:
                secret = succeeds(certupload(*files, "--rotate", "--keep",
                                             "1", env=sandbox.env)).out
            equal(valid(sandbox, listeners), secret.strip())

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(once, range(4)))


if __name__ == "__main__":
    main()
