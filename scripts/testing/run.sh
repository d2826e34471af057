# Runs tests against dist/pg_backrest, for scripts/test and scripts/soak. Needs $root and $deno.
# shellcheck shell=sh disable=SC2154

# Gives the tests a folder of their own for all they make, runs those that are named (all without names), and looks for what
# they left behind. Other users must be able to read the executable in it: as root PostgreSQL runs as user postgres, who may
# not even see the folder this project stands in.
run_tests() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/pgbr.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
  chmod 755 "$work"
  mkdir -m 1777 "$work/t" "$work/templates"
  cp "$root/dist/pg_backrest" "$work/pg_backrest"
  chmod 755 "$work/pg_backrest"

  # Much of a test is waiting, for a second to pass or a server to start: so more of them run at once than there are cores.
  status=0
  TMPDIR=$work/t PG_BACKREST_EXECUTABLE=$work/pg_backrest POSTGRES_TEMPLATES=$work/templates DENO_JOBS=${DENO_JOBS:-$(($(nproc) * 3))} \
    "$deno" test -P --parallel --no-check --frozen "$@" || status=1

  left=$(find "$work/t" -mindepth 1 -maxdepth 1)
  [ -z "$left" ] || { printf '\nThe tests left files behind:\n%s\n' "$left"; status=1; }
  running=$(grep -lsaF "$work/" /proc/[0-9]*/cmdline || true)
  for found in $running; do
    process=${found%/cmdline}
    printf '\nThe tests left process %s behind: %s\n' "${process#/proc/}" "$(tr '\0' ' ' <"$found" || true)"
    kill -KILL "${process#/proc/}" || true
    status=1
  done
  rm -rf "$work"
  trap - EXIT HUP INT TERM
  return $status
}
