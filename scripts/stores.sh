#!/bin/sh
# Make PostgreSQL's and Redis's servers available, for the tests to start as processes of their own.
#
# Its one law: what is there is used; on Debian as root the system's packages are installed,
# and no service of theirs is started; anywhere else one sentence says what to do.
set -eu

POLICY=/usr/sbin/policy-rc.d

say() { printf 'stores: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Debian keeps the programs of PostgreSQL out of PATH: several versions may live side by side.
find_postgres() {
    command -v initdb || ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1 | grep .
}

missing() {
    find_postgres >/dev/null || echo postgresql
    command -v redis-server >/dev/null || echo redis-server
}

# Packages ask policy-rc.d whether they may start what they bring; 101 is no.
forbid_services() {
    [ -e "$POLICY" ] && return
    trap 'rm -f "$POLICY"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$POLICY"
    chmod 755 "$POLICY"
}

install_packages() {
    say "installing the system's packages: $*"
    forbid_services
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

wanted=$(missing)
if [ -n "$wanted" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        die "expected initdb and redis-server, found not all; install PostgreSQL and Redis, or let the tests that need them be skipped: pytest -m stores"
    fi
    # shellcheck disable=SC2086 # one word a package
    install_packages $wanted
    [ -z "$(missing)" ] || die "expected the packages to bring initdb and redis-server, they did not: $(missing)"
fi
say "$("$(find_postgres)" --version)"
say "$(redis-server --version | cut -d' ' -f1-3)"
