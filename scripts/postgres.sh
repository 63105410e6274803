# shellcheck shell=bash
# A private PostgreSQL cluster: own data folder, Unix socket only, one schema and one login role per service. Sourced, never run.

postgres_bin() {
    local folder
    folder=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
    # A cluster stays with the server version that made it.
    if [ -s "$PGDATA/PG_VERSION" ]; then folder=/usr/lib/postgresql/$(cat "$PGDATA/PG_VERSION")/bin; fi
    [ -x "$folder/postgres" ] || die "The PostgreSQL server ($folder) is not installed." "apt-get install postgresql"
    printf '%s' "$folder"
}

postgres_is_running() { as_user "$(postgres_bin)/pg_ctl" -D "$PGDATA" status >/dev/null 2>&1; }

postgres_create() {
    [ -s "$PGDATA/PG_VERSION" ] && return 0
    step "Making a private PostgreSQL cluster in $PGDATA"
    local log=$LOGS/initdb.log
    as_user "$(postgres_bin)/initdb" -D "$PGDATA" -U portal_admin --pwfile="$(secret postgres_admin 24)" -k --locale=C.UTF-8 -E UTF8 \
        --auth-local=scram-sha-256 --auth-host=scram-sha-256 >"$log" 2>&1 || { cat "$log" >&2; die "initdb failed; its words are above."; }
    # Terse: the DETAIL of an error or of a slow statement holds values, and those are people's addresses and numbers.
    as_user tee -a "$PGDATA/postgresql.conf" >/dev/null <<CONF

# Set by ./portal: nobody but this shop reaches the cluster.
listen_addresses = ''
unix_socket_directories = '$RUN'
unix_socket_permissions = 0700
max_connections = 320      # eight replicas of every service need 220
shared_buffers = 128MB
password_encryption = scram-sha-256
log_min_duration_statement = 500ms
log_error_verbosity = terse
logging_collector = off
CONF
}

# postgres_start [SERVER-OPTIONS]
postgres_start() {
    postgres_is_running && return 0
    local log=$LOGS/postgres.log
    as_user "$(postgres_bin)/pg_ctl" -D "$PGDATA" -l "$log" -w -t 60 -o "-k '$RUN' ${1:-}" start >/dev/null 2>&1 || {
        tail -n 10 "$log" >&2
        die "PostgreSQL did not start; its last words are above." "The log is $log."
    }
}

postgres_stop() {
    [ -s "$PGDATA/PG_VERSION" ] && postgres_is_running || return 0
    as_user "$(postgres_bin)/pg_ctl" -D "$PGDATA" -m fast -w stop >/dev/null || die "PostgreSQL did not stop." "Its log: $LOGS/postgres.log"
}

# postgres_url ROLE SECRET-NAME
postgres_url() { printf 'postgresql://%s:%s@/portal?host=%s' "$1" "$(cat "$(secret "$2" 24)")" "$RUN"; }

# postgres_run ROLE SECRET-NAME DATABASE PSQL-OPTION...: the password goes by the environment, which other users cannot read.
postgres_run() {
    PGPASSWORD=$(cat "$(secret "$2" 24)") as_user "$(postgres_bin)/psql" -h "$RUN" -U "$1" -d "$3" "${@:4}"
}

postgres_admin() { postgres_run portal_admin postgres_admin "$1" -X -q -v ON_ERROR_STOP=1 "${@:2}"; }

# Database, extensions, and for each service a schema that only its own role can enter. Harmless to repeat.
postgres_bootstrap() {
    local done_file=$STATE/bootstrapped digest service
    digest=$(sha256sum <"$ROOT/scripts/postgres.sh")
    [ "$(cat "$done_file" 2>/dev/null)" = "$digest" ] && return 0
    [ -n "$(postgres_admin postgres -At -c "SELECT 1 FROM pg_database WHERE datname = 'portal'")" ] ||
        postgres_admin postgres -c "CREATE DATABASE portal"
    postgres_admin portal >/dev/null <<'SQL'
SET client_min_messages = warning;
REVOKE ALL ON DATABASE portal FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS extensions;
GRANT USAGE ON SCHEMA extensions TO PUBLIC;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA extensions;
SQL
    for service in "${SERVICES[@]}"; do postgres_role "$service"; done
    printf '%s\n' "$digest" >"$done_file"
}

postgres_role() {
    local service=$1 password
    password=$(cat "$(secret "postgres_$service" 24)")
    postgres_admin portal >/dev/null <<SQL
SET client_min_messages = warning;
DO \$\$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_$service') THEN
        CREATE ROLE portal_$service LOGIN NOINHERIT;
    END IF;
END \$\$;
ALTER ROLE portal_$service PASSWORD '$password';
CREATE SCHEMA IF NOT EXISTS $service AUTHORIZATION portal_$service;
GRANT CONNECT, TEMPORARY ON DATABASE portal TO portal_$service;
ALTER ROLE portal_$service IN DATABASE portal SET search_path = $service, extensions;
SQL
    local file=$SECRETS/url_$service
    (umask 077 && postgres_url "portal_$service" "postgres_$service" >"$file")
    if is_root; then chown "$PORTAL_USER:$PORTAL_USER" "$file"; fi
}

postgres_psql() {
    settings_place
    postgres_is_running || die "The database is not running." "./portal up starts it."
    local role=portal_admin name=postgres_admin service
    if [ $# -gt 0 ] && [[ $1 != -* ]]; then
        service=$1
        shift
        [[ " ${SERVICES[*]} " == *" $service "* ]] || die "There is no service '$service'." "Services: ${SERVICES[*]}"
        role=portal_$service name=postgres_$service
    fi
    postgres_run "$role" "$name" portal "$@"
}
