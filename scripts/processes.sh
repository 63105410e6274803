# shellcheck shell=bash
# Starts, stops and watches the five processes. Sourced, never run.

# Each process gets exactly these variables, nothing of ours by accident.
process_environment() {
    local name=$1 prefix=${1^^} i
    for i in "${!PROCESSES[@]}"; do
        if [ "${PROCESSES[$i]}" = "$name" ]; then printf '%s\n' "${prefix}_ADMIN_PORT=$((PORTAL_ADMIN_PORT + i))"; fi
    done
    printf '%s\n' "PATH=$BIN:/usr/bin:/bin" "LANG=C.UTF-8"
    if [ -n "${ASAN_OPTIONS:-}" ]; then printf '%s\n' "ASAN_OPTIONS=$ASAN_OPTIONS"; fi
    case "$name" in
        gateway)
            printf '%s\n' "GATEWAY_HOST=$PORTAL_HOST" "GATEWAY_PORT=$PORTAL_PORT" "GATEWAY_PUBLIC_URL=$PORTAL_URL" \
                "GATEWAY_MEDIA_DIR=$MEDIA" "GATEWAY_DEFAULT_COUNTRY=$PORTAL_COUNTRY" \
                "GATEWAY_AUTH_URL=ipc://$RUN/auth" "GATEWAY_CATALOG_URL=ipc://$RUN/catalog" \
                "GATEWAY_CART_URL=ipc://$RUN/cart" "GATEWAY_ORDERS_URL=ipc://$RUN/orders"
            return
            ;;
        auth) printf '%s\n' "AUTH_MASTER_KEY_FILE=$(secret auth_master_key 32)" ;;
        catalog) printf '%s\n' "CATALOG_CURSOR_KEY_FILE=$(secret catalog_cursor_key 32)" ;;
        cart) printf '%s\n' "CART_CATALOG_URL=ipc://$RUN/catalog" "CART_DEFAULT_COUNTRY=$PORTAL_COUNTRY" ;;
        orders)
            printf '%s\n' "ORDERS_CURSOR_KEY_FILE=$(secret orders_cursor_key 32)" \
                "ORDERS_CATALOG_URL=ipc://$RUN/catalog" "ORDERS_CART_URL=ipc://$RUN/cart"
            ;;
    esac
    printf '%s\n' "${prefix}_LISTEN=ipc://$RUN/$name" "${prefix}_DATABASE_URL_FILE=$SECRETS/url_$name"
}

# process_run NAME ARGUMENT...: the program in the foreground, with the environment of its service ("catalog-tool": catalog's).
process_run() {
    local environment
    mapfile -t environment < <(process_environment "${1%-tool}")
    as_user env -i "${environment[@]}" "$BIN/portal-$1" "${@:2}"
}

# The pid of a running process of ours, or nothing; a pid that the kernel gave to another program since does not count.
process_pid() {
    local pid exe
    pid=$(cat "$RUN/$1.pid" 2>/dev/null) || return 0
    exe=$(readlink "/proc/$pid/exe" 2>/dev/null) || return 0
    case "$exe" in "$BIN/portal-$1" | "$BIN/portal-$1 (deleted)") printf '%s' "$pid" ;; esac
}

process_is_outdated() { [[ $(readlink "/proc/$(process_pid "$1")/exe") == *"(deleted)" ]]; }

process_admin() {
    local i
    for i in "${!PROCESSES[@]}"; do
        if [ "${PROCESSES[$i]}" = "$1" ]; then curl -s -m 2 -o "${3:-/dev/null}" -w '%{http_code}' "http://127.0.0.1:$((PORTAL_ADMIN_PORT + i))$2"; fi
    done || true
}

process_start() {
    local name=$1 environment log=$LOGS/$1.log
    if [ -n "$(process_pid "$name")" ]; then
        process_is_outdated "$name" || return 0
        process_stop "$name"
    fi
    if [ -f "$log" ] && [ "$(stat -c %s "$log")" -gt 50000000 ]; then mv "$log" "$log.1"; fi
    mapfile -t environment < <(process_environment "$name")
    # The shell writes its own pid and becomes the program, in a session of its own so that a closed terminal does not end it,
    # and with nothing of ours open, so that a pipe behind ./portal ends with it.
    # shellcheck disable=SC2016
    "${AS_USER[@]}" setsid sh -c 'echo $$ >"$1" && log=$2 && shift 2 && exec env -i "$@" >>"$log" 2>&1' \
        sh "$RUN/$name.pid" "$log" "${environment[@]}" "$BIN/portal-$name" </dev/null >/dev/null 2>&1 &
    disown
}

process_stop() {
    local pid
    pid=$(process_pid "$1")
    [ -n "$pid" ] || return 0
    kill -TERM "$pid" 2>/dev/null || true
    for _ in $(seq 150); do
        [ -n "$(process_pid "$1")" ] || return 0
        sleep 0.1
    done
    say "$1 did not stop within 15 s and is ended by force."
    kill -KILL "$pid" 2>/dev/null || true
}

# The ports are remembered, so that `status` asks this shop and not another one.
processes_start() {
    local name
    printf '%s %s\n' "$PORTAL_ADMIN_PORT" "$PORTAL_URL" >"$STATE/started_with"
    for name in "${PROCESSES[@]}"; do process_start "$name"; done
}

# Waits until every process says that it is ready; tells what is in the way of one that is not.
processes_wait() {
    local deadline=$((SECONDS + 60)) name answer
    answer=$(mktemp)
    for name in "${PROCESSES[@]}"; do
        until [ "$(process_admin "$name" /readyz "$answer")" = 200 ]; do
            if [ -z "$(process_pid "$name")" ] && [ -s "$RUN/$name.pid" ] || [ $SECONDS -ge $deadline ]; then
                tail -n 5 "$LOGS/$name.log" >&2
                die "$name is not ready: $(cat "$answer")" "Its last words are above; its log is $LOGS/$name.log"
            fi
            sleep 0.02
        done
    done
    rm -f "$answer"
}

processes_stop() {
    local name pids=()
    # The gateway first, so that no request loses the services it still needs.
    process_stop gateway
    for name in "${SERVICES[@]}"; do process_stop "$name" & pids+=($!); done
    wait "${pids[@]}"
}

processes_status() {
    settings_place
    if [ -f "$STATE/started_with" ]; then read -r PORTAL_ADMIN_PORT PORTAL_URL <"$STATE/started_with"; fi
    local name pid health up kib total=0 running=0
    printf '%-10s %8s  %-10s %12s %10s\n' process pid health uptime memory
    for name in "${PROCESSES[@]}"; do
        pid=$(process_pid "$name")
        if [ -z "$pid" ]; then
            printf '%-10s %8s  %-10s\n' "$name" - stopped
            continue
        fi
        running=$((running + 1))
        if [ "$(process_admin "$name" /readyz)" = 200 ]; then health=ready; else health="not ready"; fi
        up=$(ps -o etime= -p "$pid" | tr -d ' ')
        kib=$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")
        total=$((total + kib))
        printf '%-10s %8s  %-10s %12s %6s MiB\n' "$name" "$pid" "$health" "$up" "$(awk -v k="$kib" 'BEGIN { printf "%.1f", k / 1024 }')"
    done
    printf '%-10s %8s  %-10s %12s %6s MiB\n' together '' '' '' "$(awk -v k="$total" 'BEGIN { printf "%.1f", k / 1024 }')"
    if postgres_is_running; then
        printf '%-10s %8s  %-10s %12s\n' postgres "$(head -n 1 "$PGDATA/postmaster.pid")" ready "$(ps -o etime= -p "$(head -n 1 "$PGDATA/postmaster.pid")" | tr -d ' ')"
    else
        printf '%-10s %8s  %-10s\n' postgres - stopped
    fi
    say ""
    if [ "$running" = ${#PROCESSES[@]} ]; then say "The shop: $PORTAL_URL"; else say "./portal up starts what is stopped."; fi
}

processes_logs() {
    settings_place
    local names=() follow=() argument
    for argument; do
        case "$argument" in
            -f | --follow) follow=(-F) ;;
            gateway | auth | catalog | cart | orders | postgres) names+=("$LOGS/$argument.log") ;;
            *) die "There is no log of '$argument'." "Logs: ${PROCESSES[*]} postgres" ;;
        esac
    done
    if [ ${#names[@]} = 0 ]; then names=("$LOGS"/*.log); fi
    [ -e "${names[0]}" ] || die "There is no log yet." "./portal up starts the shop."
    tail -n 50 "${follow[@]}" "${names[@]}"
}
