# shellcheck shell=bash
# The shop as a whole: up, down, its products, its staff. Sourced, never run.

shop_up() {
    local began replicas=
    while [ $# -gt 0 ]; do
        case "$1" in
            --replicas) replicas=${2:-none} && shift $(($# < 2 ? 1 : 2)) ;;
            --replicas=*) replicas=${1#*=} && shift ;;
            *) die "'$1' is nothing that up knows." "./portal up [--replicas N]" ;;
        esac
    done
    began=$(date +%s.%N)
    packages_install "${PACKAGES_BUILD[@]}" "${PACKAGES_RUN[@]}"
    make_state
    build_run "$PORTAL_BUILD" -DCMAKE_BUILD_TYPE=Release
    build_install "$PORTAL_BUILD"
    replicas_choose "$replicas"
    shop_refuse_taken_ports
    shop_start
    shop_fill
    shop_first_staff
    shop_welcome "$(seconds_since "$began")"
}

shop_start() {
    postgres_create
    postgres_start "${PORTAL_POSTGRES_OPTIONS:-}"
    postgres_bootstrap
    local began
    began=$(date +%s.%N)
    processes_start
    processes_wait
    STARTED_IN=$(seconds_since "$began")
}

# A port that somebody else holds is said before anything is started.
shop_refuse_taken_ports() {
    local replica
    for replica in "" -{2..8}; do [ -z "$(process_pid "gateway$replica")" ] || return 0; done
    if curl -s -m 2 -o /dev/null "http://$PORTAL_HOST:$PORTAL_PORT/" || [ $? -ne 7 ]; then
        die "Another program answers on port $PORTAL_PORT." "Stop it, or choose another port: PORTAL_PORT=8081 ./portal up"
    fi
}

shop_fill() {
    [ "$PORTAL_DEMO" = yes ] || return 0
    [ "$(process_run catalog-tool count)" = 0 ] || return 0
    step "The shop is empty: loading the demo catalogue"
    process_run catalog-tool import "$STATE/share/demo/catalogue.csv" --currency KES --media-dir "$MEDIA" ||
        die "The demo catalogue could not be loaded." "What was wrong stands above."
}

# The first member of staff gets a password that is made here and nowhere kept.
shop_first_staff() {
    [ -z "$(process_run auth staff list)" ] || return 0
    step "A sign-in for the shop's owner, shown this once:"
    process_run auth staff add --login "owner@shop.local" --name "Shop owner" --role owner | sed 's/^/  /'
}

shop_welcome() {
    say ""
    step "The shop is open: $PORTAL_URL"
    say "  API:         $PORTAL_URL/docs"
    say "  Staff:       $PORTAL_URL/login  (a lost password: ./portal staff add --login owner@shop.local --name ... --reset-password)"
    say "  All told in $1 s; the processes were ready after $STARTED_IN s. ./portal status, logs, down; ./portal help for more."
}

shop_down() {
    settings_place
    processes_stop
    postgres_stop
    say "Everything is stopped. The data stays in $STATE."
}

shop_need_running() {
    settings_place
    if [ -z "$(process_pid "$1")" ] || ! postgres_is_running; then die "The shop is not running." "./portal up starts it."; fi
}

# Pictures are looked for beside the CSV file, so the importer must be able to read that folder; root can when the
# unprivileged user cannot.
shop_import() {
    if [ $# = 0 ] || [[ $1 == -* ]]; then die "Which file?" "./portal import FILE.csv --currency KES [--dry-run]"; fi
    local file
    file=$(cd "$CALLED_FROM" && realpath -e "$1" 2>/dev/null) || die "There is no file $1."
    shift
    shop_need_running catalog
    as_user test -r "$file" || die "The user '$PORTAL_USER' cannot read $file." "Put it where everybody can read it, /tmp say."
    process_run catalog-tool import "$file" --media-dir "$MEDIA" "$@"
}

shop_staff() {
    shop_need_running auth
    process_run auth staff "$@"
}

# Each service's events on their way to orders, and what the courier of orders made of them.
shop_outbox() {
    local service
    if [ $# -gt 1 ] || [ "${1:-replay}" != replay ]; then die "'$*' is nothing that outbox knows." "./portal outbox [replay]"; fi
    shop_need_running orders
    for service in "${SERVICES[@]}"; do process_run "$service" outbox "$@" | sed "s/^/$(printf '%-8s' "$service") /"; done
    process_run orders messages "$@" | sed "s/^/$(printf '%-8s' orders) /"
}
