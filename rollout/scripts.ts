/**
 * What runs as root on a machine, for a POSIX shell. Arguments carry paths and modes, standard input carries content;
 * each script may be cut at any point and be run again.
 */

/** Where a machine keeps what a rollout has begun and not finished; survives a reboot. */
const stateFolder = '/var/lib/registry-consolidation';

/** Recorded before the first change and cleared after the last check, like the effect of a file. */
export const unverified = 'verify';

/** The name of an effect's mark below {@link stateFolder}: `recreate nginx` becomes `recreate%20nginx`. */
export function markOf(effect: string): string {
  return encodeURIComponent(effect);
}

/** Name under which a file is written before it takes its place; a leading dot hides it from cron, systemd and containerd. */
const temporary = 'tmp=$(dirname "$path")/.$(basename "$path").rollout-tmp';

/** Prints one line for each thing that is there, and `end`. Arguments: `directory:`, `file:` or `absent:` and a path. */
export const observeScript = [
  'set -u',
  'for entry; do',
  '  kind=${entry%%:*}; path=${entry#*:}',
  '  if [ "$kind" != file ]; then [ -e "$path" ] || [ -L "$path" ] && echo "$kind $path"; continue; fi',
  '  if [ -L "$path" ]; then echo "link $path"',
  '  elif [ -d "$path" ]; then echo "folder $path"',
  '  elif [ -e "$path" ]; then echo "file $path $(stat -c "%a %u:%g" "$path") $(base64 -w0 "$path")"; fi',
  '  near=$path; until [ -d "$near" ]; do near=$(dirname "$near"); done',
  '  [ -w "$near" ] || echo "read-only $near"',
  'done',
  `for mark in ${stateFolder}/pending/*; do [ -e "$mark" ] && echo "pending $(basename "$mark")"; done`,
  'echo end',
].join('\n');

export const makeDirectoryScript = 'set -eu; mkdir -p "$1"; chmod 0755 "$1"';

/**
 * Puts a file in its place by a rename, so that it is the old or the new one at any moment. Arguments: path, mode,
 * mark. Input: the SHA-256 of the content on a line of its own, then the content, which a broken connection cannot
 * cut short unnoticed. The effect is recorded first, so that a killed rollout still knows it; the old file is kept.
 */
export const writeScript = [
  'set -eu; umask 077',
  'path=$1; mode=$2; mark=$3',
  `state=${stateFolder}`,
  temporary,
  'IFS= read -r sum',
  '(umask 022; mkdir -p "$(dirname "$path")")',
  'rm -f "$tmp"; cat >"$tmp"',
  'if [ "$(sha256sum <"$tmp")" != "$sum  -" ]; then rm -f "$tmp"; echo "the content did not arrive whole" >&2; exit 1; fi',
  'chown 0:0 "$tmp"; chmod "$mode" "$tmp"; sync "$tmp"',
  `mkdir -p "$state/pending"; touch "$state/pending/${unverified}" "$state/pending/$mark"`,
  'if [ -f "$path" ]; then mkdir -p "$state/previous$(dirname "$path")"; cp -p "$path" "$state/previous$path"; fi',
  'mv -fT "$tmp" "$path"; sync "$(dirname "$path")"',
].join('; ');

/** Removes a file or a folder, never across a mount. */
export const removeScript = [
  'set -eu',
  `mkdir -p ${stateFolder}/pending; touch ${stateFolder}/pending/${unverified}`,
  'rm -rf --one-file-system -- "$1"',
].join('; ');

/** Clears what {@link writeScript} recorded. Arguments: marks. */
export const clearScript = `for mark; do rm -f "${stateFolder}/pending/$mark"; done`;

/**
 * Pulls an image as the kubelet does: through the container runtime interface, by the name that pods use. Argument: the
 * reference. Input: `user:password`. The image is removed first unless a container has it, so that its layers are fetched.
 */
export const pullScript = [
  'set -eu',
  'cri() { timeout 900 crictl --runtime-endpoint unix:///run/containerd/containerd.sock "$@"; }',
  'IFS= read -r CRICTL_CREDS',
  'if [ -z "$(cri ps -a -q --image "$1" 2>/dev/null)" ]; then cri rmi "$1" >/dev/null 2>&1 || :; fi',
  'export CRICTL_CREDS; cri pull "$1"',
].join('; ');

/** Asks for a page. Arguments: URL, the statuses that are right with `|` between them, curl's options. */
export const answerScript = [
  'set -eu',
  'url=$1; statuses="|$2|"; shift 2',
  'code=$(curl -sS --max-time 10 -o /dev/null -w "%{http_code}" "$@" "$url")',
  'case $statuses in *"|$code|"*) ;; *) echo "$url answered $code" >&2; exit 1;; esac',
].join('; ');
