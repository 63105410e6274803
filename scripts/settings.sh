# shellcheck shell=bash
# Settings, places and words that the other parts of ./portal share. Sourced, never run.

PORTAL_HOST=${PORTAL_HOST:-127.0.0.1}
PORTAL_PORT=${PORTAL_PORT:-8080}
PORTAL_URL=${PORTAL_URL:-http://localhost:$PORTAL_PORT}
PORTAL_ADMIN_PORT=${PORTAL_ADMIN_PORT:-9100}
PORTAL_BUILD=$(cd "$CALLED_FROM" && realpath -m "${PORTAL_BUILD:-$ROOT/build}")
PORTAL_USER=${PORTAL_USER:-portal}
PORTAL_COUNTRY=${PORTAL_COUNTRY:-KE}
PORTAL_DEMO=${PORTAL_DEMO:-yes}

SERVICES=(auth catalog cart orders)
PROCESSES=("${SERVICES[@]}" gateway)
REPLICAS_MAX=8

say() { printf '%s\n' "$*"; }
step() { printf '\033[1m%s\033[0m\n' "$*"; }

# die WHAT [WHAT TO DO...]
die() {
    printf 'portal: %s\n' "$1" >&2
    shift
    if [ $# -gt 0 ]; then printf '  %s\n' "$@" >&2; fi
    exit 1
}

is_root() { [ "$(id -u)" = 0 ]; }

# Runs a command as the unprivileged user when root started us, else as we are.
AS_USER=()
if is_root; then AS_USER=(setpriv "--reuid=$PORTAL_USER" "--regid=$PORTAL_USER" --clear-groups --); fi
as_user() { "${AS_USER[@]}" "$@"; }

ensure_user() {
    is_root || return 0
    id -u "$PORTAL_USER" >/dev/null 2>&1 && return 0
    say "Making the unprivileged user '$PORTAL_USER' that the processes run as."
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$PORTAL_USER" ||
        die "The user '$PORTAL_USER' could not be made." "Make it yourself, or name another one with PORTAL_USER."
}

checkout_id() { printf '%s' "$ROOT" | sha256sum | cut -c1-12; }

# STATE: everything that is not source or build. In the checkout, unless the unprivileged user cannot reach it there
# (a checkout below /root, say); sockets stand elsewhere when their path would be too long for the kernel (107 bytes).
settings_place() {
    STATE=${PORTAL_STATE:-$ROOT/var}
    if is_root && [ -z "${PORTAL_STATE:-}" ] && ! as_user test -x "$ROOT"; then
        STATE=/var/lib/portal-$(checkout_id)
    fi
    STATE=$(cd "$CALLED_FROM" && realpath -m "$STATE")
    BIN=$STATE/bin
    LOGS=$STATE/log
    SECRETS=$STATE/secrets
    MEDIA=$STATE/media
    PGDATA=$STATE/pg
    RUN=$STATE/run
    if [ ${#RUN} -gt 80 ]; then RUN=/tmp/portal-$(printf '%s' "$STATE" | sha256sum | cut -c1-12); fi
}

# What the processes write is theirs; the state folder and the programs in it are not.
make_state() {
    ensure_user
    settings_place
    local folder
    for folder in "$LOGS" "$SECRETS" "$MEDIA" "$RUN" "$PGDATA"; do
        mkdir -p "$folder"
        if is_root; then chown "$PORTAL_USER:$PORTAL_USER" "$folder"; fi
    done
    chmod 700 "$SECRETS" "$RUN" "$PGDATA"
    as_user test -O "$RUN" || die "$RUN belongs to somebody else." "Name another place with PORTAL_STATE."
}

# secret NAME BYTES: makes the file of that name with random hexadecimal digits once, and prints its path.
secret() {
    local file=$SECRETS/$1
    if [ ! -s "$file" ]; then
        (umask 077 && od -An -tx1 -N"$2" /dev/urandom | tr -d ' \n' >"$file.new")
        if is_root; then chown "$PORTAL_USER:$PORTAL_USER" "$file.new"; fi
        mv "$file.new" "$file"
    fi
    printf '%s' "$file"
}

seconds_since() { awk -v a="$1" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }'; }
