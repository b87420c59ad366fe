"""The sandbox answers as the API is documented to: plain requests, no
certupload."""

import concurrent.futures
import threading
import urllib.parse

import harness
from harness import *

# The one of this build, where other stories may use one of another.
SANDBOX = harness.SANDBOX = os.environ["abs_builddir"] + "/certupload-sandbox"

SECRETS = "/cloud/v1/secrets/1/1"
SECRETS_V2 = "/cloud/v2/secrets/1/1"
ZERO = "00000000-0000-4000-8000-000000000000"


def pem(name="site"):
    """A body of the second version for make_site's files."""
    return {"name": name, "payload": {
        "certificate": read("server.crt").decode(),
        "private_key": read("server.key").decode(),
        "certificate_chain": read("ca.pem").decode()}}


def refused(answer, status, name, text=""):
    equal((answer[0], answer[1]["exception_class"]), (status, name), answer)
    holds(json.dumps(answer[1]), text)


# --- secrets -----------------------------------------------------------------


@story
def a_secret_of_the_second_version_is_a_bundle_in_the_given_order():
    chain = make_site(issuers=2)
    wanted = [fingerprint(name + ".crt") for name in ["server", *chain]]
    with Sandbox() as sandbox:
        for join_from in (chain, chain[::-1]):
            join("ca.pem", *[name + ".crt" for name in join_from])
            made = sandbox.made(sandbox.api("POST", SECRETS_V2, pem()),
                                "secrets")
            entry = sandbox.creates()[-1]
            equal(entry["bundle"]["leaf"], wanted[0], "leaf")
            equal(entry["bundle"]["chain"],
                  [fingerprint(name + ".crt") for name in join_from], "chain")
            equal(entry["bundle"]["problem"], None)
            sh("openssl", "pkcs12", "-in", sandbox.stored()[made], "-passin",
               "pass:", "-noenc")
        secret = sandbox.get(SECRETS + "/" + made)
        equal((secret["name"], secret["secret_type"], secret["status"]),
              ("site", "certificate", "ACTIVE"))


@story
def a_secret_of_the_second_version_is_refused_by_its_schema():
    make_site()
    make_key("other.key")
    with Sandbox() as sandbox:
        def post(change):
            body = pem()
            change(body, body["payload"])
            return sandbox.api("POST", SECRETS_V2, body)

        def damage(name, text):
            return lambda body, payload: payload.update({name: text})

        for name in ("certificate", "private_key", "certificate_chain"):
            refused(post(lambda body, payload: payload.pop(name)), 400,
                    "ValidationError", name)
            for text in (None, 7, "", "words", "-----BEGIN CERTIFICATE-----\n"):
                refused(post(damage(name, text)), 400, "ValidationError", name)
        cert = read("server.crt").decode()
        for name, text in (("certificate", cert + cert),
                           ("certificate", read("server.key").decode()),
                           ("certificate_chain", cert + cert[:-40]),
                           ("private_key", read("other.key").decode())):
            refused(post(damage(name, text)), 400, "ValidationError", name)
        for change in (lambda body, payload: body.pop("name"),
                       lambda body, payload: body.update(payload="text"),
                       lambda body, payload: body.update(expiration=1)):
            refused(post(change), 400, "ValidationError")
        equal(post(lambda body, payload: body.update(expiration=None))[0], 200)


@story
def the_first_version_can_be_gone():
    make_site()
    for status in (404, 405, 410):
        with Sandbox("--v1-status", str(status)) as sandbox:
            equal(sandbox.api("POST", SECRETS, {})[0], status)
            equal(sandbox.api("POST", SECRETS_V2, pem())[0], 200)
    bad = subprocess.run([SANDBOX, "--v1-status", "403"], check=False,
                         capture_output=True)
    equal(bad.returncode, 2, "another status")


@story
def a_quota_counts_unfinished_creates_and_refuses_the_next_at_once():
    regions = ("--region", "1=One", "--region", "2=Two")
    make_site()
    with Sandbox("--quota", "3", "--secrets", "1", *regions,
                 task_time=3600000) as sandbox:
        for _ in range(2):
            equal(sandbox.api("POST", SECRETS_V2, pem())[0], 200)
        answer = sandbox.api("POST", SECRETS_V2, pem())
        refused(answer, 400, "QuotaLimitExceed")
        equal(answer[1]["info"],
              {"attribute": "secret_count_limit", "current_usage": 3,
               "requested_usage": 1, "limit": 3})
        equal(sandbox.api("POST", "/cloud/v2/secrets/1/2", pem())[0], 200)
        listed = [{"region_id": region, "secret_count_limit": 3,
                   "secret_count_usage": used}
                  for region, used in ((1, 3), (2, 1))]
        equal(sandbox.get("/cloud/v2/client_quotas"),
              {"global_quotas": {}, "regional_quotas": listed})
        equal(sandbox.get("/cloud/v2/regional_quotas/1/2"), listed[1])
        equal(sandbox.api("GET", "/cloud/v2/regional_quotas/7/2")[0], 404)
    with Sandbox() as sandbox:
        equal(sandbox.get("/cloud/v2/client_quotas")["regional_quotas"], [])


@story
def projects_and_regions_do_not_see_each_other():
    places = [f"{project}/{region}" for project in (1, 2) for region in (1, 2)]
    with Sandbox("--project", "1=a", "--project", "2=b", "--region", "1=One",
                 "--region", "2=Two", "--secrets", "2", task_time=0) as sandbox:
        made = {place: sandbox.add_secret("s", place=place)
                for place in places}
        for place in places:
            listed = sandbox.get("/cloud/v1/secrets/" + place)
            equal(listed["count"], 3 if place == "1/1" else 1, place)
            for other, name in made.items():
                equal(sandbox.api("GET", f"/cloud/v1/secrets/{place}/{name}")
                      [0], 200 if place == other else 404)
            project, region = place.split("/")
            tasks = sandbox.get(f"/cloud/v1/tasks?project_id={project}"
                                f"&region_id={region}&task_type=create_secret")
            equal([task["created_resources"]["secrets"][0]
                   for task in tasks["results"]], [made[place]], place)
        equal(sandbox.get("/cloud/v1/tasks?project_id=1&project_id=2"
                          "&region_id=2")["count"], 2)
        for place in ("0/1", "1/0", "3/1", "1/3", "-1/1", "x/1"):
            equal(sandbox.api("GET", "/cloud/v1/secrets/" + place)[0], 404)


@story
def of_two_secrets_made_in_one_second_the_older_is_told():
    with Sandbox("--secrets", "200") as sandbox:
        times = [secret["created"]
                 for secret in sandbox.get(SECRETS)["results"]]
    equal(times, sorted(set(times)), "strictly ascending")
    equal({len(text) for text in times}, {len("2026-07-01T13:33:36.123456")})


# --- tasks -------------------------------------------------------------------


@story
def the_list_of_tasks_filters_sorts_and_pages():
    with Sandbox("--tasks", "25", "--secrets", "1", task_time=0) as sandbox:
        def ids(query):
            answer = sandbox.get("/cloud/v1/tasks?" + query)
            return answer["count"], [task["id"] for task in answer["results"]]

        secret = sandbox.get(SECRETS)["results"][0]["id"]
        delete = sandbox.api("DELETE", SECRETS + "/" + secret)[1]["tasks"][0]
        count, down = ids("limit=1000")
        equal((count, len(down), down[0]), (26, 26, delete), "newest first")
        equal(ids(""), (26, down[:10]), "ten by default")
        for query in ("order_by=asc", "sorting=asc"):
            equal(ids(query + "&limit=1000"), (26, down[::-1]), query)
        equal(ids("limit=7&offset=20"), (26, down[20:]), "the last page")
        equal(ids("offset=26"), (26, []), "past the end")
        equal(ids("task_type=delete_secret"), (1, [delete]))
        equal(ids("task_type=create_secret&limit=3&offset=1"), (25, down[2:5]))
        equal(ids("state=NEW&state=RUNNING")[0], 0)
        equal(ids("state=ERROR&state=FINISHED")[0], 26)
        equal(ids("project_id=2")[0], 0)
        equal(ids("is_acknowledged=true")[0], 0)
        for zone in ("", "Z", "+00:00", ".5-01:00"):
            past = urllib.parse.quote("2020-01-01T00:00:00" + zone)
            equal(ids("from_timestamp=" + past)[0], 26, zone)
            equal(ids("to_timestamp=" + past)[0], 0, zone)
        at = sandbox.get("/cloud/v1/tasks/" + delete)["created_on"]
        equal(len(at), len("2026-07-01T13:33:36"), "whole seconds")
        equal(ids("task_type=delete_secret&from_timestamp=" + at)[0], 1)
        for query in ("limit=0", "limit=1001", "offset=-1", "order_by=up",
                      "state=DONE", "from_timestamp=yesterday"):
            equal(sandbox.api("GET", "/cloud/v1/tasks?" + query)[0], 400,
                  query)


@story
def a_thousand_of_each_are_listed_and_created_quickly_enough():
    with Sandbox("--tasks", "1000", "--secrets", "1000", "--quota", "9999",
                 task_time=0) as sandbox:
        make_p12("s")
        for _ in range(200):
            sandbox.add_secret("s", "s.p12")
        equal(len(sandbox.get("/cloud/v1/tasks?limit=1000")["results"]), 1000)
        equal(sandbox.get(SECRETS + "?limit=1000")["count"], 1200)


# --- faults ------------------------------------------------------------------


@story
def the_client_is_killed_instead_of_handling_its_request_or_after_it():
    make_site()
    write("body", json.dumps(pem()))
    for moment, done in (("before", 0), ("after", 1)):
        with Sandbox(faults=f"POST /cloud/v2/secrets/*/* 1 kill {moment}\n",
                     task_time=0) as sandbox:
            client = subprocess.run(
                [sys.executable, "-c", "import sys, urllib.request as u\n"
                 "print(u.urlopen(u.Request(sys.argv[1], "
                 "open('body', 'rb').read(), {'Authorization': sys.argv[2], "
                 "'Content-Type': 'application/json'})).read())",
                 sandbox.url + SECRETS_V2, "APIKey " + sandbox.key],
                capture_output=True, timeout=LIMIT, check=False)
            equal((client.returncode, client.stdout), (-9, b""), client.stderr)
            equal(sandbox.get(SECRETS)["count"], done, moment)


# --- load balancers ----------------------------------------------------------

LISTENERS = "/cloud/v1/lblisteners/1/1"
POOLS = "/cloud/v1/lbpools/1/1"
BALANCERS = "/cloud/v1/loadbalancers/1/1"
PATCH = "PATCH /cloud/v2/lblisteners/*/*/* 1 "


def secrets_of(sandbox):
    return [secret["id"] for secret in sandbox.get(SECRETS)["results"]]


def begun(answer):
    """The id of the one task of an answer."""
    equal(answer[0], 200, answer[1])
    return answer[1]["tasks"][0]


def done(sandbox, answer):
    task = sandbox.wait_task(begun(answer))
    equal(task["state"], "FINISHED", task["error"])
    return task


@story
def a_script_can_be_read_anew_while_it_runs():
    again = "GET /cloud/v1/secrets/1/1 1 status 503\n"
    with Sandbox(faults="") as sandbox:
        for _ in range(2):
            equal(sandbox.api("GET", SECRETS)[0], 200)
            sandbox.misbehave(again)
            equal(sandbox.api("GET", SECRETS)[0], 503)
        sandbox.misbehave(again)
        sandbox.misbehave("")
        equal(sandbox.api("GET", SECRETS)[0], 200)


@story
def load_balancers_are_made_listed_and_deleted():
    with Sandbox("--secrets", "3", "--project", "1=a", "--project", "2=b",
                 task_time=0) as sandbox:
        one, two, three = secrets_of(sandbox)
        first, second = (sandbox.add_balancer(name)
                         for name in ("lb-first", "lb-second"))
        web = sandbox.add_listener(first, "web", one, [two, three], 443)
        sandbox.add_listener(first, "plain", port=80, protocol="HTTP")
        sni = sandbox.add_listener(second, "sni only", "", [two], 443)
        pool = sandbox.add_pool(first, "members", listener_id=web,
                                ca_secret_id=three)
        record = sandbox.listener(web)
        for name, value in {
                "name": "web", "protocol": "TERMINATED_HTTPS",
                "protocol_port": 443, "load_balancer_id": first,
                "secret_id": one, "sni_secret_id": [two, three],
                "provisioning_status": "ACTIVE", "operating_status": "ONLINE",
                "task_id": None, "pool_count": 1}.items():
            equal(record[name], value, name)
        equal(sandbox.listener(sni)["secret_id"], "")
        balancers = sandbox.get(BALANCERS)["results"]
        equal([len(balancer["listeners"]) for balancer in balancers], [2, 1])
        equal(len({balancer["vip_address"] for balancer in balancers}), 2)
        record = sandbox.pool(pool)
        equal((record["listeners"], record["loadbalancers"],
               record["ca_secret_id"], record["secret_id"]),
              ([{"id": web}], [{"id": first}], three, None))

        def listed(query, place="1/1"):
            answer = sandbox.get(f"/cloud/v1/lblisteners/{place}?{query}")
            return answer["count"], [item["name"]
                                     for item in answer["results"]]

        equal(listed(""), (3, ["web", "plain", "sni only"]))
        equal(listed("limit=1&offset=1"), (3, ["plain"]))
        equal(listed("load_balancer_id=" + second), (1, ["sni only"]))
        equal(listed("name=plain"), (1, ["plain"]))
        equal(listed("", "2/1"), (0, []))
        for path in (LISTENERS.replace("/1/1", "/2/1"), LISTENERS):
            name = web if path != LISTENERS else ZERO
            refused(sandbox.api("GET", path + "/" + name), 404,
                    "NotFoundError", name)
        done(sandbox, sandbox.api("DELETE", f"{LISTENERS}/{sni}"))
        equal(sandbox.balancer(second)["listeners"], [])
        done(sandbox, sandbox.api("DELETE", f"{BALANCERS}/{first}"))
        equal([sandbox.get(path)["count"]
               for path in (BALANCERS, LISTENERS, POOLS)], [1, 0, 0])


@story
def what_the_schemas_of_load_balancers_refuse_is_refused():
    with Sandbox("--secrets", "1", task_time=0) as sandbox:
        secret, = secrets_of(sandbox)
        balancer = sandbox.add_balancer("lb-1")
        good = {"name": "web", "protocol": "TERMINATED_HTTPS",
                "protocol_port": 443, "load_balancer_id": balancer,
                "secret_id": secret}
        for name, value in (
                ("name", None), ("name", "a"), ("name", "-ab"),
                ("name", "ab-"), ("name", "x" * 64), ("name", "a/b"),
                ("protocol", "SPDY"), ("protocol_port", 0),
                ("protocol_port", "443"), ("load_balancer_id", "lb"),
                ("secret_id", None), ("secret_id", "words"),
                ("sni_secret_id", None), ("sni_secret_id", [7]),
                ("sni_secret_id", secret), ("protocol", "HTTP")):
            refused(sandbox.api("POST", LISTENERS, {**good, name: value}), 400,
                    "ValidationError", "secret_id" if value == "HTTP" else name)
        for name in ("name", "protocol", "protocol_port", "load_balancer_id",
                     "secret_id"):
            body = {key: good[key] for key in good if key != name}
            refused(sandbox.api("POST", LISTENERS, body), 400,
                    "ValidationError", name)
        refused(sandbox.api("POST", LISTENERS,
                            {**good, "load_balancer_id": ZERO}), 404,
                "NotFoundError")
        web = sandbox.made(sandbox.api("POST", LISTENERS, good), "listeners")
        refused(sandbox.api("POST", LISTENERS, good), 400, "ValidationError",
                "protocol_port")
        plain = sandbox.add_listener(balancer, "plain", protocol="TCP")
        for listener, name, value in (
                (web, "secret_id", ""), (web, "sni_secret_id", [""]),
                (web, "name", None), (plain, "secret_id", secret),
                (plain, "sni_secret_id", [secret])):
            refused(sandbox.patch_listener(listener, **{name: value}), 400,
                    "ValidationError")
        equal(sandbox.api("PATCH", f"{LISTENERS}/{web}", {})[0], 405)


@story
def a_change_takes_effect_when_its_task_ends_and_only_if_it_changes():
    with Sandbox("--secrets", "3", task_time=0,
                 faults=PATCH + "task-stuck\n") as sandbox:
        one, two, three = secrets_of(sandbox)
        stuck, web = (sandbox.add_listener(sandbox.add_balancer("lb-1"), "web",
                                           one, [two], 443) for _ in range(2))
        wanted = {"secret_id": two, "sni_secret_id": [three, one],
                  "name": "new name"}
        before = sandbox.listener(stuck)
        task = begun(sandbox.patch_listener(stuck, **wanted))
        equal(sandbox.listener(stuck),
              {**before, "task_id": task,
               "provisioning_status": "PENDING_UPDATE"})
        before = sandbox.listener(web)
        for body in ({}, {"secret_id": one}, {"sni_secret_id": [two]},
                     {"name": "web", "secret_id": one, "unknown": 1}):
            equal(sandbox.patch_listener(web, **body), (200, {"tasks": []}))
        task = done(sandbox, sandbox.patch_listener(web, **wanted))
        equal((task["task_type"], task["created_resources"]),
              ("patch_lblistener", None))
        equal(sandbox.listener(web), {**before, **wanted})
        entry = sandbox.journal("PATCH")[-1]
        equal((entry["task"], entry["secret_id"], entry["sni_secret_id"]),
              (task["id"], two, [three, one]), "journal")
        done(sandbox, sandbox.patch_listener(web, secret_id=None))
        equal(sandbox.listener(web)["secret_id"], None)


@story
def a_secret_not_known_fails_the_task_and_changes_nothing():
    with Sandbox("--secrets", "1", "--project", "1=a", "--project", "2=b",
                 task_time=0) as sandbox:
        one, = secrets_of(sandbox)
        make_p12("s")
        other = sandbox.add_secret("s", "s.p12", place="2/1")
        balancer = sandbox.add_balancer("lb-1")
        web = sandbox.add_listener(balancer, "web", one)
        before = sandbox.listener(web)
        for body in ({"secret_id": ZERO}, {"sni_secret_id": [one, ZERO]},
                     {"secret_id": other}):
            task = sandbox.wait_task(begun(sandbox.patch_listener(web,
                                                                  **body)))
            equal(task["state"], "ERROR")
            holds(task["error"], "Could not retrieve certificate: ['")
            equal(sandbox.listener(web), before)
        task = sandbox.wait_task(begun(sandbox.api("POST", POOLS, {
            "name": "pool", "protocol": "HTTPS", "lb_algorithm": "SOURCE_IP",
            "load_balancer_id": balancer, "crl_secret_id": ZERO})))
        equal((task["state"], sandbox.get(POOLS)["count"]), ("ERROR", 0))


@story
def a_change_locks_its_whole_balancer_and_no_other():
    with Sandbox("--secrets", "2", task_time=150,
                 faults=PATCH + "task-stuck\n") as sandbox:
        one, two = secrets_of(sandbox)
        balancer, free = (sandbox.add_balancer(name)
                          for name in ("lb-first", "lb-second"))
        web, other = (sandbox.add_listener(balancer, name, one)
                      for name in ("web", "other"))
        pool = sandbox.add_pool(balancer, "pool")
        far = sandbox.add_listener(free, "far", one)
        task = begun(sandbox.patch_listener(web, secret_id=two))
        for record in (sandbox.balancer(balancer), sandbox.listener(web),
                       sandbox.listener(other), sandbox.pool(pool)):
            equal((record["task_id"], record["provisioning_status"]),
                  (task, "PENDING_UPDATE"), record["name"])
        for method, path, body in (
                ("PATCH", f"/cloud/v2/lblisteners/1/1/{web}",
                 {"secret_id": two}),
                ("PATCH", f"/cloud/v2/lblisteners/1/1/{other}",
                 {"secret_id": two}),
                ("PATCH", f"/cloud/v2/lbpools/1/1/{pool}",
                 {"ca_secret_id": two}),
                ("POST", LISTENERS, {
                    "name": "new", "protocol": "HTTP", "protocol_port": 1,
                    "load_balancer_id": balancer}),
                ("POST", POOLS, {
                    "name": "new", "protocol": "HTTP", "lb_algorithm":
                    "ROUND_ROBIN", "listener_id": web}),
                ("DELETE", f"{POOLS}/{pool}", None),
                ("DELETE", f"{LISTENERS}/{other}", None),
                ("DELETE", f"{BALANCERS}/{balancer}", None)):
            refused(sandbox.api(method, path, body), 409, "ConflictError",
                    "is immutable and cannot be updated.")
        equal(sandbox.listener(far)["task_id"], None)
        done(sandbox, sandbox.patch_listener(far, secret_id=two))


@story
def a_secret_in_use_is_not_deleted():
    with Sandbox("--secrets", "5", task_time=0,
                 faults=PATCH + "task-stuck\n") as sandbox:
        default, sni, own, authority, wanted = secrets_of(sandbox)
        web, stuck = (sandbox.add_listener(sandbox.add_balancer("lb-1"), "web",
                                           default, [sni]) for _ in range(2))
        sandbox.add_pool(sandbox.listener(web)["load_balancer_id"], "pool",
                         secret_id=own, ca_secret_id=authority)
        begun(sandbox.patch_listener(stuck, secret_id=wanted))
        for secret in (default, sni, own, authority, wanted):
            refused(sandbox.api("DELETE", f"{SECRETS}/{secret}"), 400,
                    "ValidationError", "in use")


@story
def a_secret_no_longer_used_is_deleted_unless_it_is_taken_meanwhile():
    with Sandbox("--secrets", "3", task_time=300) as sandbox:
        old, new, racing = secrets_of(sandbox)
        web = sandbox.add_listener(sandbox.add_balancer("lb-1"), "web", old)
        done(sandbox, sandbox.patch_listener(web, secret_id=new))
        done(sandbox, sandbox.api("DELETE", f"{SECRETS}/{old}"))
        equal(sandbox.api("GET", f"{SECRETS}/{old}")[0], 404)
        delete = begun(sandbox.api("DELETE", f"{SECRETS}/{racing}"))
        patch = begun(sandbox.patch_listener(web, sni_secret_id=[racing]))
        # Never both: a listener without its secret.
        equal({sandbox.wait_task(task)["state"] for task in (delete, patch)},
              {"ERROR", "FINISHED"})
        equal(sandbox.api("GET", f"{SECRETS}/{racing}")[0] == 200,
              sandbox.listener(web)["sni_secret_id"] == [racing])


@story
def others_lock_a_balancer_and_edit_a_list():
    with Sandbox("--secrets", "3", task_time=0, faults=(
            PATCH + "lock 3600000\n" + PATCH + "lock 50\n"
            + PATCH + "list-edit\n"
            "GET /cloud/v1/lblisteners/*/*/* 1 list-edit\n"
            "GET /cloud/v1/lblisteners/*/* 1 list-edit\n")) as sandbox:
        one, two, three = secrets_of(sandbox)
        web, held = (sandbox.add_listener(sandbox.add_balancer("lb-1"), "web",
                                          one, [two]) for _ in range(2))

        def list_of(record):
            return [{two: 2, three: 3}.get(secret, "foreign")
                    for secret in record["sni_secret_id"]]

        for listener in (held, web):
            refused(sandbox.patch_listener(listener, secret_id=three), 409,
                    "ConflictError")
        record = sandbox.listener(held)
        equal(list_of(record), ["foreign", 2], "before a GET of one")
        task = sandbox.get("/cloud/v1/tasks/" + record["task_id"])
        equal(task["task_type"], "update_loadbalancer")
        record = sandbox.get(LISTENERS)["results"][0]
        equal(list_of(record), ["foreign", 2], "before a list")
        # The edit that a change did not know of is lost, as it would be.
        for _ in range(LIMIT * 100):
            # One of these meets list-edit: what was true is a change now.
            answer = sandbox.patch_listener(web, sni_secret_id=[two])
            if answer[0] == 200:
                break
            time.sleep(0.01)
        done(sandbox, answer)
        equal(list_of(sandbox.listener(web)), [2])
        refused(sandbox.patch_listener(held, secret_id=three), 409,
                "ConflictError")
        equal(sandbox.get(SECRETS)["count"], 6)


@story
def changes_fail_as_the_script_says():
    with Sandbox("--secrets", "2", task_time=0, faults=(
            PATCH + "task-error no luck\n" + PATCH + "listener-error\n"
            "DELETE /cloud/v1/lblisteners/*/*/* 1 task-error stays\n"
            "DELETE /cloud/v1/secrets/*/*/* 1 task-error stays\n")
            ) as sandbox:
        one, two = secrets_of(sandbox)
        web = sandbox.add_listener(sandbox.add_balancer("lb-1"), "web", one)
        task = sandbox.wait_task(begun(sandbox.patch_listener(web,
                                                              secret_id=two)))
        equal((task["state"], task["error"]), ("ERROR", "no luck"))
        equal(sandbox.listener(web)["secret_id"], one)
        done(sandbox, sandbox.patch_listener(web, secret_id=two))
        record = sandbox.listener(web)
        equal((record["secret_id"], record["provisioning_status"]),
              (two, "ERROR"))
        done(sandbox, sandbox.patch_listener(web, name="web2"))
        equal(sandbox.listener(web)["provisioning_status"], "ACTIVE")
        for path in (f"{LISTENERS}/{web}", f"{SECRETS}/{one}"):
            task = sandbox.wait_task(begun(sandbox.api("DELETE", path)))
            equal(task["state"], "ERROR", path)
            equal(sandbox.api("GET", path)[0], 200, path)


# --- what is served ----------------------------------------------------------


def served_chain(address, port):
    """Fingerprints of all certificates a client is shown, in order."""
    return fingerprints(sh("openssl", "s_client", "-connect",
                           f"{address}:{port}", "-showcerts", stdin=b""))


def listening_socket(address, port):
    """Its number in the kernel."""
    packed = int.from_bytes(socket.inet_aton(address), sys.byteorder)
    with open("/proc/net/tcp", encoding="ascii") as table:
        found = [line.split()[9] for line in table
                 if f" {packed:08X}:{port:04X} 00000000:0000 0A " in line]
    equal(len(found), 1, "sockets that listen")
    return found


@story
def a_listener_serves_its_default_and_sni_certificates_in_bundle_order():
    need("haproxy")
    chain = make_site(issuers=2)
    make_p12("other")
    with Sandbox("--serve", "--secrets", "1", task_time=0) as sandbox:
        foreign, = secrets_of(sandbox)
        site = sandbox.made(sandbox.api("POST", SECRETS_V2, pem()), "secrets")
        other = sandbox.add_secret("other", "other.p12")
        balancer = sandbox.add_balancer("lb-1")
        web = sandbox.add_listener(balancer, "web", site, [foreign, other])
        address = sandbox.address(web)
        equal(served_chain(*address), [fingerprint(name + ".crt")
                                       for name in ["server", *chain]])
        for name, wanted in (("other.example", "other.p12"),
                             ("www.example.com", "server.crt"),
                             ("else.example", "server.crt"),
                             (None, "server.crt")):
            equal(served(*address, name), leaf_of(wanted), name)
        done(sandbox, sandbox.patch_listener(web, secret_id=other,
                                             sni_secret_id=[site]))
        equal(served(*address), leaf_of("other.crt"), "the new default")
        equal(served(*address, "www.example.com"), leaf_of("server.crt"))
        done(sandbox, sandbox.patch_listener(web, secret_id=None))
        equal(served(*address, "www.example.com"), leaf_of("server.crt"))
        try:
            served(*address, "else.example")
            raise AssertionError("served without a default")
        except ssl.SSLError:
            pass
        done(sandbox, sandbox.api("DELETE", f"{LISTENERS}/{web}"))
        try:
            served(*address)
            raise AssertionError("served though deleted")
        except ConnectionRefusedError:
            pass


@story
def handshakes_never_fail_while_certificates_are_switched():
    need("haproxy")
    switches = 10
    with Sandbox("--serve", task_time=0) as sandbox:
        secrets = [sandbox.add_secret(name) for name in ("one", "two")]
        leaves = [leaf_of(name + ".crt") for name in ("one", "two")]
        web = sandbox.add_listener(sandbox.add_balancer("lb-1"), "web",
                                   secrets[0])
        address = sandbox.address(web)
        listening = listening_socket(*address)
        seen, ends = [], threading.Event()

        def client():
            while not ends.is_set() or len(seen) < 200:
                seen.append(served(*address))

        with concurrent.futures.ThreadPoolExecutor() as pool:
            clients = [pool.submit(client) for _ in range(4)]
            try:
                for number in range(1, switches + 1):
                    done(sandbox, sandbox.patch_listener(
                        web, secret_id=secrets[number % 2]))
                    # Handed over with the connections that wait in it.
                    equal(listening_socket(*address), listening)
                    # All that begin now meet it, not just the first.
                    equal({served(*address) for _ in range(5)},
                          {leaves[number % 2]}, number)
            finally:
                ends.set()
            for future in clients:
                future.result()
        equal(set(seen), set(leaves), "what clients saw")
        print(f"# {len(seen)} handshakes, {switches} switches")


@story
def a_bundle_haproxy_refuses_leaves_the_old_one_served():
    need("haproxy")
    KEYS["rsa1024"] = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]
    make_key("weak.key", "rsa1024")
    with Sandbox("--serve", task_time=0) as sandbox:
        good, weak, next_one = (sandbox.add_secret(name)
                                for name in ("good", "weak", "next"))
        unreadable = sandbox.add_secret("words", write("words", "no bundle"))
        balancer = sandbox.add_balancer("lb-1")
        web = sandbox.add_listener(balancer, "web", good)
        other = sandbox.add_listener(balancer, "other", good)
        for bad in (weak, unreadable):
            task = sandbox.wait_task(begun(
                sandbox.patch_listener(web, secret_id=bad)))
            equal(task["state"], "ERROR")
            record = sandbox.listener(web)
            equal((record["secret_id"], record["provisioning_status"]),
                  (bad, "ERROR"))
            equal(served(*sandbox.address(web)), leaf_of("good.crt"))
        # Others are not held up by it.
        done(sandbox, sandbox.patch_listener(other, secret_id=next_one))
        equal(served(*sandbox.address(other)), leaf_of("next.crt"))
        done(sandbox, sandbox.patch_listener(web, secret_id=next_one))
        equal(sandbox.listener(web)["provisioning_status"], "ACTIVE")
        equal(served(*sandbox.address(web)), leaf_of("next.crt"))


@story
def a_change_can_be_recorded_and_not_served():
    need("haproxy")
    with Sandbox("--serve", task_time=0, faults=(
            PATCH + "not-served\n" + PATCH + "listener-error\n")) as sandbox:
        one, two = (sandbox.add_secret(name) for name in ("one", "two"))
        web = sandbox.add_listener(sandbox.add_balancer("lb-1"), "web", one)
        address = sandbox.address(web)
        for secret, state, shown in ((two, "ACTIVE", "one"),
                                     (one, "ERROR", "one"),
                                     (two, "ACTIVE", "two")):
            done(sandbox, sandbox.patch_listener(web, secret_id=secret))
            record = sandbox.listener(web)
            equal((record["secret_id"], record["provisioning_status"]),
                  (secret, state))
            equal(served(*address), leaf_of(shown + ".crt"))


@story
def what_is_served_changes_though_nobody_asks():
    need("haproxy")
    with Sandbox("--serve", task_time=100) as sandbox:
        one, two = (sandbox.add_secret(name) for name in ("one", "two"))
        web = sandbox.add_listener(sandbox.add_balancer("lb-1"), "web", one)
        address = sandbox.address(web)
        begun(sandbox.patch_listener(web, secret_id=two))
        for _ in range(LIMIT * 100):
            if served(*address) == leaf_of("two.crt"):
                return
        raise AssertionError("it is never served")


@story
def no_key_is_left_in_files_and_no_process_behind():
    need("haproxy", "ps")
    with Sandbox("--serve", task_time=0) as sandbox:
        secret = sandbox.add_secret("one")
        sandbox.add_listener(sandbox.add_balancer("lb-1"), "web", secret)
        child = sh("ps", "-o", "pid=,args=", "--ppid",
                   str(sandbox.process.pid)).decode().split()
        place = os.path.dirname(child[child.index("-f") + 1])
        equal(os.stat(place).st_mode & 0o777, 0o700)
        equal([name.split(".")[0] for name in os.listdir(place)], ["socket"])
    equal(os.path.exists(place), False, "its directory")
    equal(os.path.exists("/proc/" + child[0]), False, "its process")


if __name__ == "__main__":
    main()
