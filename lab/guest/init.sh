#!/bin/busybox sh
# PID 1 of the guest: this machine's / below, a writable layer above, then one command after the other from each port.
b=/bin/busybox
$b mount -t devtmpfs dev /dev && $b mount -t proc proc /proc && $b mount -t sysfs sys /sys
word() { $b sed -n "s/.*skoop\.$1=\([^ ]*\).*/\1/p" /proc/cmdline; }
modules=$(word modules) results=$(word results)
for module in $($b cat /modules); do $b insmod "/m/${module##*/}"; done
$b mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=1048576,cache=loose machine /lower &&
  $b mount -t tmpfs rw /rw && $b mkdir /rw/upper /rw/work &&
  $b mount -t overlay -o lowerdir=/lower,upperdir=/rw/upper,workdir=/rw/work new /new || exec $b poweroff -f
$b mount -t tmpfs run /new/run
if [ -n "$results" ]; then
  $b mkdir -p "/new$results" && $b mount -t 9p -o trans=virtio,version=9p2000.L,msize=1048576 results "/new$results"
fi
# the kernel loads what a command asks for; its modules lie in the cache of the machine
there=/new/usr/lib/modules/$($b uname -r)
$b mkdir -p "$there" && $b mount -o bind "/lower$modules" "$there"
$b mkdir /new/usr/lib/guest
$b cp $b /new/usr/lib/guest/busybox
$b cp /load.sh /new/usr/lib/guest/load.sh
$b cp /serve.sh /new/usr/lib/guest/serve.sh
echo /usr/lib/guest/load.sh >/proc/sys/kernel/modprobe
for folder in dev proc sys; do $b mount --move "/$folder" "/new/$folder"; done
exec $b switch_root /new /bin/sh /usr/lib/guest/serve.sh
