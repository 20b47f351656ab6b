#!/bin/sh
# Makes a machine's file system and becomes its sshd. Arguments: the root to make, a folder of files to put there, a folder
# on the disk, the machine's name, its login. PACKAGES are unpacked ones, laid over the machine's /usr and /etc; FOLDERS of
# this machine are seen and cannot be changed. Both a path a line.
set -eu
root=$1
staged=$2
disk=$3
user=$5
hostname "$4"
mount -t tmpfs -o mode=0755 tmpfs "$root"
for layer in usr etc; do
  upper=$root/.layers/$layer/upper
  work=$root/.layers/$layer/work
  mkdir -p "$upper" "$work" "$root/$layer"
  mount -t overlay -o "lowerdir=/$layer,upperdir=$upper,workdir=$work" overlay "$root/$layer"
done
cp -a /bin /sbin /lib "$root/"
[ ! -e /lib64 ] || cp -a /lib64 "$root/"
for folder in proc sys dev run/sshd var/lib/containerd var/log opt root "home/$user"; do mkdir -p "$root/$folder"; done
mkdir -m 1777 "$root/tmp" "$root/var/tmp"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount --bind "$disk" "$root/var/lib/containerd"
for folder in $FOLDERS; do
  mkdir -p "$root$folder"
  mount --bind "$folder" "$root$folder"
  mount -o remount,bind,ro "$root$folder"
done
for package in $PACKAGES; do
  cp -a "${package}usr/." "$root/usr/"
  cp -a "${package}etc/." "$root/etc/"
  [ ! -d "${package}lib" ] || cp -a "${package}lib/." "$root/usr/lib/"
done
cp -a --no-preserve=ownership "$staged/." "$root/"
grep -q '^sshd:' "$root/etc/passwd" || echo 'sshd:x:990:65534::/run/sshd:/usr/sbin/nologin' >>"$root/etc/passwd"
echo "$user:x:1500:1500::/home/$user:/bin/sh" >>"$root/etc/passwd"
echo "$user:*:19000:0:99999:7:::" >>"$root/etc/shadow"
exec chroot "$root" /usr/sbin/sshd -D -e
