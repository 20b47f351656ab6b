#!/bin/sh
# Plans, applies or looks for drift in the stacks of this tree: run.sh plan | apply | drift, from the tree's top. What it
# is told comes from the environment and from files, so that no branch, title or message becomes text of this script.
{ set +x; } 2>/dev/null # a trace would show logins
set -eu
umask 077

crypt=
if grep -qs 'filter=git-crypt' .gitattributes; then crypt=git-crypt; fi
missing=
for tool in curl git node npm terraform terragrunt sops kubectl vault $crypt; do
  command -v "$tool" >/dev/null || missing="$missing $tool"
done
if [ -n "$missing" ]; then
  echo "image: lacks programs, got none of:$missing; add them to the image's Dockerfile and build it" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
account=${SERVICE_ACCOUNT:-/var/run/secrets/kubernetes.io/serviceaccount}

# Who this pipeline is: in Vault, where the tree's wrapper looks for it, and in the cluster, where the top of the tree
# says that the kubeconfig lies.
vault write -field=token "auth/$VAULT_MOUNT/login" role="$VAULT_ROLE" jwt=@"$account/token" >"$HOME/.vault-token"
trap 'vault token revoke -self >/dev/null 2>&1 || :; rm -rf "$work"' EXIT
if [ ! -e config ]; then
  {
    kubectl config set-cluster cluster --kubeconfig=config --server="https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT" \
      --certificate-authority="$account/ca.crt"
    kubectl config set users.pipeline.tokenFile "$account/token" --kubeconfig=config
    kubectl config set-context pipeline --kubeconfig=config --cluster=cluster --user=pipeline
    kubectl config use-context pipeline --kubeconfig=config
  } >/dev/null
fi
KUBECONFIG=$PWD/config
export KUBECONFIG

# Files of the tree that only its pipelines can read.
if [ -n "$crypt" ]; then
  kubectl --namespace="$CI_NAMESPACE" get configmap git-crypt-key \
    -o go-template='{{range .binaryData}}{{.}}{{end}}{{range .data}}{{.}}{{end}}' | base64 -d >"$work/key"
  git-crypt unlock "$work/key"
fi

git clone --quiet --depth=1 "$PROJECT" "$work/project"
npm clean-install --prefix="$work/project" --no-audit --no-fund --loglevel=error
registry() { "$work/project/registry" "$@"; }

comment() { # <file>: to the pull request that this pipeline belongs to, where there is one and a token for it
  [ -n "${CI_COMMIT_PULL_REQUEST:-}" ] || return 0
  token=$(vault kv get -mount=secret -field=forgejo_repo_token "$SECRETS" 2>/dev/null) || return 0
  node -e 'const text = require("fs").readFileSync(0, "utf8").slice(0, 60000).replaceAll("~~~~", "~~ ~~"); console.log(JSON.stringify({ body: "~~~~\n" + text + "\n~~~~" }))' \
    <"$1" >"$work/comment.json"
  printf 'header = "authorization: token %s"\n' "$token" >"$work/login"
  curl -fsS --max-time 30 --config "$work/login" -H 'content-type: application/json' --data-binary @"$work/comment.json" \
    -o /dev/null "$FORGE/api/v1/repos/$CI_REPO/issues/$CI_COMMIT_PULL_REQUEST/comments" ||
    echo 'comment: could not be written; the plan stands above' >&2
}

case ${1:-} in
  drift)
    registry stacks drift --tree . --pushgateway "$PUSHGATEWAY"
    ;;
  plan | apply)
    registry preflight --woodpecker "$WOODPECKER"
    code=0
    registry stacks plan --tree . --plans "$work/plans" >"$work/plan.txt" || code=$?
    cat "$work/plan.txt"
    comment "$work/plan.txt"
    # 2: there is something to apply, or to look at. The apply says which, and does the others all the same.
    if [ "$1" = apply ] && [ -e "$work/plans/plans.json" ]; then
      registry stacks apply --tree . --plans "$work/plans" --pushgateway "$PUSHGATEWAY"
    elif [ "$1" = apply ] || [ "$code" -ne 2 ]; then
      exit "$code"
    fi
    ;;
  *)
    echo 'run.sh: no such work; write plan, apply or drift' >&2
    exit 3
    ;;
esac
