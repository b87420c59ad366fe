#!/bin/sh
# Formatting and shell scripts, by the tools where they are installed, and
# whether what the documents name is there.
cd "${srcdir:-.}" || exit

echo 1..4

format=$(command -v clang-format-14)
if [ -n "$format" ] && [ -f .clang-format ]; then
    if "$format" --dry-run --Werror src/*.c src/*/*.[ch] sandbox/*.[ch] \
        tests/*.c tests/unit/*.[ch] 2>&1 | sed 's/^/# /' | grep .; then
        echo "not ok 1 - clang-format agrees"
    else
        echo "ok 1 - clang-format agrees"
    fi
else
    echo "ok 1 - clang-format # SKIP no clang-format-14"
fi

if command -v shellcheck >/dev/null; then
    if shellcheck -S warning bootstrap data/demo data/certbot-deploy-hook \
        data/certupload.bash \
        tests/all tests/timed tests/*.sh bench/upload | sed 's/^/# /' | grep .; then
        echo "not ok 2 - shellcheck agrees"
    else
        echo "ok 2 - shellcheck agrees"
    fi
else
    echo "ok 2 - shellcheck # SKIP no shellcheck"
fi

missing=0
for name in $(grep -ohE '`(src|tests|data|man|app|base|net|gcore|deploy|pki|sandbox|bench)/[a-z_/.-]*[a-z0-9]`' \
    README.md HACKING.md CONTRIBUTING.md SECURITY.md | tr -d '`'); do
    [ -e "$name" ] || [ -e "src/$name" ] || {
        echo "# no $name"
        missing=1
    }
done
[ "$missing" -eq 0 ] && echo "ok 3 - the documents name files that exist" ||
    echo "not ok 3 - the documents name files that exist"

missing=0
for name in $(grep -ohE '`[a-z0-9]+(_[a-z0-9]+)+`' HACKING.md SECURITY.md |
    tr -d '`'); do
    grep -rqwF "$name" src sandbox tests --include='*.[ch]' ||
        [ -e "tests/it/$name.py" ] || {
        echo "# no $name"
        missing=1
    }
done
[ "$missing" -eq 0 ] && echo "ok 4 - the documents name code that exists" ||
    echo "not ok 4 - the documents name code that exists"
