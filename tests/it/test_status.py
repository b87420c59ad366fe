"""--status: what is there, where it is used, and what needs attention."""

import datetime
import re

from harness import *

DAY = datetime.timedelta(days=1)
ZEROS = "0" * 12


def sites(*names, **more):
    """NAME.key, NAME.crt, each for NAME.example and signed by itself."""
    for name in names:
        make_cert(name, extensions=SERVER.format(f"DNS:{name}.example"),
                  subject=f"/CN={name}.example", **more)


def files(name):
    return ["--key", name + ".key", "--cert", name + ".crt"]


def section(title, more=""):
    return f"[{title}]\nkey = {title}.key\ncert = {title}.crt\n{more}"


def uploaded(sandbox, name):
    """What certupload made of these files: (id, name)."""
    made = succeeds(certupload(*files(name), env=sandbox.env)).out.strip()
    return made, sandbox.get("/cloud/v1/secrets/1/1/" + made)["name"]


def version(name, days, place="1/1", sandbox=None):
    """A secret of another version, that ends in so many days."""
    today = datetime.datetime.now(datetime.timezone.utc)
    day = (today + days * DAY).strftime("%Y%m%d")
    full = f"{name}.example.{day}.{ZEROS}"
    return sandbox.add_secret(full, make_p12("old"), place), full


def status(sandbox, *arguments, exits=0, env=None):
    """The rows, as JSON; nothing but GET was sent."""
    before = len(sandbox.journal())
    run = certupload("--status", "--json", *arguments,
                     env={**sandbox.env, **(env or {})})
    equal((run.status, run.err), (exits, ""), run)
    equal({entry["method"] for entry in sandbox.journal()[before:]}, {"GET"})
    document = json.loads(run.out)
    equal(document["version"], 1)
    return document["inventory"]


def only(rows):
    equal(len(rows), 1, rows)
    return rows[0]


# --- what is shown -----------------------------------------------------------


@story
def each_certificate_its_versions_and_the_others_are_told_with_their_uses():
    sites("site", "shop")
    with Sandbox(task_time=0) as sandbox:
        current, name = uploaded(sandbox, "site")
        old, old_name = version("site", 10, sandbox=sandbox)
        new, new_name = version("site", 50, sandbox=sandbox)
        other, other_name = version("else", 60, sandbox=sandbox)
        sandbox.add_secret("foreign")
        balancer = sandbox.add_balancer("lb-1")
        web = sandbox.add_listener(balancer, "web", current, [other, current])
        pool = sandbox.add_pool(balancer, "back", secret_id=other)
        write("c.conf", section("site") + section("shop"))
        rows = status(sandbox, "--config", "c.conf", exits=12)
        equal([(row.get("title"), row["state"], row.get("secret_id"),
                row["days_left"]) for row in rows],
              [("site", "current", current, 30), (None, "newer", new, 50),
               (None, "older", old, 10), ("shop", "missing", None, 30),
               (None, "other", other, 60)])
        equal([row["secret_name"] for row in rows[:3]],
              [name, new_name, old_name])
        where = {"load_balancer_id": balancer, "load_balancer": "lb-1"}
        listener = {"kind": "listener", "id": web, "name": "web", **where}
        equal([row["used_by"] for row in rows],
              [[{**listener, "as": ["default", "sni"]}], [], [], [],
               [{**listener, "as": ["sni"]},
                {"kind": "pool", "id": pool, "name": "back", **where,
                 "as": ["members"]}]])
        equal([row.get("would") for row in rows],
              ["nothing", None, None, "create", None])
        equal([row["attention"] for row in rows],
              [[], [], [], ["is not uploaded"], []])
        equal({(row["project_id"], row["region_id"]) for row in rows},
              {(1, 1)})
        run = certupload("--status", "--config", "c.conf", env=sandbox.env)
        equal((run.status, run.err), (12, ""))
        names = max(len(row["secret_name"]) for row in rows)
        equal(run.out.replace(rows[3]["secret_name"], "SHOP"), f"""\
   SECTION  {"NAME":{names}}  DAYS  STATE    USED BY
   site     {name:{names}}  30    current  listener web of balancer lb-1 (default, sni)
            {new_name:{names}}  50    newer
            {old_name:{names}}  10    older
!  shop     SHOP  30    missing
     a run would create
   ! is not uploaded
            {other_name:{names}}  60    other    listener web of balancer lb-1 (sni)
            {"":{names}}                 pool back of balancer lb-1 (members)
""")


@story
def nothing_to_see_to_is_0_and_silent_with_q():
    sites("site")
    with Sandbox(task_time=0) as sandbox:
        current, name = uploaded(sandbox, "site")
        row = only(status(sandbox, *files("site")))
        equal((row["state"], row["secret_id"], row["would"]),
              ("current", current, "nothing"))
        if {"title", "served", "error"} & set(row):
            raise AssertionError(row)
        run = succeeds(certupload("--status", *files("site"), env=sandbox.env))
        equal(run.out, f"{'NAME':{len(name)}}  DAYS  STATE    USED BY\n"
                       f"{name}  30    current\n")
        run = certupload("--status", "-q", *files("site"), env=sandbox.env)
        equal((run.status, run.out, run.err), (0, "", ""))
        run = certupload("--status", "-q", *files("site"), "--min-days", "90",
                         env=sandbox.env)
        equal((run.status, run.err), (12, ""))
        holds(run.out, "! ends in 30 days, --min-days wants 90")


@story
def what_a_run_would_do_is_told_and_done_by_the_run():
    sites("site")
    with Sandbox(task_time=0) as sandbox:
        old, _ = version("site", 10, sandbox=sandbox)
        balancer = sandbox.add_balancer("lb-1")
        web, api = [sandbox.add_listener(balancer, name, old)
                    for name in ("web", "api")]
        arguments = [*files("site"), "--rotate"]
        row = status(sandbox, *arguments, exits=12)[0]
        equal(row["would"], "create and switch 2 listeners")
        made, _ = uploaded(sandbox, "site")
        pool = sandbox.add_pool(balancer, "back", secret_id=old)
        rows = status(sandbox, *arguments, exits=12)
        equal(rows[0]["would"], "switch 2 listeners and switch 1 pool")
        equal((rows[0]["attention"], rows[1]["attention"]),
              ([], ["is in use, though a newer version is there"]))
        succeeds(certupload(*arguments, env=sandbox.env))
        rows = status(sandbox, *arguments)
        equal([use["id"] for use in rows[0]["used_by"]], [web, api, pool])
        equal((rows[0]["secret_id"], rows[0]["would"]), (made, "nothing"))
        row = status(sandbox, *files("site"), "--listener", "nowhere",
                     exits=12)[0]
        equal((row["state"], row["would"], row["error"]["class"]),
              ("current", "fail", "usage"))
        equal(row["attention"], ["there is no listener 'nowhere'"])


# --- attention ---------------------------------------------------------------


@story
def files_that_are_refused_hide_neither_the_others_nor_what_is_there():
    sites("site", "shop")
    with Sandbox(task_time=0) as sandbox:
        current, _ = uploaded(sandbox, "site")
        other, _ = uploaded(sandbox, "shop")
        write("shop.key", "no key")
        write("c.conf", section("shop") + section("site"))
        rows = status(sandbox, "--config", "c.conf", exits=12)
        equal([(row["state"], row.get("secret_id")) for row in rows],
              [("failed", None), ("current", current), ("other", other)])
        equal((rows[0]["error"]["class"], rows[0]["attention"]),
              ("input", [rows[0]["error"]["text"]]))
        rows = status(sandbox, "--config", "c.conf", "shop", exits=12)
        equal([(row["state"], row.get("secret_id")) for row in rows],
              [("failed", None), ("other", other), ("other", current)])


@story
def ends_are_told_from_min_days_on():
    sites("site")
    with Sandbox(task_time=0) as sandbox:
        uploaded(sandbox, "site")
        write("c.conf", section("site", "min-days = 29\n"))
        status(sandbox, "--config", "c.conf")
        write("c.conf", section("site", "min-days = 31\n"))
        row = only(status(sandbox, "--config", "c.conf", exits=12))
        equal((row["state"], row["would"], row["attention"]),
              ("current", "refuse the files",
               ["ends in 30 days, --min-days wants 31"]))


@story
def what_has_expired_is_told_if_it_is_a_file_or_in_use():
    sites("site", dates=("20200101000000Z", "20210101000000Z"))
    with Sandbox(task_time=0) as sandbox:
        row = only(status(sandbox, *files("site"), exits=12))
        equal((row["state"], row["would"], row["attention"]),
              ("missing", "refuse the files",
               ["is not uploaded", "the files have expired"]))
        if row["days_left"] > -2000:
            raise AssertionError(row)
        sites("shop")
        uploaded(sandbox, "shop")
        old, _ = version("else", -1, sandbox=sandbox)
        rows = status(sandbox, *files("shop"))
        equal((rows[1]["secret_id"], rows[1]["days_left"]), (old, -1))
        balancer = sandbox.add_balancer("lb-1")
        sandbox.add_listener(balancer, "web", old)
        rows = status(sandbox, *files("shop"), exits=12)
        equal(rows[1]["attention"], ["has expired, and is in use"])


@story
def an_expired_issuer_is_told():
    make_cert("root")
    make_cert("issuer", issuer="root",
              dates=("20200101000000Z", "20210101000000Z"))
    make_cert("site", issuer="issuer",
              extensions=SERVER.format("DNS:site.example"))
    with Sandbox(task_time=0) as sandbox:
        row = only(status(sandbox, *files("site"), "--chain", "issuer.crt",
                          "--ca-bundle", "root.crt", exits=12))
        equal(row["state"], "failed")
        holds(only(row["attention"]), "(CN=issuer) expired on 2021-01-01")


@story
def what_is_served_is_looked_at_once():
    need("haproxy")
    sites("site", "shop")
    with Sandbox("--serve", task_time=0) as sandbox:
        site, shop = [uploaded(sandbox, name)[0] for name in ("site", "shop")]
        balancer = sandbox.add_balancer("lb-1")
        web = sandbox.add_listener(balancer, "web", site)
        address, port = sandbox.address(web)
        arguments = [*files("site"), "--verify",
                     f"site.example:{port}={address}"]
        equal(status(sandbox, *arguments)[0]["served"], True)
        _, answer = sandbox.patch_listener(web, secret_id=shop)
        sandbox.wait_task(answer["tasks"][0])
        row = status(sandbox, *arguments, exits=12)[0]
        equal((row["state"], row["served"]), ("current", False))
        holds(only(row["attention"]), "CN=shop.example")
        closed = f"site.example:{free_port()}={address}"
        row = status(sandbox, *files("site"), "--verify", closed,
                     exits=12)[0]
        holds(only(row["attention"]), "is not reached")


# --- places ------------------------------------------------------------------


@story
def one_project_fails_and_the_other_is_shown():
    sites("site", "shop")
    with Sandbox("--project", "1=default", "--project", "2=second",
                 task_time=0) as sandbox:
        current, _ = uploaded(sandbox, "site")
        write("c.conf", section("shop", "project = third\n")
              + section("site"))
        rows = status(sandbox, "--config", "c.conf", exits=12)
        equal([(row["state"], row.get("secret_id")) for row in rows],
              [("failed", None), ("current", current)])
        equal(rows[0]["error"]["class"], "usage")
        write("c.conf", section("shop", "project = 2\n") + section("site"))
        rows = status(sandbox, "--config", "c.conf", exits=12)
        equal([(row["state"], row["project_id"]) for row in rows],
              [("missing", 2), ("current", 1)])
        run = certupload("--status", "--config", "c.conf", env=sandbox.env)
        holds(run.out, "   SECTION  PROJECT  NAME ")
        if not re.search(r"^!  shop +2 .*\n.*\n.*\n   site +1 ", run.out,
                         re.M):
            raise AssertionError(run)


@story
def a_place_spelled_in_two_ways_is_told_once():
    sites("site", "shop")
    with Sandbox(task_time=0) as sandbox:
        for name in ("site", "shop"):
            uploaded(sandbox, name)
        version("else", 10, sandbox=sandbox)
        write("c.conf", section("shop") + section(
            "site", "region = Sandbox-1\n"))
        equal([row["state"] for row in status(sandbox, "--config", "c.conf")],
              ["current", "current", "other"])


@story
def where_no_place_can_be_seen_it_fails_as_any_run():
    sites("site", "shop")
    write("c.conf", section("shop", "project = 2\n") + section("site"))
    with Sandbox(task_time=0) as sandbox:
        for change, code in (({"GCORE_API_KEY": ""}, 2),
                             ({"GCORE_API_KEY": "1$wrong"}, 5),
                             ({"GCORE_BASE_URL":
                               f"http://127.0.0.1:{free_port()}"}, 4)):
            env = {**sandbox.env, **change}
            run = certupload("--status", "--config", "c.conf", env=env)
            equal((run.status, run.out), (code, ""), run)
            run = certupload("--status", "--config", "c.conf", "--json",
                             env=env)
            equal(json.loads(run.out)["error"]["exit"], code)


@story
def two_hundred_certificates_cost_a_list_of_each_kind():
    sites("site")
    write("c.conf", "".join(
        f"[{i}]\nkey = site.key\ncert = site.crt\nname = n{i}\n"
        for i in range(200)))
    with Sandbox(task_time=0) as sandbox:
        rows = status(sandbox, "--config", "c.conf", exits=12)
        equal(len(rows), 200)
        equal(len(sandbox.journal()), 5, "requests")


# --- how it is asked for -----------------------------------------------------


@story
def it_goes_alone_and_takes_no_lock():
    sites("site")
    with Sandbox(task_time=0) as sandbox:
        for other in (["--check"], ["--output", "x.p12"], ["--dry-run"],
                      ["--rollback"]):
            fails(certupload("--status", *other, *files("site"),
                             env=sandbox.env), 2, "--status goes without")
        write("c.conf", "status = yes\n" + section("site"))
        run = certupload("--config", "c.conf", env=sandbox.env)
        equal(run.status, 2)
        equal(sandbox.journal(), [], "the journal")
        os.mkdir("locks")
        status(sandbox, *files("site"), "--lock-dir", "locks", exits=12)
        equal(os.listdir("locks"), [])


if __name__ == "__main__":
    main()
