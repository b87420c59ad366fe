"""An interrupted run says what is pending, and the next one goes on."""

import signal

from harness import *

STAGES = {
    # what the run is doing when the signal comes: what holds it there
    "looking": "GET /cloud/v1/secrets/*/* 1 stall 5\n",
    "creating": "POST /cloud/v1/secrets/*/* 1 stall 0\n",
    "waiting": "POST /cloud/v1/secrets/*/* 1 task-state QUEUED\n",
}
SEEN = {
    "looking": lambda sandbox: sandbox.journal("GET", "secrets"),
    "creating": lambda sandbox: sandbox.creates(),
    "waiting": lambda sandbox: sandbox.polls(),
}


def interrupted(number, status):
    make_site()
    for stage, faults in STAGES.items():
        with Sandbox(faults=faults, task_time=1500) as sandbox:
            process = start(*SITE, env=sandbox.env)
            while not SEEN[stage](sandbox):
                os.sched_yield()
            process.send_signal(number)
            run = finish(process)
            fails(run, status, "interrupted")
            again = succeeds(certupload(*SITE, env=sandbox.env))
            equal(list(sandbox.stored()), [again.out.strip()], stage)
            equal(len(sandbox.creates()), 1, stage)


@story
def by_the_keyboard():
    interrupted(signal.SIGINT, 130)


@story
def by_the_system():
    interrupted(signal.SIGTERM, 143)


def batch_interrupted(number, status):
    names = [f"c{i}" for i in range(5)]
    make_cert("root")
    for name in names:
        make_cert(name, issuer="root",
                  extensions=SERVER.format(f"DNS:{name}.example.com"))
    write("batch.conf", "ca-bundle = root.crt\n" + "".join(
        f"[{name}]\nkey = {name}.key\ncert = {name}.crt\n"
        for name in names))
    faults = "POST /cloud/v1/secrets/*/* * task-state QUEUED\n"
    with Sandbox(faults=faults, task_time=2500) as sandbox:
        process = start("--config", "batch.conf", env=sandbox.env)
        while lists_since_creates(sandbox, len(names)) < 2:
            os.sched_yield()
        sent = time.monotonic()
        process.send_signal(number)
        run = finish(process)
        # The manual promises a second.
        at_most(1, time.monotonic() - sent, "seconds")
        equal(run.status, status)
        equal(run.out, "")
        tasks = {create["name"].split(".")[0]: create["task"]
                 for create in sandbox.creates()}
        equal(sorted(line for line in run.err.splitlines()),
              [f"certupload: {name}: waiting for task {tasks[name]} "
               "(QUEUED): interrupted" for name in names])
        again = succeeds(certupload("--config", "batch.conf",
                                    env=sandbox.env))
        equal(len(again.out.splitlines()), len(names))
        equal(len(sandbox.creates()), len(names))


@story
def a_batch_by_the_keyboard():
    batch_interrupted(signal.SIGINT, 130)


@story
def a_batch_by_the_system():
    batch_interrupted(signal.SIGTERM, 143)


@story
def killed_at_any_moment_the_next_run_converges():
    make_site()
    for stage, faults in STAGES.items():
        with Sandbox(faults=faults, task_time=500) as sandbox:
            process = start(*SITE, env=sandbox.env)
            while not SEEN[stage](sandbox):
                os.sched_yield()
            process.kill()
            finish(process)
            again = succeeds(certupload(*SITE, env=sandbox.env))
            equal(list(sandbox.stored()), [again.out.strip()], stage)
            equal(len(sandbox.creates()), 1, stage)


@story
def a_report_that_cannot_be_written_is_a_failure():
    make_site()
    with Sandbox() as sandbox, open("/dev/full", "wb") as full:
        done = subprocess.run(
            command_line(SITE), env=environment(sandbox.env), stdout=full,
            stderr=subprocess.PIPE, check=False, timeout=LIMIT)
        equal(done.returncode, 9)
        text = done.stderr.decode()
        holds(text, "cannot write the report: No space left")
        holds(text, "the secret is " + list(sandbox.stored())[0])


if __name__ == "__main__":
    main()
