#!/bin/sh
# Saves the images that the cluster is repaired with while no registry serves, each as an archive that `ctr images import`
# and `docker load` read: here and, where there is one, on another machine. Nothing takes the place of an archive but one
# that was read back whole. What, from where and to where says break-glass.conf beside it.
set -eu
umask 077
# shellcheck source=/dev/null
. "$(dirname "$0")/break-glass.conf"
: "${folder:?}" "${keep:?}" "${second_copy?}" "${pushgateway:?}" "${images?}"
export CONTAINERD_NAMESPACE=break-glass
elsewhere=/run/break-glass

fault() {
  echo "break-glass: $1" >&2
  exit 1
}

fetch() { # <reference> [<registry, as a URL> <file with user:password>]: into containerd, which checks every digest
  if [ -n "$2" ]; then
    mkdir -p "$work/${1%%/*}"
    login="authorization = \"Basic $(tr -d '\r\n' <"$3" | base64 -w 0)\""
    printf 'server = "%s"\n[header]\n%s\n[host."%s"]\ncapabilities = ["pull", "resolve"]\n[host."%s".header]\n%s\n' \
      "$2" "$login" "$2" "$2" "$login" >"$work/${1%%/*}/hosts.toml"
  fi
  timeout --kill-after=10 3600 ctr content fetch --hosts-dir "$work" --platform linux/amd64 "$1" >/dev/null </dev/null ||
    fault "$1: cannot be fetched; what was saved before stays"
  digest=$(ctr images ls "name==$1" | awk 'NR == 2 { print $3 }')
  case $digest in sha256:*) ;; *) fault "$1: has no digest, got \"$digest\"" ;; esac
}

export_image() { # <reference> <archive>: also under a tag that no node pulls afresh, as each does with "latest"
  spare=${1%:*}:break-glass
  ctr images tag --force "$1" "$spare" >/dev/null
  # shellcheck disable=SC2016
  if ! { ctr images export --platform linux/amd64 "$2" "$1" "$spare" &&
    tar -xf "$2" --wildcards 'blobs/sha256/?*' --to-command='[ "$(sha256sum | cut -c 1-64)" = "${TAR_FILENAME##*/}" ]' &&
    tar -xOf "$2" index.json | grep -qF "\"$digest\""; }; then
    rm -f "$2"
    # What containerd holds may be what is damaged.
    ctr images rm --sync "$1" "$spare" >/dev/null
    fault "$1: cannot be saved whole as $2; look at the room there, and what was saved before stays"
  fi
}

is_whole() { # <folder> <archive>: as the disk has it, not the memory
  [ -f "$1/$2" ] && [ -f "$1/$2.sha256" ] || return 1
  dd if="$1/$2" iflag=nocache count=0 status=none
  (cd "$1" && sha256sum --check --status "$2.sha256")
}

settle() { # <folder> <archive> <its SHA-256>: what was written as ".partial" becomes the newest there
  printf '%s  %s\n' "$3" .partial >"$1/.partial.sha256"
  sync "$1/.partial"
  is_whole "$1" .partial || fault "$1/$2: was not written whole; what was saved before stays"
  rm -f "$1/$2.sha256"
  mv -fT "$1/.partial" "$1/$2"
  printf '%s  %s\n' "$3" "$2" >"$1/.partial.sha256"
  mv -fT "$1/.partial.sha256" "$1/$2.sha256"
}

newest() { # <folder> <archive> <copy>: it was read back just now
  touch "$1/$2"
  ln -sfn "$2" "$1/.latest"
  mv -fT "$1/.latest" "$1/latest.tar"
  sync "$1"
  find "$1" -maxdepth 1 -type f -regextype posix-extended -regex '.*/[0-9a-f]{12}\.tar' -printf '%T@ %f\n' |
    sort -rn | tail -n +"$((keep + 1))" | while read -r _ old; do
    [ "$old" = "$2" ] || rm -f "$1/$old" "$1/$old.sha256" # the clock may have gone back since the others were written
  done
  printf '# TYPE break_glass_verified_timestamp_seconds gauge\nbreak_glass_verified_timestamp_seconds %s\n' "$(date +%s)" |
    curl --silent --show-error --fail --max-time 30 --data-binary @- \
      "$pushgateway/metrics/job/break-glass/image@base64/$(printf %s "$name" | base64 -w 0 | tr '+/' '-_')/copy/$3" ||
    echo "break-glass: the Pushgateway was not told of $1/$2" >&2
  echo "$1/$2 is whole: $digest"
}

save() { # <name> <reference> <registry> <login>
  name=$1
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  here="$folder/$name"
  mkdir -p "$here"
  rm -f "$here/.partial"*
  fetch "$2" "$3" "$4"
  hex=${digest#sha256:}
  archive=$(printf %.12s "$hex").tar
  if ! is_whole "$here" "$archive"; then
    export_image "$2" "$here/.partial"
    settle "$here" "$archive" "$(sha256sum <"$here/.partial" | cut -d ' ' -f 1)"
  fi
  newest "$here" "$archive" vm
  [ -n "$second_copy" ] || return 0
  mountpoint -q "$elsewhere" || fault "$name: $second_copy is away, so it has no new copy"
  there="$elsewhere/$name"
  mkdir -p "$there"
  rm -f "$there/.partial"*
  if ! is_whole "$there" "$archive" || ! cmp -s "$here/$archive.sha256" "$there/$archive.sha256"; then
    cp "$here/$archive" "$there/.partial"
    settle "$there" "$archive" "$(cut -d ' ' -f 1 "$here/$archive.sha256")"
  fi
  newest "$there" "$archive" "$second_copy"
}

case ${1:-} in
'')
  mkdir -p "$folder"
  exec 9>"$folder/.lock"
  flock -n 9 || fault 'another run goes on'
  # What is mounted goes with the processes, however they end.
  exec unshare --mount -- "$0" every
  ;;
every)
  mkdir -p "$elsewhere"
  [ -z "$second_copy" ] || mount_second_copy "$elsewhere" || echo "break-glass: $second_copy cannot be mounted" >&2
  status=0
  while read -r name reference registry login; do
    [ -z "$name" ] || "$0" save "$name" "$reference" "$registry" "$login" </dev/null || status=1
  done <<-ROWS
	$images
	ROWS
  exit "$status"
  ;;
save)
  shift
  save "$@"
  ;;
*) fault 'takes no arguments' ;;
esac
