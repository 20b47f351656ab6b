# shellcheck shell=sh disable=SC2034,SC2154
# What root@10.0.20.10 holds; sync.sh reads it. Generated.
login=root@10.0.20.10
: "${REGISTRY_SSH_KEY:?is empty; add the Woodpecker secret registry_ssh_key with the value of secret/woodpecker registry_ssh_key}"
: "${REGISTRY_SSH_KNOWN_HOSTS:?is empty; add the Woodpecker secret registry_ssh_known_hosts with the value of secret/woodpecker registry_ssh_known_hosts}"
: "${DOCKERHUB_REGISTRY_PASSWORD:?is empty; add the Woodpecker secret dockerhub_registry_password with the value of secret/infra dockerhub_registry_password}"
: "${REGISTRY_HTPASSWD:?is empty; add the Woodpecker secret registry_htpasswd with the value of secret/infra registry_htpasswd}"
: "${REGISTRY_TLS_CERTIFICATE:?is empty; add the Woodpecker secret registry_tls_certificate with the value of secret/infra registry_tls_certificate}"
: "${REGISTRY_TLS_KEY:?is empty; add the Woodpecker secret registry_tls_key with the value of secret/infra registry_tls_key}"
: "${REGISTRY_USER:?is empty; add the Woodpecker secret registry_user with the value of secret/viktor registry_user}"
: "${REGISTRY_PASSWORD:?is empty; add the Woodpecker secret registry_password with the value of secret/viktor registry_password}"
ssh_key=$REGISTRY_SSH_KEY
known_hosts=$REGISTRY_SSH_KNOWN_HOSTS

directories() {
  "$1" /opt/registry
  "$1" /opt/registry/data
  "$1" /opt/registry/data/dockerhub
  "$1" /opt/registry/data/ghcr
  "$1" /opt/registry/data/quay
  "$1" /opt/registry/data/k8s
  "$1" /opt/registry/data/kyverno
  "$1" /opt/registry/data/private
  "$1" /opt/registry/tls
  "$1" /opt/registry/breakglass
}

files() {
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
' | "$1" /opt/registry/config-dockerhub.yml 0600 recreate%20registry-dockerhub
  "$1" /opt/registry/config-ghcr.yml 0644 recreate%20registry-ghcr <"$here"/files/opt/registry/config-ghcr.yml
  "$1" /opt/registry/config-quay.yml 0644 recreate%20registry-quay <"$here"/files/opt/registry/config-quay.yml
  "$1" /opt/registry/config-k8s.yml 0644 recreate%20registry-k8s <"$here"/files/opt/registry/config-k8s.yml
  "$1" /opt/registry/config-kyverno.yml 0644 recreate%20registry-kyverno <"$here"/files/opt/registry/config-kyverno.yml
  "$1" /opt/registry/config-private.yml 0644 recreate%20registry-private <"$here"/files/opt/registry/config-private.yml
  printf '%s' "$REGISTRY_HTPASSWD" '
' | "$1" /opt/registry/htpasswd 0600 recreate%20registry-private
  "$1" /opt/registry/nginx.conf 0644 recreate%20nginx <"$here"/files/opt/registry/nginx.conf
  printf '%s' "$REGISTRY_TLS_CERTIFICATE" '
' | "$1" /opt/registry/tls/fullchain.pem 0600 recreate%20nginx
  printf '%s' "$REGISTRY_TLS_KEY" '
' | "$1" /opt/registry/tls/privkey.pem 0600 recreate%20nginx
  "$1" /opt/registry/docker-compose.yml 0644 compose-up <"$here"/files/opt/registry/docker-compose.yml
  "$1" /opt/registry/collect-garbage.sh 0755 verify <"$here"/files/opt/registry/collect-garbage.sh
  "$1" /etc/cron.d/registry-garbage-collection 0644 verify <"$here"/files/etc/cron.d/registry-garbage-collection
  "$1" /opt/registry/break-glass.sh 0755 verify <"$here"/files/opt/registry/break-glass.sh
  "$1" /opt/registry/break-glass.conf 0644 verify <"$here"/files/opt/registry/break-glass.conf
  printf '%s' "$REGISTRY_USER" : "$REGISTRY_PASSWORD" '
' | "$1" /opt/registry/break-glass-login/infra-ci 0600 verify
  "$1" /etc/cron.d/break-glass 0644 verify <"$here"/files/etc/cron.d/break-glass
  "$1" /etc/systemd/system/docker-compose-registry.service 0644 daemon-reload <"$here"/files/etc/systemd/system/docker-compose-registry.service
}

steps() {
  "$1" daemon-reload 'systemctl daemon-reload'
  "$1" daemon-reload 'systemctl enable docker-compose-registry.service'
  "$1" recreate%20nginx 'docker compose --project-directory /opt/registry run --rm --no-deps -T nginx nginx -t'
  "$1" compose-up 'docker compose --project-directory /opt/registry up -d --remove-orphans'
  "$1" recreate%20registry-dockerhub 'docker compose --project-directory /opt/registry up -d --no-deps --force-recreate registry-dockerhub'
  "$1" recreate%20registry-ghcr 'docker compose --project-directory /opt/registry up -d --no-deps --force-recreate registry-ghcr'
  "$1" recreate%20registry-quay 'docker compose --project-directory /opt/registry up -d --no-deps --force-recreate registry-quay'
  "$1" recreate%20registry-k8s 'docker compose --project-directory /opt/registry up -d --no-deps --force-recreate registry-k8s'
  "$1" recreate%20registry-kyverno 'docker compose --project-directory /opt/registry up -d --no-deps --force-recreate registry-kyverno'
  "$1" recreate%20registry-private 'docker compose --project-directory /opt/registry up -d --no-deps --force-recreate registry-private'
  "$1" recreate%20nginx 'docker compose --project-directory /opt/registry up -d --no-deps --force-recreate nginx'
}

absent() {
  "$1" /opt/registry/cleanup-tags.sh
  "$1" /opt/registry/fix-broken-blobs.sh
  "$1" /opt/registry/nginx_registry.conf
}

checks() {
  "$1" answer http://10.0.20.10:5000/v2/ 200 --retry 15 --retry-delay 2 --retry-all-errors --resolve 10.0.20.10:5000:10.0.20.10
  "$1" answer http://10.0.20.10:5010/v2/ 200 --retry 15 --retry-delay 2 --retry-all-errors --resolve 10.0.20.10:5010:10.0.20.10
  "$1" answer http://10.0.20.10:5020/v2/ 200 --retry 15 --retry-delay 2 --retry-all-errors --resolve 10.0.20.10:5020:10.0.20.10
  "$1" answer http://10.0.20.10:5030/v2/ 200 --retry 15 --retry-delay 2 --retry-all-errors --resolve 10.0.20.10:5030:10.0.20.10
  "$1" answer http://10.0.20.10:5040/v2/ 200 --retry 15 --retry-delay 2 --retry-all-errors --resolve 10.0.20.10:5040:10.0.20.10
  "$1" answer https://registry.viktorbarzin.me:5050/v2/ 401 --retry 15 --retry-delay 2 --retry-all-errors --resolve registry.viktorbarzin.me:5050:10.0.20.10
  "$1" answer http://10.0.20.10:8080/ 200 --retry 15 --retry-delay 2 --retry-all-errors --resolve 10.0.20.10:8080:10.0.20.10
  "$1" answer http://10.0.20.10:5001/metrics 200 --retry 15 --retry-delay 2 --retry-all-errors --resolve 10.0.20.10:5001:10.0.20.10
  "$1" crontab 'garbage-collect|cleanup-tags|fix-broken-blobs'
}
