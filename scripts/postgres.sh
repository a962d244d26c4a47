# A PostgreSQL server for one run: the one that a variable names, else one of our own in a temporary folder.
#
# Sourced, never run. Who sources it says first, as readonly variables:
#   server_name       the variable that names a server (a postgres:// URL whose account may create databases)
#   server_settings   more lines for postgresql.conf
# has a function `refuse`, calls `start_postgres`, and calls `stop_postgres` however it ends.

readonly oldest_postgres=15

scratch=''  # the folder of our own PostgreSQL, once there is one
account=''  # whom it runs as, when we are root
binaries='' # where initdb and pg_ctl are

# Prints every folder that may hold the server's binaries: PATH first, then the newest of the usual places.
binary_folders() {
    local found
    if found=$(command -v initdb); then dirname "$(readlink -f "$found")"; fi
    printf '%s\n' /usr/lib/postgresql/*/bin /usr/libexec/postgresql* /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin |
        sort -rV
}

# Prints the major version of a folder's initdb, or nothing.
major_version() {
    [[ -x $1/initdb && -x $1/pg_ctl ]] || return 0
    "$1/initdb" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/'
}

find_postgres() {
    local folder major
    while read -r folder; do
        major=$(major_version "$folder")
        if [[ -n $major && $major -ge $oldest_postgres ]]; then
            binaries=$folder
            return 0
        fi
    done < <(binary_folders)
    return 1
}

# Installs the server with what the system has; RUNLEVEL keeps Debian from starting it as a service.
install_package() {
    if command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
        apt-get -qq -o DPkg::Lock::Timeout=300 update &&
            apt-get -qq -y -o DPkg::Lock::Timeout=300 --no-install-recommends install postgresql
    elif command -v apk >/dev/null; then
        apk add --quiet postgresql
    elif command -v dnf >/dev/null; then
        dnf install --quiet -y postgresql-server
    else
        echo 'no package tool known here (apt-get, apk, dnf)'
        return 1
    fi
}

install_postgres() {
    [[ $(id -u) -eq 0 ]] || return 1
    echo 'PostgreSQL is not here; installing it'
    local output
    output=$(install_package 2>&1) || { printf '%s\n' "$output" >&2; return 1; }
}

# PostgreSQL refuses to run as root, so root lends it another account.
choose_account() {
    [[ $(id -u) -eq 0 ]] || return 0
    for account in postgres nobody; do
        if id "$account" >/dev/null 2>&1; then return 0; fi
    done
    refuse "PostgreSQL does not run as root and there is no account postgres or nobody; set $server_name instead"
}

# Runs a command as the server's account.
as_server() {
    if [[ -z $account ]]; then
        "$@"
    elif command -v runuser >/dev/null; then
        runuser -u "$account" -- "$@"
    else
        su -s /bin/sh -c "$(printf '%q ' "$@")" "$account"
    fi
}

# Makes the temporary folder in the first place that the server's account can reach.
make_scratch() {
    local parent
    for parent in "${TMPDIR:-/tmp}" /tmp /var/tmp; do
        scratch=$(mktemp -d "$parent/rollcall-postgres.XXXXXX") || continue
        if [[ -n $account ]]; then chown "$account" "$scratch"; fi
        if as_server test -w "$scratch"; then return 0; fi
        rm -rf "$scratch"
    done
    scratch=''
    refuse "no temporary folder can be used by PostgreSQL; set $server_name or TMPDIR"
}

random_word() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# Prints a port of the loopback that nobody answers on, below the range the kernel gives to clients.
free_port() {
    local port
    while true; do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return 0
        fi
    done
}

make_cluster() {
    local password=$1
    printf '%s\n' "$password" >"$scratch/password"
    chmod 0644 "$scratch/password" # the folder itself is closed to everybody else
    as_server "$binaries/initdb" --pgdata="$scratch/data" --username=rollcall --pwfile="$scratch/password" \
        --auth=password --locale=C --encoding=UTF8 --no-sync --no-instructions >"$scratch/initdb.log" 2>&1 ||
        { cat "$scratch/initdb.log" >&2; refuse 'initdb failed'; }
    cat >>"$scratch/data/postgresql.conf" <<'CONF'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 128MB
timezone = 'UTC'
CONF
    printf '%s\n' "$server_settings" >>"$scratch/data/postgresql.conf"
}

# Starts the cluster; another process may take the port between the look and the start, so it looks again.
start_cluster() {
    local password=$1 port _
    for _ in 1 2 3; do
        port=$(free_port)
        if as_server "$binaries/pg_ctl" --pgdata="$scratch/data" --log="$scratch/data/server.log" --wait --timeout=60 \
            --options="-p $port" start >/dev/null 2>&1; then
            export "$server_name=postgres://rollcall:$password@127.0.0.1:$port/postgres"
            return 0
        fi
    done
    tail -n 30 "$scratch/data/server.log" >&2 || true
    refuse 'PostgreSQL did not start'
}

start_postgres() {
    local given=${!server_name:-}
    if [[ -n $given ]]; then
        [[ $given =~ ^postgres(ql)?:// ]] || refuse "$server_name must be a postgres:// URL"
        echo "the server named by $server_name"
        return 0
    fi
    find_postgres || { install_postgres && find_postgres; } ||
        refuse "PostgreSQL $oldest_postgres or newer is not here; install it, or set $server_name to a postgres:// URL"
    choose_account
    make_scratch
    local password
    password=$(random_word)
    # The server's account may not be allowed to stand in the folder we were called from.
    pushd "$scratch" >/dev/null
    make_cluster "$password"
    start_cluster "$password"
    popd >/dev/null
    echo "$("$binaries/initdb" --version), its own server for this run"
}

stop_postgres() {
    [[ -n $scratch ]] || return 0
    cd /
    if [[ -f $scratch/data/postmaster.pid ]]; then
        as_server "$binaries/pg_ctl" --pgdata="$scratch/data" --mode=immediate --wait stop >/dev/null 2>&1 || true
    fi
    rm -rf "$scratch"
}
