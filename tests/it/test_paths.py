"""Random hierarchies of CAs (hierarchies.py): certupload sends a chain that
clients accept, the best of several, or nothing. The judge is a search of our
own through all paths, and OpenSSL's verifier.

PATHS and SEED choose how many hierarchies and which, PATHS_ONLY a single one.
The files of that one, and of those that fail, stay in tests/it/paths-NUMBER:
case.txt says what they hold."""

import collections
import concurrent.futures
import itertools
import random
import textwrap
import threading

import verifier
from harness import *
from judges import PYTHON

PATHS = int(os.environ.get(
    "PATHS", "200" if os.environ.get("CERTUPLOAD_BUILD") == "asan"
    else "2000"))
ONLY = os.environ.get("PATHS_ONLY")
WORKERS = 2 * len(os.sched_getaffinity(0))
HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = os.path.join(os.environ.get("abs_builddir", os.getcwd()), "tests", "it")
MOST_KEPT = 20

DAY = 86400
LEAF = 0

# Results, in the order in which they are told.
ACCEPTED = "a file set with a trusted path is accepted"
VERIFIES = "what is sent verifies by openssl, with nothing else known"
REFUSED = "a file set without a trusted path is refused"
IN_TIME = "nothing expired or not yet valid is sent"
PREFERRED = "of several trusted paths the preferred one is sent"
ANY_ORDER = "the order of files and certificates changes nothing"
LASTING = "--min-days prefers a path that lasts, or refuses"
SURE = "the openssl command agrees with the judge"
RESULTS = (ACCEPTED, VERIFIES, REFUSED, IN_TIME, PREFERRED, ANY_ORDER, LASTING,
           SURE)


# --- the judge ---------------------------------------------------------------


class Judge:
    """What should become of a case."""

    def __init__(self, case, verify):
        self.certs = case["certs"]
        self.pool = sorted(set(itertools.chain(*case["files"])))
        self.verify = verify
        self.now = time.time()
        self.anchors = [place for place in case["store"]
                        if self.is_anchor(place, case["store"])]

    def has_issued(self, issuer, place):
        """By name, key identifier and signature (RFC 5280 section 6.1.3)."""
        cert, above = self.certs[place], self.certs[issuer]
        if (cert["issuer"], cert["signer"]) != (above["subject"],
                                                above["key"]):
            return False
        if cert["aki"] and above["ski"] and cert["aki"] != above["ski"]:
            return False
        return cert["aki_issuer"] is None or \
            (cert["aki_issuer"], cert["aki_serial"]) == \
            (above["issuer"], above["serial"])

    def is_anchor(self, place, store):
        """An intermediate is one as well, unless its issuer is in the store:
        then it must be sent."""
        return self.has_issued(place, place) or not any(
            self.has_issued(issuer, place) for issuer in store)

    def paths(self, trail=()):
        """All of them, of any length; no self-signed certificate belongs on
        one, and no CA twice."""
        yield trail
        top = trail[-1] if trail else LEAF
        met = {(self.certs[place]["subject"], self.certs[place]["key"])
               for place in (LEAF, *trail)}
        for place in self.pool:
            cert = self.certs[place]
            if self.has_issued(place, top) and \
                    not self.has_issued(place, place) and \
                    (cert["subject"], cert["key"]) not in met:
                yield from self.paths((*trail, place))

    def is_valid(self, place):
        cert = self.certs[place]
        return cert["not_before"] <= self.now <= cert["not_after"]

    def lasts(self, path):
        return min((self.certs[place]["not_after"] for place in path),
                   default=float("inf"))

    def preference(self, path):
        """The smallest is the best: the longest, that which lasts longest,
        that with the smallest fingerprints."""
        return (-len(path), -self.lasts(path),
                [self.certs[place]["sha256"] for place in path])

    def trusted(self, order):
        """The paths that clients accept, the best first."""
        for path in sorted(self.paths(), key=self.preference):
            if all(map(self.is_valid, path)) and \
                    self.why_not(path, order) is None:
                yield path

    def wanted(self, days=0):
        """The path to send, or None. The second result is false if that is
        up to the order of anchors of one name: OpenSSL tries only one."""
        first, second = (next(
            (path for path in self.trusted(order)
             if self.lasts((LEAF, *path)) >= self.now + days * DAY), None)
            for order in (1, -1))
        return first, first == second

    def why_not(self, path, order=1):
        """As Verifier's; with -1 the anchors are in reverse order."""
        return self.verify.why_not(LEAF, path, self.anchors[::order])


# --- a case ------------------------------------------------------------------


class Case:
    """Its files, what certupload made of them, and what is wrong with it."""

    def __init__(self, drawn, place, verify):
        self.drawn, self.place = drawn, place
        self.number, self.certs = drawn["number"], drawn["certs"]
        self.judge = Judge(drawn, verify)
        # Not from the same numbers as the hierarchy.
        self.chance = random.Random(f"{SEED} {self.number} runs")
        # First, so that PATHS_ONLY repeats it.
        self.days = self.chance.choice((30, 50, 50, 70))
        self.counts = collections.Counter(drawn["kinds"])
        self.wrong = {}  # {result: why}
        self.runs = []
        self.wanted, self.settled = self.judge.wanted()
        os.mkdir(place)
        self.write("key.pem", drawn["key"])
        self.write("leaf.pem", self.pem([LEAF]))
        self.write("store.pem", self.pem(drawn["store"]))
        self.write("anchors.pem", self.pem(self.judge.anchors))

    def write(self, name, text):
        write(os.path.join(self.place, name), text)

    def pem(self, places):
        return "".join(
            "-----BEGIN CERTIFICATE-----\n"
            + textwrap.fill(self.certs[place]["der"], 64) +
            "\n-----END CERTIFICATE-----\n" for place in places)

    def fails(self, result, why):
        self.wrong.setdefault(result, why)

    # --- certupload ---

    def check(self, files, *more):
        """The places sent after the leaf, and the verdict; without success
        (None, exit status)."""
        name = f"run{len(self.runs)}"
        args = []
        for number, places in enumerate(files):
            self.write(f"{name}-{number}.pem", self.pem(places))
            args += ["--chain" if number else "--cert",
                     f"{name}-{number}.pem"]
        run = certupload("--check", "--json", "--key", "key.pem", *args,
                         "--ca-bundle", "store.pem", *more, cwd=self.place)
        self.runs.append((" ".join([*args, *more]), run))
        if run.status != 0:
            return None, run.status
        report = json.loads(run.out)["certificates"][0]
        known = {cert["sha256"]: place
                 for place, cert in enumerate(self.certs)}
        sent = [known[each["sha256"]] for each in report["chain"]]
        equal(sent[0], LEAF, "the first sent")
        return tuple(sent[1:]), report["chain_verdict"]

    def openssl(self, path):
        """Does the command verify the leaf with these issuers?"""
        self.write("sent.pem", self.pem(path))
        done = subprocess.run(
            ["openssl", "verify", "-purpose", "sslserver", "-auth_level", "2",
             "-no-CApath", "-no-CAstore", "-CAfile", "anchors.pem",
             "-partial_chain", *(["-untrusted", "sent.pem"] if path else []),
             "leaf.pem"], cwd=self.place, capture_output=True, timeout=LIMIT,
            check=False)
        return done.returncode == 0

    # --- is it right? ---

    def run(self):
        sent, verdict = self.check(self.drawn["files"])
        if sent is None and verdict != 3:
            self.fails(REFUSED, f"exit status {verdict}")
        if sent is not None:
            self.judge_sent(sent, verdict)
        if self.settled:
            self.compare(sent, verdict, self.wanted)
        else:
            self.counts["up to the order of the trust store"] += 1
        if self.chance.random() < 0.15 or ONLY:
            self.run_shuffled(sent, verdict)
        if self.settled and (self.chance.random() < 0.25 or ONLY):
            self.run_lasting(self.days)
        if self.chance.random() < 0.05 or ONLY:
            self.confirm(self.wanted)

    def judge_sent(self, sent, verdict):
        if not all(map(self.judge.is_valid, sent)):
            self.fails(IN_TIME, f"sent {self.show(sent)}")
        why = self.judge.why_not(sent)
        if self.settled and not self.openssl(sent):
            self.fails(VERIFIES, f"sent {self.show(sent)}, {verdict}: {why}")
        elif why is not None and self.judge.why_not(sent, -1) is not None:
            self.fails(VERIFIES, f"sent {self.show(sent)}, {verdict}: {why}, "
                                 "whatever the order of the trust store")

    def compare(self, sent, verdict, wanted):
        self.counts["with a trusted path" if wanted is not None
                    else "without a trusted path"] += 1
        if wanted is None:
            self.counts["without: refused" if sent is None else
                        f"without: called {verdict}"] += 1
            if sent is not None:
                self.fails(REFUSED, f"{verdict}, sent {self.show(sent)}: "
                                    f"{self.judge.why_not(sent)}")
        elif sent is None:
            self.counts["with: refused"] += 1
            self.fails(ACCEPTED, f"refused, wanted {self.show(wanted)}")
        elif VERIFIES in self.wrong:
            self.counts["with: sent what fails"] += 1
        elif verdict != "complete":
            self.counts["with: not called complete"] += 1
            self.fails(ACCEPTED, f"called {verdict}")
        elif sent != wanted:
            self.counts["with: sent another path that verifies"] += 1
            self.fails(PREFERRED, f"sent {self.show(sent)}, "
                                  f"wanted {self.show(wanted)}")
        else:
            self.counts["with: right"] += 1

    def run_shuffled(self, sent, verdict):
        self.counts["run in another order"] += 1
        certs = list(itertools.chain(*self.drawn["files"]))
        self.chance.shuffle(certs)
        cut = self.chance.randrange(1, len(certs) + 1)
        files = [part for part in (certs[:cut], certs[cut:]) if part]
        again = self.check(files)
        if again != (sent, verdict):
            self.fails(ANY_ORDER, f"first {self.show(sent)}, {verdict}; "
                                  f"then {self.show(again[0])}, {again[1]}")

    def run_lasting(self, days):
        wanted, _ = self.judge.wanted(days)
        sent, verdict = self.check(self.drawn["files"], "--min-days",
                                   str(days))
        self.counts["--min-days: " + (
            "refused" if wanted is None else
            "as without" if wanted == self.wanted else "another path")] += 1
        if sent != wanted or (sent is None and verdict != 3):
            self.fails(LASTING, f"{days} days: {verdict}, sent "
                                f"{self.show(sent)}, "
                                f"wanted {self.show(wanted)}")

    def confirm(self, wanted):
        """Where no path is trusted, the longest one is as good as any."""
        self.counts["confirmed by the openssl command"] += 1
        path = wanted if wanted is not None else max(self.judge.paths(),
                                                     key=len)
        if self.openssl(path) != (self.judge.why_not(path) is None):
            self.fails(SURE, f"of {self.show(path)}")

    # --- for people ---

    def show(self, path):
        return "nothing" if path is None else f"[{', '.join(map(str, path))}]"

    def describe(self):
        """case.txt"""
        lines = [f"SEED={SEED} PATHS_ONLY={self.number}", ""]
        for place, cert in enumerate(self.certs):
            days = [f"{(cert[end] - self.judge.now) / DAY:+.0f}"
                    for end in ("not_before", "not_after")]
            lines.append(
                f"{place}: {cert['subject']} (key {cert['key']}) by "
                f"{cert['issuer']} (key {cert['signer']}), days "
                f"{' '.join(days)}, {cert['flaw'] or 'sound'}, "
                f"SKI {(cert['ski'] or '-')[:6]}, "
                f"AKI {(cert['aki'] or cert['aki_issuer'] or '-')[:6]}, "
                f"SHA-256 {cert['sha256'][:8]}")
        lines += ["", f"files: {self.drawn['files']}",
                  f"store: {self.drawn['store']}",
                  f"anchors: {self.judge.anchors}", "", "paths:"]
        for path in sorted(self.judge.paths(), key=self.judge.preference):
            valid = all(map(self.judge.is_valid, path))
            lines.append(f"{self.show(path)}: "
                         f"{self.judge.why_not(path) or 'verifies'}"
                         f"{'' if valid else ', not all valid now'}")
        lines += ["", f"wanted: {self.show(self.wanted)}", ""]
        for args, run in self.runs:
            lines += [args, repr(run)]
        lines += [f"{result}: {why}" for result, why in self.wrong.items()]
        return "\n".join(lines) + "\n"

    def keep(self):
        kept = os.path.join(KEPT, f"paths-{self.number}")
        self.write("case.txt", self.describe())
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.place, kept)
        return kept


# --- all of them -------------------------------------------------------------


class Tally:
    """Of all cases; changed by one thread at a time."""

    def __init__(self):
        self.counts = collections.Counter()
        self.wrong = {result: [] for result in RESULTS}
        self.kept = 0

    def add(self, case):
        self.counts.update(case.counts)
        where = ""
        if case.wrong and self.kept < MOST_KEPT or ONLY:
            self.kept += 1
            where = ", see " + case.keep()
        for result, why in case.wrong.items():
            self.wrong[result].append((case.number, why + where))

    def why(self, result):
        """As from attempt."""
        wrong = sorted(self.wrong[result])
        return "\n".join(
            [f"{len(wrong)} of {self.counts['hierarchies']} hierarchies, "
             f"SEED={SEED}"] +
            [f"PATHS_ONLY={number}: {why}" for number, why in wrong[:10]]
        ) if wrong else None


def generator(first, end, step):
    return subprocess.Popen(
        [PYTHON, os.path.join(HERE, "hierarchies.py"), str(SEED), str(first),
         str(end), str(step)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def work(first, end, step, tally, lock):
    with generator(first, end, step) as process:
        for line in process.stdout:
            drawn = json.loads(line)
            ders = [cert["der"] for cert in drawn["certs"]]
            with verifier.Verifier(ders) as verify:
                case = Case(drawn, os.path.abspath(f"{drawn['number']}"),
                            verify)
                case.counts["hierarchies"] += 1
                try:
                    case.run()
                except BaseException:
                    print("# broke off, see", case.keep(), flush=True)
                    raise
                with lock:
                    tally.add(case)
            shutil.rmtree(case.place)
        error = process.stderr.read()
    equal((process.returncode, error), (0, b""), "hierarchies.py")


def try_all():
    with generator(0, 0, 1) as process:
        if process.stderr.read() == b"absent\n":
            raise Skip("no Python cryptography")
    tally, lock = Tally(), threading.Lock()
    first, end = (0, PATHS) if ONLY is None else (int(ONLY), int(ONLY) + 1)
    print(f"# SEED={SEED} PATHS={PATHS}", flush=True)
    with workplace(), \
            concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for future in [pool.submit(work, first + number, end, WORKERS, tally,
                                   lock) for number in range(WORKERS)]:
            future.result()
    for kind, count in sorted(tally.counts.items()):
        print(f"# {count:6} {kind}")
    for kind in "with a trusted path", "without a trusted path":
        if ONLY is None and tally.counts[kind] < PATHS // 5:
            raise AssertionError(f"too few hierarchies {kind}")
    return tally


def main():
    print(f"1..{len(RESULTS)}", flush=True)
    tally = []
    broken = attempt(lambda: tally.append(try_all()))
    failed = 0
    for number, result in enumerate(RESULTS, 1):
        failed += tell(number, result, broken or tally[0].why(result))
        if broken and not isinstance(broken, Skip):
            broken = "as before"
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
