#!/bin/sh
# deploy.sh set <namespace>/<Deployment>/<container>[,<container>]=<image>…: gives these containers the image of the commit
# that was built, and waits until it runs. deploy.sh say: tells Slack how that went.
# What people name (branch, title, message, variables of a start by hand) is read as data, and judged before it is used.
{ set +x; } 2>/dev/null # a trace would show logins
set -eu
umask 077
work=$(mktemp -d)
HOME=$work
export HOME
lease=
end() {
  [ -z "$lease" ] || vault POST auth/token/revoke-self </dev/null >/dev/null 2>&1 || :
  rm -rf "$work"
}
trap end EXIT

fault() {
  echo "$1" >&2
  exit 1
}

# What is deployed is what was built, not what the branch has become meanwhile.
commit=${DEPLOY_COMMIT:-${CI_COMMIT_SHA:-}}
case $commit in
*[!0-9a-f]*) commit= ;;
esac
tag=$(printf %.8s "$commit")

say() { # never the reason of a red pipeline: what was deployed is deployed
  case ${SLACK_WEBHOOK:-} in
  *[!a-zA-Z0-9:/._-]*) webhook= ;; # it is written into curl's options
  http://* | https://*) webhook=$SLACK_WEBHOOK ;;
  *) webhook= ;;
  esac
  [ -n "$webhook" ] || { echo 'slack: is told nothing; the secret holds no address of a webhook' >&2 && return; }
  plain() { printf %.200s "$1" | tr -cd 'a-zA-Z0-9:/._ -'; }
  printf '{"text":"%s: deploy of %s at %s, %s"}' "$(plain "${CI_PIPELINE_STATUS:-unknown}")" \
    "$(plain "${CI_REPO:-a repository}")" "${tag:-no commit}" "$(plain "${CI_PIPELINE_URL:-}")" >"$work/message"
  printf 'url = "%s"\n' "$webhook" >"$work/webhook"
  curl --silent --show-error --fail --max-time 20 --max-filesize 65536 --config "$work/webhook" --output /dev/null \
    --header 'content-type: application/json' --data-binary @"$work/message" ||
    echo 'slack: was not told' >&2
}

vault() { # <method> <path>, with JSON as input; its answer is printed
  curl --silent --show-error --fail --connect-timeout 10 --max-time 30 --config "$work/vault-token" \
    --request "$1" --header 'content-type: application/json' --header 'x-vault-request: true' --data-binary @- "$VAULT_ADDR/v1/$2" |
    head -c 1048576 # --max-filesize does nothing for an answer without a length (curl before 8.4)
}

field() { # <name>, of JSON as input: a text without quotes, as tokens are
  sed -n "s/.*\"$1\" *: *\"\\([A-Za-z0-9._-]*\\)\".*/\\1/p" | head -n 1
}

log_in() {
  account=/var/run/secrets/kubernetes.io/serviceaccount
  [ -z "${SERVICE_ACCOUNT:-}" ] || account=$SERVICE_ACCOUNT
  : >"$work/vault-token"
  lease=$(printf '{"role":"%s","jwt":"%s"}' "$VAULT_ROLE" "$(cat "$account/token")" |
    vault POST "auth/$VAULT_MOUNT/login" | field client_token)
  [ -n "$lease" ] || fault "vault: gives no token for role $VAULT_ROLE; apply the stack that binds it to this ServiceAccount"
  printf 'header = "Authorization: Bearer %s"\n' "$lease" >"$work/vault-token"
}

enter() { # <target>: reads its parts; kubectl acts in its namespace as an account that Vault made for it alone
  names=${1%%=*}
  namespace=${names%%/*}
  containers=${names#*/}
  deployment=deployment/${containers%%/*}
  export KUBECONFIG="$work/kubeconfig-$namespace"
  [ ! -e "$KUBECONFIG" ] || return 0
  printf '{"kubernetes_namespace":"%s"}' "$namespace" | vault POST "$CREDENTIALS" | field service_account_token >"$work/token-$namespace"
  [ -s "$work/token-$namespace" ] || fault "vault: makes no account for namespace $namespace, of $CREDENTIALS"
  {
    kubectl config set-cluster cluster --server="https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT" \
      --certificate-authority="$account/ca.crt"
    kubectl config set users.deployer.tokenFile "$work/token-$namespace"
    kubectl config set-context deployer --cluster=cluster --user=deployer --namespace="$namespace"
    kubectl config use-context deployer
  } >/dev/null
}

set_image() { # <target> <flag>…
  enter "$1"
  image=${1#*=}:$tag
  shift
  for container in $(echo "${containers#*/}" | tr , ' '); do set -- "$@" "$container=$image"; done
  kubectl set image "$deployment" "$@"
}

wait_for() { # <target>; asked again and again, since the account may not watch, and a cluster may be away for a moment
  enter "$1"
  while :; do
    {
      status=$(kubectl rollout status "$deployment" --watch=false) &&
        images=$(kubectl get "$deployment" --output 'jsonpath={.spec.template.spec.initContainers[*].image} {.spec.template.spec.containers[*].image}')
    } 2>"$work/said" || status=$(tail -n 1 "$work/said")
    case $status in
    *'successfully rolled out'*)
      case " $images " in
      *" ${1#*=}:$tag "*) echo "$names: runs $tag" && return ;;
      *) fault "$names: does not run $tag: another image was set meanwhile; deploy the newest build again" ;;
      esac
      ;;
    *'exceeded its progress deadline'*) fault "$names: does not run $tag: $status" ;;
    esac
    [ "$(date +%s)" -lt "$until" ] || fault "$names: does not run $tag after ${ROLLOUT_SECONDS} s: $status"
    sleep 2
  done
}

case ${1:-} in
say) say ;;
set)
  shift
  for tool in curl kubectl; do
    command -v "$tool" >/dev/null || fault "image: lacks a program, got no $tool; run this step in an image that has it"
  done
  [ ${#commit} -ge 40 ] || fault 'DEPLOY_COMMIT: is no whole commit; start this by the build, or deploy one of its pipelines'
  log_in
  # All or nothing: the server judges each before one is changed.
  for target; do set_image "$target" --dry-run=server >/dev/null; done
  for target; do set_image "$target"; done
  until=$(($(date +%s) + ROLLOUT_SECONDS))
  for target; do wait_for "$target"; done
  ;;
*) fault 'deploy.sh: no such work; write set or say' ;;
esac
