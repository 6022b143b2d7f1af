#!/usr/lib/guest/busybox sh
# The kernel's modprobe: options first, then names.
while [ "${1#-}" != "$1" ]; do shift; done
exec /usr/lib/guest/busybox modprobe "$@"
