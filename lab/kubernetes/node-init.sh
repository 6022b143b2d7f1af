#!/bin/bash
# PID 1 of a node, in network, mount, PID and UTS namespaces of its own: makes the file system a node's, then waits.
# usage: node-init.sh FOLDER NODE; all mounts are private and end with this process
set -euo pipefail
folder=$1 node=$2
hostname "$node"

# /sys shows the devices of the network namespace that it is mounted from; the cgroups are kept
mkdir -p "$folder"/{cgroup,upper,containerd,kubelet,pods,containers,sysctl}
mount --rbind /sys/fs/cgroup "$folder/cgroup"
mount -t sysfs sysfs /sys
mount --move "$folder/cgroup" /sys/fs/cgroup
mount -t bpf bpf /sys/fs/bpf || true
mount -t tracefs tracefs /sys/kernel/tracing || true
mount -t debugfs debugfs /sys/kernel/debug || true

mount -t tmpfs tmpfs /run
mkdir -p /run/{containerd,netns,lock,flannel}

# folders that are made below these are the node's own: not one is left behind on the machine
mount -t tmpfs tmpfs "$folder/upper"
for path in etc var/lib var/log; do
  mkdir -p "$folder/upper/$path" "$folder/upper/scratch/$path"
  mount -t overlay overlay -o "lowerdir=/$path,upperdir=$folder/upper/$path,workdir=$folder/upper/scratch/$path" "/$path"
done
# what is large lies on the disk; an overlay cannot be the lower one of a container's
own() {
  mkdir -p "$2"
  mount --bind "$folder/$1" "$2"
}
own containerd /var/lib/containerd
own kubelet /var/lib/kubelet
own pods /var/log/pods
own containers /var/log/containers
mount --make-rshared /var/lib/kubelet
mkdir -p /etc/cni/net.d
echo "$node" > /etc/hostname

# kubelet sets these, which are the machine's: it writes to a file instead
pretend() {
  local file
  file=$folder/sysctl/$(echo "$1" | tr / .)
  [ -e "/proc/sys/$1" ] || return 0
  echo "$2" > "$file"
  mount --bind "$file" "/proc/sys/$1"
}
pretend vm/overcommit_memory 1
pretend vm/panic_on_oom 0
pretend kernel/panic 10
pretend kernel/panic_on_oops 1
pretend kernel/keys/root_maxkeys 1000000
pretend kernel/keys/root_maxbytes 25000000

touch "$folder/ready"
# takes in what its children leave behind, as PID 1 has to
while :; do
  sleep 86400 &
  wait $!
done
