#!/bin/sh
# Brings the registry VM to what modules/docker-registry holds, from the root of the tree.
set -eu
umask 077

vm=root@10.0.20.10
pending=/opt/registry/.pending-effects
: "${REGISTRY_SSH_KEY:?is empty; add the Woodpecker secret registry_ssh_key with the value of secret/woodpecker registry_ssh_key}"
: "${REGISTRY_SSH_KNOWN_HOSTS:?is empty; add the Woodpecker secret registry_ssh_known_hosts with the value of secret/woodpecker registry_ssh_known_hosts}"
: "${DOCKERHUB_REGISTRY_PASSWORD:?is empty; add the Woodpecker secret dockerhub_registry_password with the value of secret/infra dockerhub_registry_password}"
: "${REGISTRY_HTPASSWD:?is empty; add the Woodpecker secret registry_htpasswd with the value of secret/infra registry_htpasswd}"
: "${REGISTRY_TLS_CERTIFICATE:?is empty; add the Woodpecker secret registry_tls_certificate with the value of secret/infra registry_tls_certificate}"
: "${REGISTRY_TLS_KEY:?is empty; add the Woodpecker secret registry_tls_key with the value of secret/infra registry_tls_key}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s\n' "$REGISTRY_SSH_KEY" >"$work/key"
printf '%s\n' "$REGISTRY_SSH_KNOWN_HOSTS" >"$work/known_hosts"

remote() {
  ssh -i "$work/key" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes \
    -o UserKnownHostsFile="$work/known_hosts" "$vm" "$1"
}

same() { # <path> <mode>: the machine holds what "$work/file" holds
  remote "cmp -s - '$1' && [ \"0\$(stat -c %a '$1')\" = '$2' ]" <"$work/file"
}

put() { # <path> <mode> <effect>: writes standard input there
  cat >"$work/file"
  if same "$1" "$2"; then return; fi
  remote "set -e; cat >'$1.new'; chmod '$2' '$1.new'; echo '$3' >>'$pending'; mv '$1.new' '$1'" <"$work/file"
  echo "wrote $1"
}

verify() { # <path> <mode> <effect>
  cat >"$work/file"
  if ! same "$1" "$2"; then
    echo "$1: the machine does not hold what the tree holds" >&2
    return 1
  fi
}

each() { # <command>: for every managed file
  printf '%s' 'version: "0.1"
log:
  level: info
  fields:
    service: registry-dockerhub
storage:
  filesystem:
    rootdirectory: /var/lib/registry
  delete:
    enabled: true
  maintenance:
    uploadpurging:
      enabled: true
      age: 24h
      interval: 4h
      dryrun: false
http:
  addr: 0.0.0.0:5000
  draintimeout: 60s
  debug:
    addr: 0.0.0.0:5001
    prometheus:
      enabled: true
      path: /metrics
proxy:
  remoteurl: https://registry-1.docker.io
  username: viktorbarzin
  password: |-
    ' "$DOCKERHUB_REGISTRY_PASSWORD" '
' | "$1" '/opt/registry/config-dockerhub.yml' 0600 'recreate registry-dockerhub'
  "$1" '/opt/registry/config-ghcr.yml' 0644 'recreate registry-ghcr' <'modules/docker-registry/files/opt/registry/config-ghcr.yml'
  "$1" '/opt/registry/config-quay.yml' 0644 'recreate registry-quay' <'modules/docker-registry/files/opt/registry/config-quay.yml'
  "$1" '/opt/registry/config-k8s.yml' 0644 'recreate registry-k8s' <'modules/docker-registry/files/opt/registry/config-k8s.yml'
  "$1" '/opt/registry/config-kyverno.yml' 0644 'recreate registry-kyverno' <'modules/docker-registry/files/opt/registry/config-kyverno.yml'
  "$1" '/opt/registry/config-private.yml' 0644 'recreate registry-private' <'modules/docker-registry/files/opt/registry/config-private.yml'
  printf '%s' "$REGISTRY_HTPASSWD" '
' | "$1" '/opt/registry/htpasswd' 0600 'recreate registry-private'
  "$1" '/opt/registry/nginx.conf' 0644 'recreate nginx' <'modules/docker-registry/files/opt/registry/nginx.conf'
  printf '%s' "$REGISTRY_TLS_CERTIFICATE" '
' | "$1" '/opt/registry/tls/fullchain.pem' 0600 'recreate nginx'
  printf '%s' "$REGISTRY_TLS_KEY" '
' | "$1" '/opt/registry/tls/privkey.pem' 0600 'recreate nginx'
  "$1" '/opt/registry/docker-compose.yml' 0644 'compose-up' <'modules/docker-registry/files/opt/registry/docker-compose.yml'
  "$1" '/opt/registry/collect-garbage.sh' 0755 'none' <'modules/docker-registry/files/opt/registry/collect-garbage.sh'
  "$1" '/etc/cron.d/registry-garbage-collection' 0644 'none' <'modules/docker-registry/files/etc/cron.d/registry-garbage-collection'
  "$1" '/etc/systemd/system/docker-compose-registry.service' 0644 'daemon-reload' <'modules/docker-registry/files/etc/systemd/system/docker-compose-registry.service'
}

need() { # <effect> <command>
  if printf '%s\n' "$todo" | grep -qxF "$1"; then
    echo "+ $2"
    remote "$2"
  fi
}

answers() { # <status> <url>
  got=$(curl --silent --show-error --output /dev/null --write-out '%{http_code}' --max-time 30 \
    --retry 10 --retry-delay 3 --retry-connrefused --connect-to '::10.0.20.10:' "$2") || true
  if [ "$got" != "$1" ]; then
    echo "$2: answers $got instead of $1" >&2
    return 1
  fi
}

remote 'mkdir -p /opt/registry /opt/registry/data /opt/registry/data/dockerhub /opt/registry/data/ghcr /opt/registry/data/quay /opt/registry/data/k8s /opt/registry/data/kyverno /opt/registry/data/private /opt/registry/tls /opt/registry/breakglass'
each put
todo=$(remote "cat '$pending' 2>/dev/null || true")
need 'daemon-reload' 'systemctl daemon-reload'
need 'daemon-reload' 'systemctl enable docker-compose-registry.service'
need 'recreate nginx' 'docker compose --project-directory /opt/registry run --rm --no-deps -T nginx nginx -t'
need 'compose-up' 'docker compose --project-directory /opt/registry up -d --remove-orphans'
need 'recreate registry-dockerhub' 'docker compose --project-directory /opt/registry up -d --no-deps --force-recreate registry-dockerhub'
need 'recreate registry-ghcr' 'docker compose --project-directory /opt/registry up -d --no-deps --force-recreate registry-ghcr'
need 'recreate registry-quay' 'docker compose --project-directory /opt/registry up -d --no-deps --force-recreate registry-quay'
need 'recreate registry-k8s' 'docker compose --project-directory /opt/registry up -d --no-deps --force-recreate registry-k8s'
need 'recreate registry-kyverno' 'docker compose --project-directory /opt/registry up -d --no-deps --force-recreate registry-kyverno'
need 'recreate registry-private' 'docker compose --project-directory /opt/registry up -d --no-deps --force-recreate registry-private'
need 'recreate nginx' 'docker compose --project-directory /opt/registry up -d --no-deps --force-recreate nginx'
remote "rm -f '$pending'"
remote 'rm -rf /opt/registry/cleanup-tags.sh /opt/registry/fix-broken-blobs.sh /opt/registry/nginx_registry.conf'

each verify
answers 200 'http://10.0.20.10:5000/v2/'
answers 200 'http://10.0.20.10:5010/v2/'
answers 200 'http://10.0.20.10:5020/v2/'
answers 200 'http://10.0.20.10:5030/v2/'
answers 200 'http://10.0.20.10:5040/v2/'
answers 401 'https://registry.viktorbarzin.me:5050/v2/'
answers 200 'http://10.0.20.10:8080/'
answers 200 'http://10.0.20.10:5001/metrics'
remote '! crontab -l 2>/dev/null | grep -E "garbage-collect|cleanup-tags|fix-broken-blobs"' || {
  echo "root's crontab still runs what /etc/cron.d replaces; remove these lines" >&2
  exit 1
}
