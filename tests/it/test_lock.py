"""One run at a time on a host, and one secret however many hosts there are."""

import fcntl

from harness import *


def lock_path(place="."):
    return os.path.join(place, f"certupload-{os.geteuid()}.lock")


@contextlib.contextmanager
def held(place="."):
    """Another run has the lock."""
    with open(lock_path(place), "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def at(place, *arguments):
    return [*SITE, "--lock-dir", place, *arguments]


@contextlib.contextmanager
def untouched():
    """A site, and a sandbox nothing was sent to."""
    make_site()
    with Sandbox() as sandbox:
        yield sandbox
        equal(sandbox.journal(), [], "the journal")


# --- one host ----------------------------------------------------------------


@story
def of_twenty_runs_at_once_one_creates():
    make_site()
    with Sandbox(task_time=200) as sandbox:
        runs = [start(*at("."), env=sandbox.env) for _ in range(20)]
        out = {succeeds(finish(run)).out for run in runs}
        equal(out, {"".join(sandbox.stored()) + "\n"}, "the ids")
        equal(len(sandbox.creates()), 1, "creates")


@story
def who_skips_is_done_at_once_and_silent():
    with untouched() as sandbox, held():
        run = succeeds(certupload(*at(".", "--lock", "skip"),
                                  env=sandbox.env))
        equal((run.out, run.err), ("", ""))
        run = succeeds(certupload(*at(".", "--lock", "skip", "-v"),
                                  env=sandbox.env))
        holds(run.err, "another run has the lock: nothing done")
        run = succeeds(certupload(*at(".", "--lock", "skip", "--json",
                                      "--detailed-exitcode"),
                                  env=sandbox.env))
        equal([one["status"] for one in json.loads(run.out)["certificates"]],
              ["skipped"])


@story
def who_does_not_wait_fails():
    with untouched() as sandbox, held():
        fails(certupload(*at(".", "--lock", "fail"), env=sandbox.env), 11,
              "another run has the lock", "run again")
        run = certupload(*at(".", "--lock", "fail", "--json"),
                         env=sandbox.env)
        error = json.loads(run.out)["certificates"][0]["error"]
        equal((run.status, error["exit"], error["class"]), (11, 11, "locked"))


@story
def who_waits_does_so_until_the_timeout():
    with untouched() as sandbox, held():
        fails(certupload(*at(".", "--timeout", "1"), env=sandbox.env), 11,
              "another run had the lock all the time")


@story
def who_waits_goes_on_when_the_other_has_ended():
    make_site()
    with Sandbox() as sandbox:
        with held():
            run = start(*at(".", "-v"), env=sandbox.env)
            line = run.stderr.readline()
            holds(line.decode(), "waiting for another run")
            equal(sandbox.journal(), [], "before")
        equal(succeeds(finish(run)).out.strip(), *sandbox.stored())


@story
def the_lock_of_a_run_that_was_killed_is_free():
    make_site()
    faults = "POST /cloud/v1/secrets/*/* 1 kill after\n"
    with Sandbox(faults=faults) as sandbox:
        equal(certupload(*at("."), env=sandbox.env).status, -9)
        equal(os.path.exists(lock_path()), True, "the file stays")
        succeeds(certupload(*at(".", "--lock", "fail"), env=sandbox.env))
        equal(len(sandbox.creates()), 1, "creates")


@story
def what_changes_nothing_needs_no_lock():
    make_site()
    with Sandbox() as sandbox, held():
        fail = at(".", "--lock", "fail")
        succeeds(certupload(*fail, "--dry-run", env=sandbox.env))
        succeeds(certupload(*fail, "--check", env=sandbox.env))
        succeeds(certupload(*fail, "--output", "x.p12", env=sandbox.env))


@story
def a_lock_that_may_be_somebody_elses_is_refused():
    with untouched() as sandbox:
        hint = "name a folder of your own"
        write("precious", "content", mode=0o644)
        for make in (lambda: os.symlink("precious", lock_path()),
                     lambda: os.symlink("/dev/null", lock_path()),
                     lambda: os.symlink("gone", lock_path()),
                     lambda: os.mkdir(lock_path()),
                     lambda: os.mkfifo(lock_path())):
            make()
            fails(certupload(*at("."), env=sandbox.env), 2, lock_path()[2:],
                  hint)
            equal(os.path.exists("gone"), False, "what the link names")
            (os.rmdir if os.path.isdir(lock_path()) else os.unlink)(
                lock_path())
        equal(read("precious"), b"content")
        fails(certupload(*at("gone"), env=sandbox.env), 2, "No such file",
              hint)
        if os.geteuid() != 0:
            raise Skip("a file of another owner needs root")
        write(lock_path(), "")
        os.chown(lock_path(), 1, 1)
        fails(certupload(*at("."), env=sandbox.env), 2,
              "this lock is somebody else's", hint)


@story
def the_environment_may_say_where_the_lock_is():
    make_site()
    os.mkdir("place")
    with Sandbox() as sandbox, held("place"):
        equal(certupload(*SITE, "--lock", "fail", env={
            **sandbox.env, "CERTUPLOAD_LOCK_DIR": "place"}).status, 11)
        succeeds(certupload(*SITE, "--lock", "fail", env=sandbox.env))


# --- several hosts -----------------------------------------------------------

def creates_of(hosts, task_time):
    """Hosts with a lock each upload the same, and one secret stays; how many
    creates that took."""
    # The look before the creates takes so long that all of them look.
    faults = f"GET /cloud/v1/secrets/*/* {len(hosts)} trickle 1\n"
    with Sandbox(task_time=task_time, faults=faults) as sandbox:
        runs = []
        for host in hosts:
            os.makedirs(host, exist_ok=True)
            runs.append(start("--config", "c.conf", "--lock-dir", host,
                              env=sandbox.env))
        out = {succeeds(finish(run)).out for run in runs}
        left = [secret["id"] for secret
                in sandbox.get("/cloud/v1/secrets/1/1")["results"]]
        equal(len(left), 1, f"secrets left: {out}")
        # Both sections of each host name the one that stayed.
        equal(out, {f"one: {left[0]}\ntwo: {left[0]}\n"}, "the reports")
        return len(sandbox.creates())


@story
def of_what_several_hosts_create_at_once_one_stays():
    make_site()
    write("c.conf", "key = server.key\ncert = server.crt\nchain = ca.pem\n"
          "[one]\nregion = 1\n[two]\nregion = 1\n")
    creates = [creates_of(hosts, task_time) for task_time in (0, 100, 400)
               for hosts in ("ab", "ab", "abcd")]
    print(f"# creates: {creates}")
    if sum(count > 1 for count in creates) <= len(creates) // 2:
        raise AssertionError(f"they did not meet: {creates}")


@story
def an_older_secret_of_another_host_counts():
    make_site()
    with Sandbox(task_time=300) as sandbox:
        succeeds(certupload(*at("."), env=sandbox.env))
        name = sandbox.creates()[0]["name"]
        [mine] = sandbox.stored()
        # Younger ones of the same name are left alone by who did not make
        # them.
        make_p12("x")
        young = sandbox.add_secret(name, "x.p12")
        equal(succeeds(certupload(*at("."), env=sandbox.env)).out.strip(),
              mine)
        equal(set(sandbox.stored()), {mine, young})


if __name__ == "__main__":
    main()
