#!/bin/sh
# Brings a machine to what the folder of this script holds: machine.sh says what that is, files/ and the secrets of the
# environment are what its files hold. A rollout from a workstation (./registry nodes) runs the same scripts on the
# machine, takes the same lock and leaves the same marks, so that either finishes what the other began.
{ set +x; } 2>/dev/null # a trace would show logins
set -eu
umask 077
here=$(dirname "$0")

# Sets `login`, `ssh_key` and `known_hosts`, and defines the five lists: directories, files, steps, absent, checks.
# shellcheck source=/dev/null
. "$here/machine.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2154
printf '%s\n' "$ssh_key" >"$work/key"
# shellcheck disable=SC2154
printf '%s\n' "$known_hosts" >"$work/known_hosts"

add_quoted() { # <word>: to `line`, as a shell reads it back
  rest=$1
  line="$line '"
  while [ "$rest" != "${rest#*\'}" ]; do
    line="$line${rest%%\'*}'\\''"
    rest=${rest#*\'}
  done
  line="$line$rest'"
}

as_root() { # <script> <argument>…: runs it on the machine, with this function's input
  line='sudo -n sh -c'
  add_quoted "$1"
  line="$line rollout"
  shift
  for argument; do add_quoted "$argument"; done
  # shellcheck disable=SC2154
  ssh -T -i "$work/key" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes \
    -o ConnectTimeout=10 -o ServerAliveInterval=15 -o ServerAliveCountMax=4 \
    -o UserKnownHostsFile="$work/known_hosts" "$login" "$line"
}

run() { # <name> <argument>…: one of the machine's own scripts
  script=$(cat "$here/machine-scripts/$1.sh")
  shift
  as_root "$script" "$@"
}

hold_lock() { # until this script ends, however it ends
  mkfifo "$work/hold" "$work/locked"
  run lock <"$work/hold" >"$work/locked" &
  exec 9>"$work/hold"
  IFS= read -r _ <"$work/locked" || exit 1
}

observe() { # what the machine holds, one line for each thing, into "$work/seen"
  entry() { printf '%s:%s\n' "$kind" "$1"; }
  {
    kind=directory
    directories entry
    kind="file"
    files entry
    kind=absent
    absent entry
  } >"$work/entries"
  set --
  while IFS= read -r each; do set -- "$@" "$each"; done <"$work/entries"
  run observe "$@" </dev/null >"$work/seen"
  [ "$(tail -n 1 "$work/seen")" = end ] || {
    echo "the machine's answer is not whole" >&2
    exit 1
  }
}

is_seen() { # <line>
  printf '%s\n' "$1" >"$work/line"
  grep -qxFf "$work/line" "$work/seen"
}

is_held() { # <path> <mode>: the machine holds "$work/file" there
  is_seen "file $1 ${2#0} 0:0 $(base64 -w0 "$work/file")"
}

make() { # <path>
  if is_seen "directory $1"; then return; fi
  run make-directory "$1" </dev/null
  echo "made $1"
}

put() { # <path> <mode> <mark>, with its content as input
  cat >"$work/file"
  if is_held "$1" "$2"; then return; fi
  { sha256sum <"$work/file" | cut -d ' ' -f 1 && cat "$work/file"; } | run write "$1" "$2" "$3"
  echo "wrote $1"
}

verify() { # <path> <mode> <mark>, with its content as input
  cat >"$work/file"
  is_held "$1" "$2" || {
    echo "$1: the machine does not hold what the tree holds" >&2
    exit 1
  }
}

need() { # <mark> <command>
  if ! is_seen "pending $1"; then return; fi
  echo "+ $2"
  as_root "$2" </dev/null
  printf '%s\n' "$1" >>"$work/done"
}

drop() { # <path>
  if ! is_seen "absent $1"; then return; fi
  run remove "$1" </dev/null
  echo "removed $1"
}

hold_lock
observe
directories make
files put
observe
: >"$work/done"
steps need
sort -u "$work/done" >"$work/marks"
while IFS= read -r mark; do run clear "$mark" </dev/null; done <"$work/marks"
absent drop

observe
files verify
check() { run "$@" </dev/null; }
checks check
run clear verify </dev/null
