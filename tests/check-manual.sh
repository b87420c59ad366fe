#!/bin/sh
# The manuals describe exactly what the programs have.
top=${srcdir:-.}
build=${abs_builddir:-$PWD/build}

echo 1..8
number=0
# description, and whether the last command succeeded
say() {
    number=$((number + 1))
    if [ "$2" -eq 0 ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
    fi
}

differ() { # file file: what is in one alone
    diff "$1" "$2" >diff.$$ || {
        sed 's/^/# /' diff.$$
        return 1
    }
}

options_of_help() {
    "$1" --help | sed -n 's/^ \{1,5\}\(-[a-zA-Z], \)\{0,1\} *--\([a-z0-9-]*\).*/\2/p' |
        sort
}

options_of_manual() {
    # Each "-name" that follows Fl on an item's line.
    awk '/^\.It .*Fl/ { for (i = 2; i <= NF; i++)
        if ($i ~ /^-[a-z0-9]+/) print substr($i, 2) }' "$1" | sort
}

for program in certupload certupload-sandbox; do
    options_of_help "$build/$program" >help.$$
    options_of_manual "$top/man/$program.1" >manual.$$
    [ -s help.$$ ] && differ help.$$ manual.$$
    say "$program.1 has the options of --help" $?
done

# Each key with the section that tells where it may stand.
sed -n 's/^    {"\([a-z0-9-]*\)", [^,]*, [^,]*, CFG_\(CERT\|RUN\),.*/\2 \1/p' \
    "$top/src/app/cfg_keys.c" | sort >keys.$$
awk '/^\.Sh/ { scope = /OF A CERTIFICATE/ ? "CERT" : /OF THE RUN/ ? "RUN" : "" }
    scope != "" && /^\.It Cm / { print scope, $3 }' \
    "$top/man/certupload.conf.5" | sort >described.$$
[ -s keys.$$ ] && differ keys.$$ described.$$
say "certupload.conf.5 has the keys, each where it may stand" $?

sed -n 's/.*FAIL_[A-Z]* = \([0-9]*\),.*/\1/p' "$top/src/base/fail.h" |
    sort >codes.$$
for manual in certupload.1 certupload-runbook.7; do
    sed -n '/^\.Sh EXIT STATUS/,/^\.Sh [^E]/p' "$top/man/$manual" |
        sed -n 's/^\.It //p' | grep -o '[0-9][0-9]*' | sort >described.$$
    # The runbook has nothing to do for 0.
    [ "$manual" = certupload.1 ] || sed -i '/^0$/d' codes.$$
    [ -s codes.$$ ] && differ codes.$$ described.$$
    say "$manual describes every exit status" $?
done

# The faults of the script.
sed -n 's/^    {"\([a-z-]*\)", FAULT.*/\1/p' "$top/sandbox/faults.c" |
    sort >faults.$$
sed -n '/^\.Sh FAULTS/,/^\.Sh JOURNAL/p' "$top/man/certupload-sandbox.1" |
    sed -n 's/^\.It Cm //p' |
    sed 's/ Op .*//; s/ Ar [a-z-]*//g; s/Cm //g; s/ , /\n/g' | tr -d ' ' |
    sort >described.$$
[ -s faults.$$ ] && differ faults.$$ described.$$
say "certupload-sandbox.1 describes every fault" $?

if command -v mandoc >/dev/null; then
    ! mandoc -T lint "$top"/man/*.[157] 2>&1 | sed 's/^/# /' | grep .
    say "mandoc has nothing to say" $?
else
    number=$((number + 1))
    echo "ok $number - mandoc # SKIP no mandoc"
fi

"$build/certupload" --help >help.$$
[ "$(wc -l <help.$$)" -le 60 ] && [ "$(wc -L <help.$$)" -le 80 ]
say "the help fits a screen" $?

rm -f ./*.$$
