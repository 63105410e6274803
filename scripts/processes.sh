# shellcheck shell=bash
# Starts, stops and watches the five processes. Sourced, never run.

# A process is an instance of a program: "auth" the first, "auth-2" the second ... Each has a name, a socket, a log, a pid.
# REPLICAS, how many of each there are, is remembered with the ports in started_with.

instance_program() { printf '%s' "${1%-[0-9]}"; }

# instance_names PROGRAM...: the first ones, then the second ones ...
instance_names() {
    local replica program
    for ((replica = 1; replica <= REPLICAS; replica++)); do
        for program; do
            if [ $replica = 1 ]; then printf '%s\n' "$program"; else printf '%s-%s\n' "$program" $replica; fi
        done
    done
}

# All first replicas have the first five admin ports, all second ones the next five ...
instance_admin_port() {
    local program replica=1 i
    program=$(instance_program "$1")
    if [ "$program" != "$1" ]; then replica=${1##*-}; fi
    for i in "${!PROCESSES[@]}"; do
        if [ "${PROCESSES[$i]}" = "$program" ]; then printf '%s' $((PORTAL_ADMIN_PORT + ${#PROCESSES[@]} * (replica - 1) + i)); fi
    done
}

# The addresses of a service, with commas between its replicas.
instance_addresses() {
    local names
    mapfile -t names < <(instance_names "$1")
    (IFS=, && printf '%s' "${names[*]/#/ipc://$RUN/}")
}

replicas_recall() {
    REPLICAS=1
    if [ -f "$STATE/started_with" ]; then read -r _ _ REPLICAS _ <"$STATE/started_with"; fi
    REPLICAS=${REPLICAS:-1}
}

# replicas_choose [N]: how many the shop is to have; without N as many as it had. Another number is another list of addresses
# in every process, so all of them start anew.
replicas_choose() {
    local wanted
    replicas_recall
    wanted=${1:-$REPLICAS}
    [[ $wanted =~ ^[1-9]$ ]] && [ "$wanted" -le $REPLICAS_MAX ] || die "--replicas takes a number from 1 to $REPLICAS_MAX, not '$wanted'."
    if [ "$wanted" != "$REPLICAS" ]; then processes_stop; fi
    REPLICAS=$wanted
}

# Each process gets exactly these variables, nothing of ours by accident.
process_environment() {
    local name=$1 program prefix
    program=$(instance_program "$1")
    prefix=${program^^}
    printf '%s\n' "${prefix}_ADMIN_PORT=$(instance_admin_port "$name")"
    printf '%s\n' "PATH=$BIN:/usr/bin:/bin" "LANG=C.UTF-8"
    if [ -n "${ASAN_OPTIONS:-}" ]; then printf '%s\n' "ASAN_OPTIONS=$ASAN_OPTIONS"; fi
    case "$program" in
        gateway)
            printf '%s\n' "GATEWAY_HOST=$PORTAL_HOST" "GATEWAY_PORT=$PORTAL_PORT" "GATEWAY_PUBLIC_URL=$PORTAL_URL" \
                "GATEWAY_MEDIA_DIR=$MEDIA" "GATEWAY_DEFAULT_COUNTRY=$PORTAL_COUNTRY" \
                "GATEWAY_AUTH_URL=$(instance_addresses auth)" "GATEWAY_CATALOG_URL=$(instance_addresses catalog)" \
                "GATEWAY_CART_URL=$(instance_addresses cart)" "GATEWAY_ORDERS_URL=$(instance_addresses orders)"
            if [ "$REPLICAS" -gt 1 ]; then printf '%s\n' "GATEWAY_SHARE_PORT=yes"; fi
            return
            ;;
        auth) printf '%s\n' "AUTH_MASTER_KEY_FILE=$(secret auth_master_key 32)" ;;
        catalog) printf '%s\n' "CATALOG_CURSOR_KEY_FILE=$(secret catalog_cursor_key 32)" ;;
        cart) printf '%s\n' "CART_CATALOG_URL=$(instance_addresses catalog)" "CART_DEFAULT_COUNTRY=$PORTAL_COUNTRY" ;;
        orders)
            printf '%s\n' "ORDERS_CURSOR_KEY_FILE=$(secret orders_cursor_key 32)" \
                "ORDERS_CATALOG_URL=$(instance_addresses catalog)" "ORDERS_CART_URL=$(instance_addresses cart)" \
                "ORDERS_PUBLIC_URL=$PORTAL_URL" "ORDERS_PAYMENTS_NOTICE_KEY_FILE=$(secret orders_payments_notice_key 32)" \
                "ORDERS_COURIER_KEY_FILE=$(secret orders_courier_key 32)"
            payments_environment
            ;;
    esac
    printf '%s\n' "${prefix}_LISTEN=ipc://$RUN/$name" "${prefix}_DATABASE_URL_FILE=$SECRETS/url_$program" \
        "${prefix}_EVENTS_URL=$(instance_addresses orders)"
}

# The settings of payment providers, which the operator keeps in a file of lines KEY=VALUE and names in PORTAL_PAYMENTS_ENV.
payments_environment() {
    if [ -n "${PORTAL_PAYMENTS_ENV:-}" ]; then (cd "$CALLED_FROM" && sed -n '/^ORDERS_[A-Z0-9_]*=/p' "$PORTAL_PAYMENTS_ENV"); fi
}

payments_check() {
    [ -z "${PORTAL_PAYMENTS_ENV:-}" ] || (cd "$CALLED_FROM" && [ -r "$PORTAL_PAYMENTS_ENV" ]) || die "$PORTAL_PAYMENTS_ENV cannot be read." \
        "PORTAL_PAYMENTS_ENV names a file with lines such as ORDERS_PAYSTACK_SECRET_KEY_FILE=/etc/portal/paystack"
}

# process_run NAME ARGUMENT...: the program in the foreground, with the environment of its service ("catalog-tool": catalog's).
process_run() {
    local environment
    [ -n "${REPLICAS:-}" ] || replicas_recall
    mapfile -t environment < <(process_environment "${1%-tool}")
    as_user env -i "${environment[@]}" "$BIN/portal-$1" "${@:2}"
}

# The pid of a running process of ours, or nothing; a pid that the kernel gave to another program since does not count.
process_pid() {
    local pid exe program
    program=$BIN/portal-$(instance_program "$1")
    pid=$(cat "$RUN/$1.pid" 2>/dev/null) || return 0
    exe=$(readlink "/proc/$pid/exe" 2>/dev/null) || return 0
    case "$exe" in "$program" | "$program (deleted)") printf '%s' "$pid" ;; esac
}

process_is_outdated() { [[ $(readlink "/proc/$(process_pid "$1")/exe") == *"(deleted)" ]]; }

process_admin() {
    curl -s -m 2 -o "${3:-/dev/null}" -w '%{http_code}' "http://127.0.0.1:$(instance_admin_port "$1")$2" || true
}

process_start() {
    local name=$1 environment log=$LOGS/$1.log replaced=no
    if [ -n "$(process_pid "$name")" ]; then
        process_is_outdated "$name" || return 0
        process_stop "$name"
        replaced=yes
    fi
    if [ -f "$log" ] && [ "$(stat -c %s "$log")" -gt 50000000 ]; then mv "$log" "$log.1"; fi
    mapfile -t environment < <(process_environment "$name")
    # The shell writes its own pid and becomes the program, in a session of its own so that a closed terminal does not end it,
    # and with nothing of ours open, so that a pipe behind ./portal ends with it.
    # shellcheck disable=SC2016
    "${AS_USER[@]}" setsid sh -c 'echo $$ >"$1" && log=$2 && shift 2 && exec env -i "$@" >>"$log" 2>&1' \
        sh "$RUN/$name.pid" "$log" "${environment[@]}" "$BIN/portal-$(instance_program "$name")" </dev/null >/dev/null 2>&1 &
    disown
    # The others serve while one is replaced.
    if [ $replaced = yes ] && [ "$REPLICAS" -gt 1 ]; then process_wait "$name"; fi
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
    payments_check
    local name names
    [ -n "${REPLICAS:-}" ] || replicas_recall
    printf '%s %s %s\n' "$PORTAL_ADMIN_PORT" "$PORTAL_URL" "$REPLICAS" >"$STATE/started_with"
    mapfile -t names < <(instance_names "${PROCESSES[@]}")
    for name in "${names[@]}"; do process_start "$name"; done
}

# Waits until a process says that it is ready; tells what is in the way of one that is not.
process_wait() {
    local deadline=$((SECONDS + 60)) name=$1 answer
    answer=$(mktemp)
    until [ "$(process_admin "$name" /readyz "$answer")" = 200 ]; do
        if [ -z "$(process_pid "$name")" ] && [ -s "$RUN/$name.pid" ] || [ $SECONDS -ge $deadline ]; then
            tail -n 5 "$LOGS/$name.log" >&2
            die "$name is not ready: $(cat "$answer")" "Its last words are above; its log is $LOGS/$name.log"
        fi
        sleep 0.02
    done
    rm -f "$answer"
}

processes_wait() {
    local name names
    mapfile -t names < <(instance_names "${PROCESSES[@]}")
    for name in "${names[@]}"; do process_wait "$name"; done
}

# The gateways first, so that no request loses the services it still needs. Whatever was started, not only what is remembered.
processes_stop() {
    local program file pids
    for program in gateway services; do
        pids=()
        for file in "$RUN"/*.pid; do
            [ -e "$file" ] || continue
            case "$(instance_program "$(basename "$file" .pid)")" in
                gateway) [ $program = gateway ] || continue ;;
                *) [ $program = services ] || continue ;;
            esac
            process_stop "$(basename "$file" .pid)" & pids+=($!)
        done
        wait "${pids[@]}"
    done
}

processes_status() {
    settings_place
    replicas_recall
    if [ -f "$STATE/started_with" ]; then read -r PORTAL_ADMIN_PORT PORTAL_URL _ <"$STATE/started_with"; fi
    local name names pid health up kib total=0 running=0
    mapfile -t names < <(instance_names "${PROCESSES[@]}")
    printf '%-10s %8s  %-10s %12s %10s\n' process pid health uptime memory
    for name in "${names[@]}"; do
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
    if [ "$running" = ${#names[@]} ]; then say "The shop: $PORTAL_URL"; else say "./portal up starts what is stopped."; fi
}

processes_logs() {
    settings_place
    local names=() follow=() argument
    for argument; do
        case "$argument" in
            -f | --follow) follow=(-F) ;;
            gateway | auth | catalog | cart | orders) names+=("$LOGS/$argument"*.log) ;;
            gateway-[2-8] | auth-[2-8] | catalog-[2-8] | cart-[2-8] | orders-[2-8] | postgres) names+=("$LOGS/$argument.log") ;;
            *) die "There is no log of '$argument'." "Logs: ${PROCESSES[*]} postgres; auth-2 for the second replica" ;;
        esac
    done
    if [ ${#names[@]} = 0 ]; then names=("$LOGS"/*.log); fi
    [ -e "${names[0]}" ] || die "There is no log yet." "./portal up starts the shop."
    tail -n 50 "${follow[@]}" "${names[@]}"
}
