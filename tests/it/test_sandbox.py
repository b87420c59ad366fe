"""The sandbox answers as the API is documented to: plain requests, no
certupload."""

import urllib.parse

from harness import *

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


if __name__ == "__main__":
    main()
