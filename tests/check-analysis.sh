#!/bin/sh
# Static analysis of src by three tools: none finds anything. What is no
# mistake is marked beside its line, with the reason. Each version of a tool
# finds other things, so these are the versions of Debian 12; others are
# skipped.
cd "${abs_builddir:-build}" || exit
top=${srcdir:-..}
jobs=$(nproc)
said=analysis.$$
number=0

echo 1..3

# How the Makefile compiles, a word a line: the compiler, then its flags.
# MAKEFLAGS of a make above would let this one say more.
MAKEFLAGS='' "${MAKE:-make}" --no-print-directory -s show-flags >flags.$$
compiler=$(head -n 1 flags.$$)
"$compiler" --version >version.$$ || {
    echo "Bail out! no compiler: $compiler"
    exit 1
}
set --
while read -r flag; do
    set -- "$@" "$flag"
done <<END
$(tail -n +2 flags.$$)
END
is_gcc=$(grep -c 'Free Software Foundation' version.$$)
rm -f flags.$$ version.$$

# A command for each source file, {} in it, as many at once as there are
# processors.
each() { # command...
    printf '%s\n' "$top"/src/*.c "$top"/src/*/*.c |
        xargs -P "$jobs" -I "{}" "$@" >$said 2>&1
}

result() { # status tool
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2 finds nothing"
    else
        sed 's/^/# /' $said
        echo "not ok $number - $2 finds nothing"
    fi
    rm -f $said
}

skip() { # tool version
    number=$((number + 1))
    echo "ok $number - $1 # SKIP not here in version $2"
}

if [ "$is_gcc" -gt 0 ] && [ "$("$compiler" -dumpversion)" = 12 ]; then
    each "$compiler" "$@" -fanalyzer -Werror -S -o /dev/null "{}"
    result $? 'gcc -fanalyzer'
else
    skip 'gcc -fanalyzer' 12
fi

if [ "$(cppcheck --version 2>/dev/null)" = 'Cppcheck 2.10' ]; then
    # It does not know variables that clean up after themselves, nor members
    # that are called, and wants declarations elsewhere than at the head of a
    # function.
    cppcheck -j "$jobs" --quiet --error-exitcode=1 --inline-suppr \
        --std=c11 --enable=warning,style,performance,portability \
        --suppress=unreadVariable --suppress=variableScope \
        --suppress=unusedStructMember \
        --include=config.h -I"$top/src" -I. "$top/src" >$said 2>&1
    result $? cppcheck
else
    skip cppcheck 2.10
fi

if command -v clang-tidy-14 >/dev/null; then
    each clang-tidy-14 --quiet --config-file="$top/.clang-tidy" "{}" -- "$@"
    result $? clang-tidy
else
    skip clang-tidy 14
fi
