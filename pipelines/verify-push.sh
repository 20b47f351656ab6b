#!/bin/sh
# Reads what was pushed back from one registry, every byte of it, and compares it with what its digest says; then with
# what an earlier call found in another registry. The tag is the commit's first eight characters.
# verify-push.sh <registry, as a URL> <repository> [<what changes the login for a token, as a URL with its service>];
# USERNAME and PASSWORD are the login, PUSHGATEWAY is told.
{ set +x; } 2>/dev/null # a trace would show logins
set -eu
umask 077
registry=$1
repository=$2
token_service=${3:-}
sha=${CI_COMMIT_SHA:-}
case $sha in
*[!0-9a-f]*) sha= ;;
esac
tag=$(printf %.8s "$sha")
[ ${#tag} -eq 8 ] || {
  echo "CI_COMMIT_SHA: is no commit; let Woodpecker run this step" >&2
  exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
login=$(printf '%s:%s' "$USERNAME" "$PASSWORD" | base64 | tr -d '\n')
printf 'header = "Authorization: Basic %s"\n' "$login" >"$work/login"
cp "$work/login" "$work/password"

log_in() { # anew for each request: a token ends while a large layer is read
  [ -n "$token_service" ] || return 0
  rm -f "$work/answer"
  (ulimit -f 2048 && curl --silent --show-error --fail --connect-timeout 10 --max-time 30 --config "$work/password" \
    "$token_service&scope=repository:$repository:pull" --output "$work/answer") || :
  jq -er '.token // .access_token | strings | select(test("^[A-Za-z0-9._~+/=-]+$")) | "header = \"Authorization: Bearer \(.)\""' \
    "$work/answer" >"$work/login" || fault "$token_service gives no token for this login"
}

get() { # <path below the repository> <argument of curl>…; an answer that is not whole is an error
  path=$1
  shift
  log_in
  curl --silent --show-error --fail --location --max-redirs 3 --connect-timeout 10 --max-time 900 \
    --config "$work/login" "$@" "$registry/v2/$repository/$path"
}

fault() {
  echo "$registry/$repository:$tag: $1" >&2
  exit 1
}

get_manifest() { # <reference>: into "$work/manifest"
  # In blocks of 512 bytes: 10 MiB, which no registry takes as a manifest; curl alone has no bound for what says no length.
  (ulimit -f 20480 && get "manifests/$1" --output "$work/manifest" \
    --header 'Accept: application/vnd.oci.image.index.v1+json' \
    --header 'Accept: application/vnd.oci.image.manifest.v1+json' \
    --header 'Accept: application/vnd.docker.distribution.manifest.list.v2+json' \
    --header 'Accept: application/vnd.docker.distribution.manifest.v2+json') || fault "manifest $1 cannot be read"
}

digest_of() { # standard input
  printf 'sha256:%s' "$(sha256sum | cut -d ' ' -f 1)"
}

digests() { # <in "$work/manifest", as jq's path>: of each the digest; where there is none, or one without, an error
  jq -enr "input | $1 | .digest | if test(\"^sha256:[0-9a-f]{64}\$\") then . else error(\"got digest \\(.)\") end" "$work/manifest"
}

verify_blobs() { # of "$work/manifest"
  digests '(.config, .layers[])' >"$work/blobs" || fault "manifest names no config and layers"
  while IFS= read -r blob; do
    read_back=$(get "blobs/$blob" </dev/null | digest_of)
    [ "$read_back" = "$blob" ] || fault "blob $blob is damaged or missing, got $read_back"
  done <"$work/blobs"
}

get_manifest "$tag"
digest=$(digest_of <"$work/manifest")
if jq -e 'has("manifests")' "$work/manifest" >/dev/null; then
  digests '.manifests[]' >"$work/children" || fault "index names no manifests"
  while IFS= read -r child; do
    get_manifest "$child" </dev/null
    [ "$(digest_of <"$work/manifest")" = "$child" ] || fault "manifest $child is damaged"
    verify_blobs
  done <"$work/children"
else
  verify_blobs
fi

# Steps share the workspace: every registry holds the very same image, or the build failed.
before=".pushed-$tag"
if [ -e "$before" ] && [ "$(cat "$before")" != "$digest" ]; then
  fault "digest differs from the other registry's, got $digest instead of $(cat "$before")"
fi
printf '%s' "$digest" >"$before"
echo "$registry/$repository:$tag is whole: $digest"

printf '# TYPE image_push_verified_timestamp_seconds gauge\nimage_push_verified_timestamp_seconds %s\n' "$(date +%s)" |
  curl --silent --show-error --fail --max-time 10 --data-binary @- \
    "$PUSHGATEWAY/metrics/job/image-build/repository@base64/$(printf %s "$repository" | base64 | tr -d '\n' | tr '+/' '-_')/registry/${registry#*://}" ||
  echo "the Pushgateway was not told" >&2
