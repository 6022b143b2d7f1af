# Runs one shell line after the other from each port, with the port as its standard input and output.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
cd /
ip link set lo up
for port in /dev/vport*; do
  while :; do
    # a port is opened once, for both directions; each line that a command does not read is the next command
    (while read -r line; do eval "$line"; printf '\n@ended %s\n' $?; done) 0<>"$port" >&0 2>/dev/console
    /usr/lib/guest/busybox sleep 0.1
  done &
done
wait
