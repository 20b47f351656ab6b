#!/bin/sh
# A build on GitHub Actions. build-image.sh login <registry>: with USERNAME and PASSWORD.
# build-image.sh push <host/repository>…: one image under the commit's tag in each, read back.
# build-image.sh deploy <Woodpecker, as a URL> <repository id>: starts its deploy of this commit, with TOKEN.
# What people name (branch, title, message) is in no expression of the workflow: the runner's variables are judged here.
{ set +x; } 2>/dev/null # a trace would show logins
set -eu
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fault() {
  echo "$1" >&2
  exit 1
}

commit=${GITHUB_SHA:-}
case $commit in
*[!0-9a-f]*) commit= ;;
esac
[ ${#commit} -ge 40 ] || fault 'GITHUB_SHA: is no whole commit; let GitHub Actions run this step'
tag=$(printf %.8s "$commit")

push() {
  # The engine's own builder pushes tag by tag, and may make a manifest of its own for each.
  docker buildx create --driver docker-container --use >/dev/null
  printf '%s\n' "$@" >"$work/repositories"
  set --
  while IFS= read -r each; do set -- "$@" --tag "$each:$tag"; done <"$work/repositories"
  docker buildx build --platform linux/amd64 --provenance=false --push --metadata-file "$work/built" "$@" .
  digest=$(jq -er '."containerimage.digest"' "$work/built") || fault 'build: says no digest of what it pushed'
  while IFS= read -r each; do
    docker buildx imagetools inspect --raw "$each:$tag" >"$work/manifest" </dev/null || fault "$each:$tag: cannot be read back"
    found=sha256:$(sha256sum <"$work/manifest" | cut -d ' ' -f 1)
    [ "$found" = "$digest" ] || fault "$each:$tag: is not what was pushed, got $found instead of $digest"
    echo "$each:$tag holds $digest"
  done <"$work/repositories"
}

deploy() { # <URL> <id>
  case ${TOKEN:-} in
  *[!a-zA-Z0-9._-]* | '') fault "TOKEN: is empty or no token; set the repository's secret" ;;
  esac
  case ${GITHUB_REF_NAME:-} in
  *[!a-zA-Z0-9._/-]* | '') fault 'GITHUB_REF_NAME: is not the branch of a deploy' ;;
  esac
  printf 'header = "Authorization: Bearer %s"\n' "$TOKEN" >"$work/login"
  printf '{"branch":"%s","variables":{"DEPLOY":"true","DEPLOY_COMMIT":"%s"}}' "$GITHUB_REF_NAME" "$commit" >"$work/body"
  # Blocks of 512 bytes: a server that goes on and on ends the call.
  ulimit -f 2048
  status=$(curl --silent --show-error --connect-timeout 10 --max-time 60 --retry 2 --retry-delay 5 \
    --config "$work/login" --header 'content-type: application/json' --data-binary @"$work/body" --output "$work/answer" \
    --write-out '%{http_code}' "$1/api/repos/$2/pipelines") || fault "$1: gives no whole answer"
  case $status in
  200) ;;
  204) fault "$1: starts nothing for repository $2; commit .woodpecker/deploy.yml to this branch" ;;
  401 | 403) fault "$1: refuses TOKEN for repository $2, got $status; give it a token with push rights" ;;
  404) fault "$1: has no repository $2, or the token may not see it; look its id up in Woodpecker" ;;
  *) fault "$1: starts no deploy of repository $2, got $status" ;;
  esac
  number=$(jq -er '.number | numbers' "$work/answer") || fault "$1: is no Woodpecker: its answer has no number"
  echo "deploy of $tag: $1/repos/$2/pipeline/$number"
}

case ${1:-} in
login) printf %s "$PASSWORD" | docker login --username "$USERNAME" --password-stdin "$2" ;;
push)
  shift
  push "$@"
  ;;
deploy) deploy "$2" "$3" ;;
*) fault 'build-image.sh: no such work; write login, push or deploy' ;;
esac
