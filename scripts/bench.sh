# shellcheck shell=bash
# Runs the benchmarks of bench/: a Release build, a shop of its own that really writes to the disk. Sourced, never run.

PACKAGES_BENCH=(wrk nginx-light)

bench_run() {
    local argument
    packages_install "${PACKAGES_BUILD[@]}" "${PACKAGES_RUN[@]}" "${PACKAGES_BENCH[@]}"
    packages_install_programs journeys      # node
    bench_place
    trap bench_clean EXIT
    build_run "$PORTAL_BUILD" -DCMAKE_BUILD_TYPE=Release -DPORTAL_BENCH=ON >&2
    build_install "$PORTAL_BUILD"
    shop_refuse_taken_ports
    { shop_start && shop_fill; } >&2
    cd "$ROOT"
    PORTAL_BENCH_URL=$PORTAL_URL PORTAL_BENCH_BUILD=$PORTAL_BUILD/bench PORTAL_BENCH_STATE=$STATE PORTAL_BENCH_RUN=$RUN \
        PORTAL_BENCH_DATABASE_URL=$(postgres_url portal_admin postgres_admin) node bench/main.mjs "$@"
}

# On a disk, not in memory: what is measured includes that a commit is on it.
bench_place() {
    PORTAL_BUILD=$ROOT/build-bench
    PORTAL_STATE=$(mktemp -d /var/tmp/portal-bench-XXXXXX)
    chmod 755 "$PORTAL_STATE"
    PORTAL_PORT=${PORTAL_BENCH_PORT:-8070} PORTAL_ADMIN_PORT=${PORTAL_BENCH_ADMIN_PORT:-9170} PORTAL_COUNTRY=KE PORTAL_HOST=127.0.0.1
    PORTAL_URL=http://127.0.0.1:$PORTAL_PORT
    make_state
}

bench_clean() {
    processes_stop >&2
    if [ -s "$PGDATA/PG_VERSION" ]; then as_user "$(postgres_bin)/pg_ctl" -D "$PGDATA" -m fast stop >/dev/null 2>&1 || true; fi
    rm -rf "$PORTAL_STATE"
}
