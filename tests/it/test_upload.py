"""The main job: from PEM files to the id of a finished secret."""

from harness import *


def opened(path):
    """A bundle's key as PEM, its certificates as fingerprints, leaf first; by
    openssl."""
    key = sh("openssl", "pkcs12", "-in", path, "-passin", "pass:", "-nodes",
             "-nocerts")
    return key, fingerprints(sh("openssl", "pkcs12", "-in", path, "-passin",
                                "pass:", "-nodes", "-nokeys"))


def check_stored(sandbox, run, issuers):
    """The secret printed is the one stored, and holds the site."""
    stored = sandbox.stored()
    equal(list(stored), [run.out.strip()], "stored secrets")
    path = stored[run.out.strip()]
    key, certs = opened(path)
    equal(sh("openssl", "pkey", stdin=key, *["-outform", "DER"]),
          sh("openssl", "pkey", "-in", "server.key", "-outform", "DER"), "key")
    equal(certs, [fingerprint(name + ".crt")
                  for name in ["server", *issuers]], "certificates")
    return path


def info(path):
    done = subprocess.run(
        ["openssl", "pkcs12", "-in", path, "-passin", "pass:", "-info",
         "-noout"], capture_output=True, check=True)
    return done.stderr


@story
def the_first_upload_prints_the_secrets_id():
    issuers = make_site(kind="rsa2048", issuers=1)
    with Sandbox() as sandbox:
        run = succeeds(certupload(*SITE, "--ca-bundle", "root.crt",
                                  env=sandbox.env))
        equal(run.err, "", "standard error")
        path = check_stored(sandbox, run, issuers)
        sh("openssl", "pkcs12", "-export", "-passout", "pass:", "-inkey",
           "server.key", "-in", "server.crt", "-certfile", "ca.pem", "-out",
           "openssl.p12")
        equal(info(path), info("openssl.p12"), "-info")
        entry = sandbox.creates()[0]
        equal(entry["bundle"]["problem"], None, "the balancer's reader")
        end = sh("openssl", "x509", "-in", "server.crt", "-noout", "-enddate",
                 "-dateopt", "iso_8601").decode()
        day = end.split("=")[1][:10].replace("-", "")
        holds(entry["name"], f"www.example.com.{day}.")


@story
def it_makes_one_look_one_create_the_polls_and_one_more_look():
    make_site()
    with Sandbox(task_time=1000) as sandbox:
        succeeds(certupload(*SITE, env=sandbox.env))
        paths = [(entry["method"], entry["path"].split("/")[3])
                 for entry in sandbox.journal()]
        equal(paths[:3], [("GET", "tasks"), ("GET", "secrets"),
                          ("POST", "secrets")])
        equal(paths[-2:], [("GET", "tasks"), ("GET", "secrets")], "the end")
        polls = sandbox.journal()[3:-2]
        equal({(entry["method"], entry["path"].split("/")[3])
               for entry in polls}, {("GET", "tasks")}, "the rest")
        if len(polls) > 12:
            raise AssertionError(f"{len(polls)} polls in a second")


@story
def the_second_run_changes_nothing_and_prints_the_same_id():
    make_site()
    with Sandbox() as sandbox:
        first = succeeds(certupload(*SITE, env=sandbox.env))
        before = len(sandbox.journal())
        second = succeeds(certupload(*SITE, env=sandbox.env))
        equal(second.out, first.out, "the id")
        equal(len(sandbox.creates()), 1, "creates")
        equal(len(sandbox.journal()) - before, 2, "requests")


@story
def quiet_says_nothing_at_all():
    make_site()
    with Sandbox() as sandbox:
        run = succeeds(certupload(*SITE, "-q", env=sandbox.env))
        equal((run.out, run.err), ("", ""))


@story
def each_kind_of_key_and_length_of_chain_is_stored_in_order():
    for kind in "rsa2048", "rsa4096", "p256", "p384":
        for length in 0, 1, 3:
            with workplace():
                issuers = make_site(kind=kind, issuers=length)
                files = SITE if length else SITE[:4]
                with Sandbox(task_time=1) as sandbox:
                    run = succeeds(certupload(*files, env=sandbox.env))
                    check_stored(sandbox, run, issuers)


@story
def the_files_order_does_not_matter():
    issuers = make_site(issuers=3)
    files = [name + ".crt" for name in issuers]
    join("fullchain.pem", "server.crt", *files)
    join("rootfirst.pem", "root.crt", *reversed(files))
    join("repeated.pem", "server.crt", files[0], *files, "server.crt")
    for arguments in (["--cert", "fullchain.pem"],
                      ["--cert", "server.crt", "--chain", "rootfirst.pem"],
                      ["--cert", "server.crt", "--chain", "repeated.pem"],
                      ["--cert", "fullchain.pem", "--chain", "fullchain.pem"],
                      ["--cert", "server.crt", "--chain", files[2], "--chain",
                       files[0], "--chain", files[1]]):
        with Sandbox(task_time=1) as sandbox:
            run = succeeds(certupload("--key", "server.key", *arguments,
                                      env=sandbox.env))
            check_stored(sandbox, run, issuers)


@story
def the_create_describes_the_key_and_leaves_out_the_rest():
    make_site(kind="rsa2048")
    with Sandbox() as sandbox:
        run = succeeds(certupload(*SITE, env=sandbox.env))
        listed = sh("curl", "-s", "-H", f"Authorization: apikey {API_KEY}",
                    sandbox.url + "/cloud/v1/secrets/1/1/" + run.out.strip())
        secret = json.loads(listed)
        equal((secret["algorithm"], secret["bit_length"], secret["mode"],
               secret["expiration"], secret["secret_type"]),
              ("RSA", 2048, None, None, "certificate"))


@story
def a_dry_run_looks_and_changes_nothing():
    make_site()
    with Sandbox() as sandbox:
        run = succeeds(certupload(*SITE, "--dry-run", env=sandbox.env))
        holds(run.out, "would create secret www.example.com.")
        equal(len(sandbox.journal()), 2, "requests")
        succeeds(certupload(*SITE, env=sandbox.env))
        run = succeeds(certupload(*SITE, "-n", env=sandbox.env))
        holds(run.out, "nothing to do")


@story
def the_json_report_is_one_document():
    make_site(issuers=2)
    with Sandbox() as sandbox:
        run = succeeds(certupload(*SITE, "--json", env=sandbox.env))
        report = json.loads(run.out)
        equal(report["version"], 1)
        one = report["certificates"][0]
        equal(one["status"], "created")
        equal(list(sandbox.stored()), [one["secret_id"]])
        equal([each["subject"] for each in one["chain"]],
              ["CN=www.example.com", "CN=issuer1", "CN=issuer2"])
        equal(one["chain"][0]["sha256"], fingerprint("server.crt"))
        bad = certupload(*SITE, "--json",
                         env={**sandbox.env, "GCORE_API_KEY": "wrong"})
        one = json.loads(bad.out)["certificates"][0]
        equal((one["error"]["exit"], one["error"]["class"]), (5, "auth"))
        equal("plan" in one, False, "a plan")


@story
def project_and_region_may_be_names():
    make_site()
    with Sandbox("--project", "7=web", "--project", "8=shop", "--region",
                 "3=Luxembourg-2", "--region", "4=Paris") as sandbox:
        env = {name: value for name, value in sandbox.env.items()
               if "CLOUD" not in name}
        succeeds(certupload(*SITE, "--project", "shop", "--region", "Paris",
                            env=env))
        equal(sandbox.creates()[0]["path"], "/cloud/v1/secrets/8/4")
        # The account's only default project is found.
        succeeds(certupload(*SITE, "--region", "3", env=env))
        equal(sandbox.creates()[1]["path"], "/cloud/v1/secrets/7/3")
        fails(certupload(*SITE, "--project", "sho", "--region", "4", env=env),
              2, "there is no project 'sho'", "web, shop")
        fails(certupload(*SITE, env=env), 2, "no region is given")


@story
def the_base_url_may_be_spelt_as_other_clients_do():
    make_site()
    with Sandbox() as sandbox:
        for url in "", "/", "/cloud", "/cloud/":
            env = {**sandbox.env, "GCORE_BASE_URL": sandbox.url + url}
            succeeds(certupload(*SITE, env=env))
        equal(len(sandbox.creates()), 1, "creates")


@story
def the_api_key_comes_from_file_environment_or_credential():
    make_site()
    write("api-key", API_KEY + "\n")
    with Sandbox() as sandbox:
        env = {name: value for name, value in sandbox.env.items()
               if name != "GCORE_API_KEY"}
        for extra, options in (
                ({}, ["--api-key-file", "api-key"]),
                ({"GCORE_API_KEY": API_KEY}, []),
                ({"CREDENTIALS_DIRECTORY": os.getcwd()}, []),
                ({"GCORE_PERMANENT_TOKEN": API_KEY}, []),
                ({"GCORE_API_KEY": "", "GCORE_PERMANENT_TOKEN": API_KEY}, []),
                ({"GCORE_API_KEY": "bad"}, ["--api-key-file", "api-key"])):
            succeeds(certupload(*SITE, *options, env={**env, **extra}))
        fails(certupload(*SITE, env=env), 2, "no API key is given")
        os.chmod("api-key", 0o644)
        fails(certupload(*SITE, "--api-key-file", "api-key", env=env), 3,
              "mode 0644 lets others read", "chmod 600")
        fails(certupload(*SITE, env={**env, "GCORE_API_KEY": "two words"}), 5,
              "GCORE_API_KEY: is no API key")


@story
def a_wanted_secret_on_the_last_of_many_pages_is_found():
    make_site()
    with Sandbox("--secrets", "2500") as sandbox:
        first = succeeds(certupload(*SITE, env=sandbox.env))
        second = succeeds(certupload(*SITE, env=sandbox.env))
        equal(second.out, first.out)
        equal(len(sandbox.creates()), 1, "creates")


if __name__ == "__main__":
    main()
