#!/bin/sh
# Pulls an image as the kubelet does: through the container runtime interface, by the name that pods use. It is removed
# first unless a container has it, so that its layers are fetched. Argument: the reference. Input: `user:password`.
set -eu
cri() { timeout 900 crictl --runtime-endpoint unix:///run/containerd/containerd.sock "$@"; }
IFS= read -r CRICTL_CREDS
if [ -z "$(cri ps -a -q --image "$1" 2>/dev/null)" ]; then cri rmi "$1" >/dev/null 2>&1 || :; fi
export CRICTL_CREDS
cri pull "$1"
