"""What a run would do, and what it does not begin."""

import re

from harness import *

SECRETS = "/cloud/v1/secrets/1/1"


def sites(text, *names, more=""):
    """c.conf: `text`, then a section for each, signed by itself, with one key
    for all."""
    make_key("all.key")
    for name in names:
        shutil.copy("all.key", name + ".key")
        make_cert(name, extensions=SERVER.format(f"DNS:{name}.example"),
                  subject=f"/CN={name}.example")
        text += f"[{name}]\nkey = {name}.key\ncert = {name}.crt\n{more}"
    write("c.conf", text)


def run(sandbox, *arguments):
    return certupload("--config", "c.conf", *arguments, env=sandbox.env)


def nothing_was_sent(sandbox):
    equal({entry["method"] for entry in sandbox.journal()} - {"GET"}, set(),
          "methods but GET")


def foreign_create(sandbox, name):
    """Another's create of this name that is under way; its task."""
    status, answer = sandbox.api("POST", SECRETS, {
        "name": name, "payload": "eA==", "secret_type": "opaque",
        "payload_content_encoding": "base64",
        "payload_content_type": "application/octet-stream"})
    equal(status, 200, answer)
    return answer["tasks"][0]


# --- the plan ----------------------------------------------------------------


@story
def a_dry_run_tells_of_each_what_it_would_do():
    sites("", "a", "b")
    with Sandbox() as sandbox:
        made = succeeds(run(sandbox, "a")).out.split()[1]
        before = len(sandbox.journal())
        plan = succeeds(run(sandbox, "--dry-run"))
        first, second = plan.out.splitlines()
        if not re.fullmatch(r"a: nothing to do: secret a\.example\.\d{8}\."
                            rf"[0-9a-f]{{12}} is there as {made}", first):
            raise AssertionError(first)
        if not re.fullmatch(r"b: would create secret b\.example\.\d{8}\."
                            r"[0-9a-f]{12}", second):
            raise AssertionError(second)
        equal(len(sandbox.journal()) - before, 2, "requests")
        report = json.loads(succeeds(run(sandbox, "-n", "--json")).out)
        equal([(one["title"], one["status"], one["plan"],
                one.get("secret_id")) for one in report["certificates"]],
              [("a", "present", "reuse", made), ("b", "planned", "create",
                                                 None)])
        # What was planned is what is done.
        succeeds(run(sandbox))
        equal(sandbox.creates()[-1]["name"], second.split()[-1])
        equal(len(sandbox.creates()), 2, "creates")


@story
def a_dry_run_tells_of_a_create_it_would_wait_for():
    sites("", "a")
    with Sandbox(task_time=3600000) as sandbox:
        task = foreign_create(sandbox, "other")
        plan = succeeds(run(sandbox, "-n"))
        holds(plan.out, f"a: would wait for task {task}, then create secret "
              "a.example.")
        report = json.loads(succeeds(run(sandbox, "-n", "--json")).out)
        equal(report["certificates"][0]["plan"], "wait")
        equal(len(sandbox.creates()), 1, "creates")


@story
def the_exit_status_tells_whether_something_changes():
    sites("", "a", "b")
    with Sandbox(task_time=1) as sandbox:
        for arguments, status, plain in (
                (["-n"], 20, 0), ([], 20, 0), (["-n"], 0, 0), ([], 0, 0),
                (["--check"], 0, 0), (["--region", "none"], 2, 2)):
            got = run(sandbox, "--detailed-exitcode", *arguments)
            equal(got.status, status, (arguments, got))
            equal(run(sandbox, *arguments).status, plain, arguments)
            if arguments == []:
                equal(len(sandbox.creates()), 2, "creates")
        make_cert("b", extensions=SERVER.format("DNS:b.example"),
                  subject="/CN=b.example")
        equal(run(sandbox, "--detailed-exitcode", "-q").status, 20, "renewed")
        os.unlink("a.key")
        os.unlink("b.crt")
        make_cert("b", extensions=SERVER.format("DNS:b.example"),
                  subject="/CN=b.example")
        equal(run(sandbox, "--detailed-exitcode").status, 3, "one failed")


@story
def a_check_refuses_a_name_as_the_upload_does():
    make_key("blank.key")
    make_cert("blank", extensions="basicConstraints=critical,CA:FALSE\n",
              subject="/CN=shop server")
    sites("", "one")
    files = ["--key", "one.key", "--cert", "one.crt"]
    with Sandbox() as sandbox:
        for shown, *args in (
                ("shop server", "--key", "blank.key", "--cert", "blank.crt"),
                ("a b", *files, "--name", "a b"),
                ("a\\x09b", *files, "--name", "a\tb"),
                ("\u00e4", *files, "--name", "\u00e4"),
                ("x" * 234, *files, "--name", "x" * 234)):
            upload = certupload(*args, env=sandbox.env)
            check = certupload(*args, "--check", env=sandbox.env)
            fails(upload, 2, f"'{shown}' cannot name a secret", "give --name")
            equal((check.status, check.out, check.err),
                  (upload.status, upload.out, upload.err))
        equal(sandbox.journal(), [], "requests")
        succeeds(certupload(*files, "--check", "--name", "x" * 200))
        # A bundle in a file has no name.
        succeeds(certupload(*files, "--name", "a b", "--output", "out.p12"))


@story
def nothing_to_do_is_two_requests_and_silence():
    sites("", *[f"site{number}" for number in range(5)])
    with Sandbox("--secrets", "900", task_time=1) as sandbox:
        succeeds(run(sandbox))
        before = len(sandbox.journal())
        again = succeeds(run(sandbox, "-q"))
        equal((again.out, again.err), ("", ""))
        equal([entry["path"].split("?")[0]
               for entry in sandbox.journal()[before:]],
              ["/cloud/v1/tasks/1/1/active", SECRETS], "requests")
        plan = succeeds(run(sandbox, "-q", "-n"))
        equal(plan.out.count("nothing to do"), 5, "the plan under -q")


# --- creates of others -------------------------------------------------------


@story
def the_unfinished_create_of_another_run_is_waited_for():
    sites("", "a", "b")
    with Sandbox(task_time=1500) as sandbox:
        make_p12("x")
        name = succeeds(run(sandbox, "-n", "a")).out.split()[-1]
        payload = base64.b64encode(read("x.p12")).decode()
        status, answer = sandbox.api("POST", SECRETS, {
            "name": name, "payload": payload, "secret_type": "certificate",
            "payload_content_encoding": "base64",
            "payload_content_type": "application/octet-stream"})
        equal(status, 200)
        task = answer["tasks"][0]
        got = succeeds(run(sandbox, "-v"))
        holds(got.err, f"task {task} may be making")
        equal(len(sandbox.creates()), 2, "creates: theirs, and of b")
        theirs = sandbox.wait_task(task)["created_resources"]["secrets"][0]
        holds(got.out, f"a: {theirs}\nb: ")


@story
def a_create_of_others_that_does_not_end_is_waited_for_until_the_timeout():
    sites("", "a", "b")
    with Sandbox(task_time=3600000) as sandbox:
        foreign_create(sandbox, "other")
        got = run(sandbox, "--timeout", "2")
        equal((got.status, got.out), (7, ""), got)
        equal(len(sandbox.creates()), 1, "creates")


# --- quotas ------------------------------------------------------------------


@story
def a_batch_that_does_not_fit_the_quota_is_not_begun():
    names = [f"s{number}" for number in range(51)]
    sites("", *names)
    with Sandbox("--quota", "50", "--secrets", "7") as sandbox:
        got = run(sandbox)
        equal((got.status, got.out), (6, ""), got)
        holds(got.err, "certupload: s0 and 50 more: the region has a quota of "
              "50 secrets and 7 of them; 51 more are needed\n")
        holds(got.err, "nothing was sent")
        nothing_was_sent(sandbox)
        # What fits is done, and what is there needs no room.
        equal(run(sandbox, *names[:43]).status, 0)
        equal(len(sandbox.creates()), 43, "creates")
        before = len(sandbox.journal())
        equal(run(sandbox, *names[:44]).status, 6, "one too many")
        equal(run(sandbox, *names[:43], "--detailed-exitcode").status, 0)
        equal(len(sandbox.creates()), 44, "the server refused the last")
        equal([entry["path"] for entry in sandbox.journal()[before:]
               if "quota" in entry["path"]], [], "nobody asked for one create")


@story
def a_quota_that_is_not_known_is_no_obstacle():
    sites("", "a", "b")
    quotas = "GET /cloud/v2/client_quotas * "
    for options, faults in (
            ([], None), (["--quota", "1"], quotas + "status 403\n"),
            (["--quota", "1"], quotas + "status 404\n"),
            (["--quota", "1"], quotas + "bad-json\n"),
            (["--quota", "1"], quotas + "huge 2000000\n"),
            (["--quota", "1"], quotas + "reset-before\n")):
        with Sandbox(*options, faults=faults, task_time=1) as sandbox:
            got = run(sandbox)
            # The server says itself that there is no room.
            equal(got.status, 6 if options else 0, (faults, got))
            equal(len(sandbox.creates()), 2, "creates")
            equal(len(sandbox.stored()), 1 if options else 2, "secrets")


@story
def of_two_regions_the_full_one_is_refused_and_the_other_done():
    sites("", "a", "b")
    write("c.conf", "".join(
        f"[{name}{region}]\nkey = {name}.key\ncert = {name}.crt\n"
        f"region = {region}\n" for region in ("One", "Two") for name in "ab"))
    with Sandbox("--region", "1=One", "--region", "2=Two", "--quota", "3",
                 "--secrets", "2", task_time=1) as sandbox:
        got = run(sandbox)
        equal(got.status, 6, got)
        equal([line.split(": ")[0] for line in got.out.splitlines()],
              ["aTwo", "bTwo"])
        holds(got.err,
              "certupload: aOne and 1 more: the region has a quota of 3 ")
        equal({entry["path"] for entry in sandbox.creates()},
              {"/cloud/v1/secrets/1/2"})
        equal(len(sandbox.journal("GET", "client_quotas")), 1, "asked once")


# --- places ------------------------------------------------------------------


@story
def sections_name_projects_and_regions():
    sites("", "a")
    places = [("web", "One", "7/1"), ("7", "1", "7/1"), ("shop", "Two", "8/2"),
              ("8", "One", "8/1"), ("shop", "1", "8/1")]
    write("c.conf", "key = a.key\ncert = a.crt\n" + "".join(
        f"[s{number}]\nproject = {project}\nregion = {region}\n"
        for number, (project, region, _) in enumerate(places)))
    with Sandbox("--project", "7=web", "--project", "8=shop", "--region",
                 "1=One", "--region", "2=Two", task_time=1) as sandbox:
        ids = dict(line.split(": ")
                   for line in succeeds(run(sandbox)).out.splitlines())
        # However it is spelt, a place is one place.
        equal(sorted(entry["path"] for entry in sandbox.creates()),
              [f"/cloud/v1/secrets/{place}" for place in
               sorted({place for _, _, place in places})])
        equal((ids["s0"], ids["s3"]), (ids["s1"], ids["s4"]))
        equal(len(set(ids.values())), 3, "secrets")
        again = succeeds(run(sandbox, "--detailed-exitcode"))
        equal(dict(line.split(": ") for line in again.out.splitlines()), ids)


@story
def a_place_that_is_not_there_stops_its_own_sections_alone():
    sites("", "a")
    write("c.conf", "key = a.key\ncert = a.crt\n[good]\nregion = One\n"
          "[bad]\nregion = Onee\n[gone]\nregion = 9\n[worse]\nregion = One\n"
          "project = none\n")
    with Sandbox("--region", "1=One", task_time=1) as sandbox:
        got = run(sandbox)
        equal(got.status, 1, "different reasons")
        equal(got.out.split(": ")[0], "good")
        for text in ("bad: there is no region 'Onee'", "gone: listing tasks: "
                     "the server answered 404", "worse: there is no project"):
            holds(got.err, "certupload: " + text)
        equal(len(sandbox.creates()), 1, "creates")


if __name__ == "__main__":
    main()
