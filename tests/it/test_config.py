"""The configuration file: several certificates, and mistakes told before
anything is sent."""

import re

from harness import *

FILES = "key = {0}.key\ncert = {0}.crt\n"


def sites(*names):
    """NAME.key, NAME.crt, each for NAME.example and signed by itself."""
    for name in names:
        make_cert(name, extensions=SERVER.format(f"DNS:{name}.example"),
                  subject=f"/CN={name}.example")


def section(title, files=None, more=""):
    return f"[{title}]\n" + FILES.format(files or title) + more


def ids(run):
    """{title: id} in the order of the report."""
    succeeds(run)
    return dict(line.split(": ") for line in run.out.splitlines())


def names(sandbox):
    """{id: how the secret's name begins}"""
    return {secret["id"]: secret["name"].rsplit(".", 2)[0] for secret
            in sandbox.get("/cloud/v1/secrets/1/1?limit=1000")["results"]}


def places(run, *wanted):
    """It was refused, and told the mistakes at these places and no other."""
    equal((run.status, run.out), (2, ""), run)
    told = re.findall(r"^certupload: (\S+:\d+): ", run.err, re.M)
    equal(told, list(wanted), run.err)
    if len(wanted) > 1:
        holds(run.err, f"{len(wanted)} mistakes in the configuration")


@contextlib.contextmanager
def untouched():
    """A sandbox nothing was sent to."""
    with Sandbox() as sandbox:
        yield sandbox
        equal(sandbox.journal(), [], "the journal")


def checked(text, *arguments, env=None):
    """A run of --check with this configuration."""
    write("c.conf", text)
    return certupload("--config", "c.conf", "--check", *arguments, env=env)


# --- several certificates ----------------------------------------------------


@story
def each_section_is_uploaded_and_reported_in_the_order_of_the_file():
    titles = ["zeta", "alpha", "mid", "beta"]
    sites(*titles)
    write("c.conf", "# all\n; of them\n" + "\n".join(map(section, titles)))
    with Sandbox() as sandbox:
        run = certupload("--config", "c.conf", env=sandbox.env)
        made = ids(run)
        equal((list(made), run.err), (titles, ""), "the order")
        equal(names(sandbox), {made[title]: title + ".example"
                               for title in titles})
        again = certupload("--config", "c.conf", env=sandbox.env)
        equal(again.out, run.out, "the second run")
        equal(len(sandbox.creates()), len(titles), "creates")
        report = json.loads(succeeds(certupload(
            "--config", "c.conf", "--json", env=sandbox.env)).out)
        equal([(one["title"], one["secret_id"], one["status"])
               for one in report["certificates"]],
              [(title, made[title], "present") for title in titles])


@story
def names_select_sections_and_unknown_ones_are_refused():
    sites("alpha", "beta", "gamma")
    write("c.conf", "".join(map(section, ("alpha", "beta", "gamma"))))
    with untouched() as sandbox:
        for name, hint in (("alpa", "did you mean alpha?"),
                           ("something", "titles of sections")):
            fails(certupload("--config", "c.conf", "beta", name,
                             env=sandbox.env), 2,
                  f"{name}: no certificate of this name", hint)
        fails(certupload("--config", "c.conf", "--key", "alpha.key", "--cert",
                         "alpha.crt", "alpha", env=sandbox.env), 2,
              "alpha: what should be done with it?")
        fails(certupload("alpha", env=sandbox.env), 2, "what should be done")
    with Sandbox() as sandbox:
        equal(list(ids(certupload("gamma", "--config", "c.conf", "alpha",
                                  "alpha", env=sandbox.env))),
              ["alpha", "gamma"])
        equal(len(sandbox.creates()), 2, "creates")


@story
def one_that_fails_does_not_stop_the_others():
    sites("good", "other")
    write("c.conf", section("bad", "gone") + section("good")
          + section("worse", "other", "min-days = 300\n"))
    with Sandbox() as sandbox:
        run = certupload("--config", "c.conf", env=sandbox.env)
        equal(run.status, 3, run)
        equal(run.out.split(": ")[0], "good")
        holds(run.err, "certupload: bad: gone.crt: No such file")
        holds(run.err, "certupload: worse: ")
        equal(len(sandbox.creates()), 1, "creates")


@story
def two_sections_that_want_one_secret_get_it():
    sites("a", "b")
    write("c.conf", section("one", "a") + section("b")
          + section("two", "a") + section("three", "a", "name = three\n"))
    with Sandbox() as sandbox:
        made = ids(certupload("--config", "c.conf", env=sandbox.env))
        equal(made["one"], made["two"], "the same name and files")
        equal(len(set(made.values())), 3, "secrets")
        equal(len(sandbox.creates()), 3, "creates")


@story
def one_name_for_different_certificates_is_two_secrets():
    sites("a", "b")
    write("c.conf", section("a") + section("b"))
    with Sandbox() as sandbox:
        made = ids(certupload("--config", "c.conf", "--name", "line",
                              env=sandbox.env))
        equal(len(set(made.values())), 2, "secrets")
        equal(list(names(sandbox).values()), ["line", "line"])


@story
def a_title_may_be_as_long_as_a_name():
    sites("a", "b")
    long = "x" * 180
    write("c.conf", section(long + "1", "a") + section(f" {long}2 ", "b")
          + "[c ] # a comment\n" + FILES.format("b"))
    with Sandbox() as sandbox:
        equal(list(ids(certupload("--config", "c.conf", env=sandbox.env))),
              [long + "1", long + "2", "c"])


# --- where it is read from ---------------------------------------------------


@story
def a_folder_and_a_file_are_included_before_the_sections():
    sites("a", "b", "c", "d")
    os.makedirs("etc/conf.d")
    for name in ("b", "a"):
        # Relative paths belong to the file that has them.
        write(f"etc/conf.d/{name}.conf", section(name, "../../" + name))
    write("etc/conf.d/c.conf.bak", "nonsense")
    write("etc/conf.d/.d.conf", "nonsense")
    write("etc/one", section("c", "../c"))
    write("etc/main.conf", "include = one\nregion = 1\ninclude = conf.d\n"
          + section("d", os.path.abspath("d")))
    with Sandbox() as sandbox:
        env = {name: value for name, value in sandbox.env.items()
               if name != "GCORE_CLOUD_REGION_ID"}
        equal(list(ids(certupload("--config", "etc/main.conf", env=env))),
              ["c", "a", "b", "d"])
        os.chdir("etc")
        equal(list(ids(certupload("--config", "main.conf", env=env))),
              ["c", "a", "b", "d"])
        equal(len(sandbox.creates()), 4, "creates")


@story
def an_include_that_cannot_be_read_says_where_it_stands():
    os.mkdir("conf.d")
    sites("a")
    with untouched() as sandbox:
        for line in ("include = nowhere.d", "include =", "include = c.conf"):
            write("c.conf", f"#\n{line}\n" + section("a"))
            run = certupload("--config", "c.conf", env=sandbox.env)
            equal(run.status, 2, run)
            holds(run.err, "certupload: c.conf:2: include")
        os.symlink("nowhere", "conf.d/a.conf")
        os.mkdir("conf.d/b.conf")
        write("conf.d/c.conf", "include = d.conf\nregion = 1\n")
        write("conf.d/d.conf", b"[a]\nname = \0\n")
        write("c.conf", "include = conf.d\n" + section("a"))
        run = certupload("--config", "c.conf", env=sandbox.env)
        places(run, "c.conf:1", "c.conf:1", "conf.d/c.conf:1",
               "conf.d/c.conf:2", "conf.d/d.conf:1")
        holds(run.err, "conf.d/a.conf: No such file")
        holds(run.err, "conf.d/b.conf: is a directory")


@story
def a_configuration_that_is_named_must_be_there():
    sites("a")
    with untouched() as sandbox:
        for arguments in [], ["--key", "a.key", "--cert", "a.crt"], ["a"]:
            fails(certupload("--config", "gone.conf", *arguments,
                             env=sandbox.env), 2, "gone.conf: No such file")
        fails(certupload("--config", ".", env=sandbox.env), 2,
              ".: is a directory")
        fails(certupload("--config", "", env=sandbox.env), 2,
              "--config: is empty")


@story
def bytes_as_editors_leave_them_change_nothing():
    sites("a", "b")
    text = "min-days = 1\n" + section("a") + section("b")
    for form in (text.replace("\n", "\r\n"), "\ufeff" + text,
                 "\ufeff" + section("a") + section("b"), text.rstrip(),
                 "\n\n" + text.replace("\n", "\n\n \t"),
                 text.replace(" = ", "="), text.replace(" =", ":"),
                 text.replace("days = 1", "days = 1 ; one")):
        run = succeeds(checked(form))
        equal(re.findall(r"^(\w+): leaf", run.out, re.M), ["a", "b"], form)
    text = "min-days = 300\n" + section("a")
    for form in text, "\ufeff" + text, text.replace("\n", "\r\n"):
        equal(checked(form).status, 3, form)


@story
def a_configuration_without_sections_is_one_certificate():
    sites("a", "b")
    write("c.conf", FILES.format("a"))
    with Sandbox() as sandbox:
        run = succeeds(certupload("--config", "c.conf", env=sandbox.env))
        equal(names(sandbox), {run.out.strip(): "a.example"})
        fails(certupload("--config", "c.conf", "a", env=sandbox.env), 2,
              "a: what should be done")
    with untouched() as sandbox:
        for text in "", "# nothing\n", "region = 1\n":
            write("c.conf", text)
            fails(certupload("--config", "c.conf", env=sandbox.env), 2,
                  "no --key and no --cert")


# --- which value counts ------------------------------------------------------


@story
def options_go_before_sections_before_environment_before_the_file():
    sites("a")
    regions = [word for number in range(1, 5)
               for word in ("--region", f"{number}=R{number}")]
    with Sandbox(*regions) as sandbox:
        del sandbox.env["GCORE_CLOUD_REGION_ID"]
        for file, env, own, option, wanted in (
                ("1", "", "", "", 1), ("1", "2", "", "", 2),
                ("1", "2", "R3", "", 3), ("1", "2", "3", "R4", 4),
                ("1", "", "3", "", 3), ("", "2", "", "4", 4)):
            text = (f"region = {file}\n" if file else "") + section(
                "a", more=f"region = {own}\n" if own else "")
            write("c.conf", text + "[b]\n" + FILES.format("a")
                  + "region = 1\n")
            run = succeeds(certupload(
                "--config", "c.conf", "--json", "-n", "a",
                *(["--region", option] if option else []),
                env={**sandbox.env, "GCORE_CLOUD_REGION_ID": env}))
            equal(len(json.loads(run.out)["certificates"]), 1)
            last = sandbox.journal("GET", "secrets")[-1]["path"]
            equal(last.split("?")[0], f"/cloud/v1/secrets/1/{wanted}", text)


@story
def lists_add_up():
    sites("a")
    good = "require-name = a.example\n"
    for top, own, option in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)):
        # Each of the three places can add the one that it does not cover.
        bad = good + "require-name = b.example\n"
        run = checked((good, bad)[top] + section("a", more=(good, bad)[own]),
                      "--require-name", ("a", "b")[option] + ".example")
        equal(run.status, 3 if top + own + option else 0, run)
    equal(checked(good + section("a", more=15 * good)).status, 0)
    places(checked(good + section("a", more=16 * good)), "c.conf:20")
    issuers = make_site(issuers=3)
    run = succeeds(checked(
        f"chain = {issuers[2]}.crt\n[s]\nkey = server.key\n"
        f"cert = server.crt\nchain = {issuers[0]}.crt\n",
        "--chain", issuers[1] + ".crt"))
    equal(re.findall(r"^issuer CN=(\w+)$", run.out, re.M), issuers)


@story
def the_settings_before_the_sections_count_for_the_command_line_too():
    sites("a", "b")
    write("key", API_KEY)
    with Sandbox() as sandbox:
        write("c.conf", f"api-url = {sandbox.url}\nregion = 1\nproject = 1\n"
              "api-key-file = key\nname = line\n" + section("b"))
        run = succeeds(certupload("--config", "c.conf", "--key", "a.key",
                                  "--cert", "a.crt"))
        equal(names(sandbox), {run.out.strip(): "line"}, "the section is not")
        write("c.conf", "min-days = 300\n" + section("b"))
        fails(certupload("--config", "c.conf", "--key", "a.key", "--cert",
                         "a.crt", env=sandbox.env), 3, "--min-days wants 300")


@story
def options_for_all_sections_do_not_share_what_is_read_once():
    make_site()
    text = "".join(f"[{title}]\nkey = server.key\ncert = server.crt\n"
                   for title in "ab")
    for option in "--chain", "--key-passphrase-file":
        fails(checked(text, option, "-"), 2,
              "'-' is for one certificate: name it")
    with open("ca.pem", "rb") as chain:
        write("c.conf", text)
        succeeds(certupload("--config", "c.conf", "--check", "--chain", "-",
                            "b", stdin=chain.read()))
    fails(certupload("--config", "c.conf", "--output", "x.p12"), 2,
          "--output is for one certificate: name it")
    succeeds(certupload("--config", "c.conf", "--output", "x.p12", "b"))
    with Sandbox() as sandbox:
        del sandbox.env["GCORE_API_KEY"]
        equal(len(ids(certupload("--config", "c.conf", "--api-key-file", "-",
                                 env=sandbox.env, stdin=API_KEY.encode()))),
              2)


# --- mistakes ----------------------------------------------------------------


@story
def all_mistakes_are_told_at_once_and_nothing_is_sent():
    sites("a")
    os.mkdir("conf.d")
    write("conf.d/x.conf", "region = 1\n[x]\nkey = x.key\nmin-days = 0\n")
    with untouched() as sandbox:
        write("c.conf", "\n".join([
            "timeout = soon", "include = conf.d", "nonsense", "[a]",
            "key = a.key", "key = b.key", "crt = a.crt", "json = yes",
            "[empty]", "[a]", "cert = -", "output = a.p12", "keep-root = si",
            "include = conf.d", "[]", "name =", "[x", "pkcs12 = rot13",
            "[b] key = x", "name = b", "= b", "x" * 500 + "=", "config = /",
            "[\033c]", "name = c"]))
        run = certupload("--config", "c.conf", env=sandbox.env)
        places(run, "c.conf:1", "conf.d/x.conf:1", "conf.d/x.conf:4",
               "c.conf:3", "c.conf:6", "c.conf:7", "c.conf:8", "c.conf:9",
               "c.conf:10", "c.conf:11", "c.conf:12", "c.conf:13",
               "c.conf:14", "c.conf:15", "c.conf:16", "c.conf:17",
               "c.conf:17", "c.conf:18", "c.conf:19", "c.conf:21",
               "c.conf:22", "c.conf:23", "c.conf:24")
        for text in ("'soon' is no number", "crt: unknown key; did you mean "
                     "cert?", "key is there already: c.conf:5",
                     "json: belongs before the sections",
                     "this section is empty", "[a] is there already: c.conf:4",
                     "standard input is for the command line",
                     "output: is for the command line",
                     "is neither [title] nor key = value"):
            holds(run.err, text)
        equal("\033" in run.err, False, "control characters")


@story
def sections_that_do_not_fit_together_are_told_with_their_lines():
    with untouched() as sandbox:
        write("c.conf", "[a]\nname = a\n" + section("b")
              + "[c]\nlineage = c\nkey = c.key\n[d]\nregion = 1\nkey = d\n")
        run = certupload("--config", "c.conf", env={
            **sandbox.env, "GCORE_CLOUD_REGION_ID": ""})
        places(run, "c.conf:1", "c.conf:3", "c.conf:7")
        for text in ("[a]: no --key", "[b]: no region",
                     "lineage: cannot be combined with c.conf:8: key"):
            holds(run.err, text)


@story
def a_bad_value_names_the_place_it_came_from():
    sites("a")
    bad, wrong = "verify = www:0\n", ": 'www:0' is not HOST[:PORT]"
    write("x.conf", section("x", "a", bad))
    files = section("a") + section("b", "a")
    with untouched() as sandbox:
        for place, text, option in (
                ("--verify", files, ["--verify", "www:0"]),
                ("c.conf:2: verify", "name = a\n" + bad + files, []),
                ("c.conf:7: verify", files + bad, []),
                ("c.conf:7: verify", files + bad, ["a"]),
                ("x.conf:4: verify", "include = x.conf\n" + files, [])):
            write("c.conf", text)
            fails(certupload("--config", "c.conf", *option, env=sandbox.env),
                  2, f"certupload: {place}{wrong}")
        for place, text, url in (("GCORE_BASE_URL", "", "http://example.com"),
                                 ("c.conf:1: api-url",
                                  "api-url = http://example.com\n", "")):
            write("c.conf", text + files)
            fails(certupload("--config", "c.conf", env={
                **sandbox.env, "GCORE_BASE_URL": url}), 2,
                  f"certupload: {place}: 'http://example.com' would send")
        places(checked("include = x.conf\n" + bad + files + bad), "x.conf:4",
               "c.conf:2", "c.conf:9")


@story
def settings_that_exclude_each_other_name_their_places():
    sites("a")
    with untouched() as sandbox:
        for one, other, text, options in (
                ("--dry-run", "--check", "", ["-n", "--check"]),
                ("--dry-run", "c.conf:2: check", "#\ncheck = yes\n", ["-n"]),
                ("c.conf:2: dry-run", "c.conf:1: check",
                 "check = yes\ndry-run = on\n", []),
                ("--rollback", "c.conf:1: check", "check = yes\n",
                 ["--rollback"]),
                ("c.conf:3: lineage", "c.conf:1: key",
                 "key = a\n[l]\nlineage = l\n", []),
                ("c.conf:2: lineage", "--chain", "[l]\nlineage = l\n",
                 ["--chain", "x"])):
            write("c.conf", text + section("a"))
            fails(certupload("--config", "c.conf", *options, env=sandbox.env),
                  2, f"certupload: {one}: cannot be combined with {other}\n",
                  "choose one")
    with Sandbox() as sandbox:
        write("c.conf", "check = no\n" + section("a"))
        succeeds(certupload("--config", "c.conf", "-n", env=sandbox.env))


@story
def a_key_is_there_once_wherever_the_other_stands():
    write("x.conf", "[x]\nkey = x\n")
    run = checked("region = 1\ninclude = x.conf\nregion = 2\n"
                  "[a]\nkey = a\nname = a\nkey = b\nkey = c\n"
                  "[b]\nkey = a\nname = a\n")
    places(run, "c.conf:3", "c.conf:7", "c.conf:8")
    for text in ("region is there already: c.conf:1",
                 "key is there already: c.conf:5",
                 "key is there already: c.conf:7"):
        holds(run.err, text)


@story
def ten_thousand_sections_are_found_by_their_titles():
    sites("a")
    titles = [f"t{number}" for number in range(10000)]
    text = "".join(section(title, "a") for title in titles)
    run = succeeds(checked(text, titles[-1], titles[4321], titles[-1]))
    equal(re.findall(r"^(\w+): leaf", run.out, re.M),
          [titles[4321], titles[-1]])
    fails(checked(text, *titles, "t10000"), 2,
          "t10000: no certificate of this name", "did you mean t")
    run = checked(text + section(titles[7], "a") + section(titles[-1], "a"))
    places(run, "c.conf:30001", "c.conf:30004")
    for text in ("[t7] is there already: c.conf:22",
                 "[t9999] is there already: c.conf:29998"):
        holds(run.err, text)


VALUES = {"STYLE": "legacy", "VERSION": "v2", "WAY": "skip", None: "no"}
COMMAND_LINE = {"output", "force", "config", "rollback", "status", "help",
                "version"}


def options():
    """[(name, its value's name or None)] as --help tells."""
    rows = re.findall(r"^ (?:-\w,|   ) --(\S+)(?: ([A-Z]\S*))?",
                      succeeds(certupload("--help")).out, re.M)
    return [(name, value or None) for name, value in rows]


@story
def every_option_is_a_key_of_the_file_but_those_of_the_command_line():
    rows = options()
    if len(rows) < 30:
        raise AssertionError(f"{rows}")
    for name, value in rows:
        line = f"{name} = {VALUES.get(value, '7')}\n"
        if name == "verbose":
            line = "verbose = 1\n"
        # An unknown key is told besides those that are wrong.
        write("c.conf", line + "[a]\nxyzzyxyzzy = 1\n")
        run = certupload("--config", "c.conf")
        if name in COMMAND_LINE:
            places(run, "c.conf:1", "c.conf:3")
            holds(run.err, f"{name}: is for the command line alone")
            continue
        places(run, "c.conf:3")
        write("c.conf", f"[a]\n{line}xyzzyxyzzy = 1\n")
        run = certupload("--config", "c.conf")
        if f"{name}: belongs before the sections" not in run.err:
            places(run, "c.conf:3")
        if value is None:
            fails(certupload(f"--{name}=yes"), 2, f"--{name}: takes no value")


if __name__ == "__main__":
    main()
