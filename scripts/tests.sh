# shellcheck shell=bash
# Runs the tests: an ASan + UBSan build, a throw-away cluster, and for the suites that need one a whole shop of its own.
# Sourced, never run.

SUITES=(unit store service journeys browser faults)

tests_run() {
    local suites=() suite began labels
    # What begins with a dash and what follows is for the one suite before it: ./portal test faults --seed 7
    while [ $# -gt 0 ] && [[ $1 != -* ]]; do suites+=("$1") && shift; done
    if [ $# -gt 0 ] && [ "${suites[*]}" != faults ]; then die "Only the suite 'faults' takes options."; fi
    if [ ${#suites[@]} = 0 ]; then suites=("${SUITES[@]}"); fi
    for suite in "${suites[@]}"; do
        [[ " ${SUITES[*]} " == *" $suite "* ]] || die "There is no suite '$suite'." "Suites: ${SUITES[*]}"
    done
    began=$(date +%s.%N)
    packages_install "${PACKAGES_BUILD[@]}" "${PACKAGES_RUN[@]}" "${PACKAGES_TEST[@]}"
    packages_install_programs "${suites[@]}"
    tests_place
    build_run "$PORTAL_BUILD" -DCMAKE_BUILD_TYPE=Debug -DPORTAL_TESTS=ON -DPORTAL_SANITIZE=address
    trap tests_clean EXIT
    tests_prepare "${suites[@]}"
    if [ $# -gt 0 ]; then
        node "$ROOT/tests/faults/faults.mjs" "$@" || die "What broke stands above; how to read it, in tests/faults/README.md."
        TESTS_PASSED=yes
        return
    fi
    labels=$(IFS='|' && printf '%s' "${suites[*]}")
    say "Ready for the tests after $(seconds_since "$began") s."
    # Side by side, but for the suites that share one shop, which say so (RUN_SERIAL).
    ctest --test-dir "$PORTAL_BUILD" -j "$(nproc)" --output-on-failure -L "^($labels)\$" || die "Tests failed; what they said stands above."
    TESTS_PASSED=yes
    say "All told in $(seconds_since "$began") s."
}

# The last words of every process of the shop, before they are thrown away.
tests_tell() {
    local log
    for log in "$LOGS"/*.log "$STATE"/faults/shop/log/*.log; do
        if [ -s "$log" ]; then printf '\n==> %s\n' "${log##*/}" && tail -n 15 "$log" | cut -c1-400; fi
    done
}

# A place, ports and a build of their own: a running shop is not touched. No fsync: the data is thrown away.
tests_place() {
    PORTAL_BUILD=$ROOT/build-test
    PORTAL_STATE=$(mktemp -d "${TMPDIR:-/tmp}/portal-test-XXXXXX")
    chmod 755 "$PORTAL_STATE"
    PORTAL_PORT=${PORTAL_TEST_PORT:-8090} PORTAL_ADMIN_PORT=${PORTAL_TEST_ADMIN_PORT:-9110} PORTAL_COUNTRY=KE PORTAL_HOST=127.0.0.1
    PORTAL_URL=http://127.0.0.1:$PORTAL_PORT    # not localhost, which may be ::1 first
    make_state
}

tests_clean() {
    [ "${TESTS_PASSED:-}" = yes ] || tests_tell
    processes_stop
    if [ -n "${SIMULATORS:-}" ]; then kill "$SIMULATORS" 2>/dev/null || true; fi
    if [ -s "$PGDATA/PG_VERSION" ]; then as_user "$(postgres_bin)/pg_ctl" -D "$PGDATA" -m immediate stop >/dev/null 2>&1 || true; fi
    rm -rf "$PORTAL_STATE"
}

tests_prepare() {
    local suite
    for suite; do
        case "$suite" in
            store | service) tests_need_database ;;
            journeys | browser) tests_need_shop ;;
            faults) tests_need_faults ;;
        esac
        if [ "$suite" = browser ]; then tests_need_browser; fi
    done
}

tests_need_database() {
    [ -z "${PORTAL_TEST_DATABASE_URL:-}" ] || return 0
    postgres_create
    postgres_start "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    postgres_bootstrap
    PORTAL_TEST_DATABASE_URL=$(postgres_url portal_admin postgres_admin)
    export PORTAL_TEST_DATABASE_URL
}

tests_need_shop() {
    [ -z "${PORTAL_TEST_SHOP_URL:-}" ] || return 0
    tests_need_database
    build_install "$PORTAL_BUILD"
    shop_refuse_taken_ports
    tests_need_simulators
    shop_start
    shop_fill
    local staff
    staff=$(process_run auth staff add --login staff@journeys.test --name "Journey staff" --role owner)
    export PORTAL_TEST_STAFF_LOGIN=staff@journeys.test PORTAL_TEST_SHOP_URL=$PORTAL_URL PORTAL_TEST_LOGS=$LOGS
    PORTAL_TEST_STAFF_PASSWORD=$(sed -n 's/^password: *//p' <<<"$staff")
    export PORTAL_TEST_STAFF_PASSWORD
}

# The companies that a shop talks to, played by tests/simulators; the shop gets its settings from them.
tests_need_simulators() {
    local place=$STATE/simulators
    [ -z "${PORTAL_PAYMENTS_ENV:-}" ] || return 0
    node "$ROOT/tests/simulators/main.mjs" --dir "$place" --shop "$PORTAL_URL" </dev/null >"$LOGS/simulators.out" 2>&1 &
    SIMULATORS=$!
    for _ in $(seq 200); do [ ! -s "$place/ports.json" ] || break && sleep 0.1; done
    [ -s "$place/ports.json" ] || die "The simulators did not start." "$(tail -n 3 "$LOGS/simulators.out")"
    export PORTAL_PAYMENTS_ENV=$place/payments.env PORTAL_TEST_SIMULATORS=$place
}

# A place and ports apart from the shop of the other suites; tests/faults/shop.mjs runs the programs with these environments.
tests_need_faults() {
    local program
    export PORTAL_FAULTS_PLACE=$STATE/faults
    mkdir -p "$PORTAL_FAULTS_PLACE"
    (
        REPLICAS=1 PORTAL_STATE=$PORTAL_FAULTS_PLACE/shop PORTAL_PORT=$((PORTAL_PORT + 100)) PORTAL_ADMIN_PORT=$((PORTAL_ADMIN_PORT + 100))
        make_state
        build_install "$PORTAL_BUILD"
        postgres_create
        postgres_start "-c fsync=off"
        postgres_bootstrap
        postgres_stop
        printf '%s\n' "BIN=$BIN" "RUN=$RUN" "LOGS=$LOGS" "SECRETS=$SECRETS" "PGDATA=$PGDATA" "PGBIN=$(postgres_bin)" "USER=$PORTAL_USER" \
            "PORT=$PORTAL_PORT" "ADMIN_PORT=$PORTAL_ADMIN_PORT" >"$PORTAL_FAULTS_PLACE/settings"
        for program in "${PROCESSES[@]}"; do process_environment "$program" >"$PORTAL_FAULTS_PLACE/$program.env"; done
    )
}

tests_need_browser() {
    local log=$LOGS/npm.log
    [ ! -d "$ROOT/tests/browser/node_modules" ] || return 0
    timeout 300 npm ci --prefix "$ROOT/tests/browser" --no-audit --no-fund >"$log" 2>&1 && return 0
    tail -n 20 "$log" >&2
    die "npm ci failed in tests/browser; its last words are above." "Is the npm registry reachable?"
}
