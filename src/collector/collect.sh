#!/bin/sh
# collect.sh - prints the network state of this machine to standard output, for skoop.
#
# usage: sh collect.sh [-n NODE-NAME] [-t SECONDS] [-H self] [-b] [WHAT...]
#
#   WHAT    namespaces to dump besides the host's: a pod's UID or address, a name under /run/netns, an inode number;
#           `host` for the host's alone. Without WHAT all are dumped.
#   -n      the node's name in Kubernetes (default: the host name)
#   -t      time limit of each tool, in seconds (default 10)
#   -b      dump the namespaces that WHAT does not name in brief: what decides who answers for an address, not the rules
#   -H self take the namespace that this runs in as the host's (default: the one of process 1)
#
# It must be root. It only reads: what it asks the system is in the functions `inside` (in each network namespace),
# `list_namespaces`, `discover`, `choose`, `ends_now` and `look_out` below, and none of it changes anything. It writes in
# one temporary directory, which it removes, and ends no process but what it started itself. Programs come from PATH; one
# that is missing there is taken from the node's own files (/proc/1/root). Tools
# that would load a kernel module are left alone unless the module is there already.
# The output's form is described in src/collector/frame.ts.

set -u
umask 077
PATH=${SKOOP_PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}
LC_ALL=C
export PATH LC_ALL

fail() { echo "collect.sh: $*" >&2; exit 1; }
warn() { echo "collect.sh: $*" >&2; }

node='' seconds=10 host_is=init brief_others=''
while getopts n:t:H:b option; do
	case $option in
	n) node=$OPTARG ;;
	t) seconds=$OPTARG ;;
	H) host_is=$OPTARG ;;
	b) brief_others=yes ;;
	*) fail 'usage: sh collect.sh [-n NODE-NAME] [-t SECONDS] [-H self] [-b] [WHAT...]' ;;
	esac
done
shift $((OPTIND - 1))
case $seconds in '' | *[!0-9]* | 0*) fail "-t: \"$seconds\" is not a number of seconds" ;; esac
case $host_is in init | self) ;; *) fail "-H: \"$host_is\" is not init or self" ;; esac
want=$(echo "$*" | tr ',' ' ')

[ "$(id -u)" = 0 ] || fail 'must be root: other namespaces can not be read without (try sudo)'
for program in awk cat date grep ls mkdir mktemp nsenter rm sed tr wc xargs; do
	command -v $program >/dev/null || fail "needs $program, which this image does not have"
done
said=$(nsenter --net=/proc/self/ns/net sh -c : 2>&1) || fail "nsenter can not enter a network namespace${said:+: $said}"
[ -n "$node" ] || read -r node </proc/sys/kernel/hostname
case $node in *[!A-Za-z0-9._-]*) fail "-n: \"$node\" is not a node's name" ;; esac
read -r _ _ kernel _ </proc/version
IFS=- read -r a b c d e </proc/sys/kernel/random/uuid
nonce=$a$b$c$d$e # new each time, so that no tool's output can be taken for a line of ours
tmp=$(mktemp -d "${TMPDIR:-/tmp}/skoop.XXXXXX") || fail 'can not make a temporary directory (set TMPDIR)'
watching=''
trap 'kill $watching 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'end_below $$; exit 129' HUP
trap 'end_below $$; exit 130' INT
trap 'end_below $$; exit 143' TERM

# ---- no tool runs for longer than it may ------------------------------------------------------------------------------

# below PID: the processes that it started, those that these started, and so on
below() {
	printf '%s\n' /proc/[0-9]*/status | xargs grep -Hs '^PPid:' | awk -v top="$1" '
		{ split($1, part, "/"); parent[part[3]] = $2 }
		END {
			is[top]
			do {
				found = 0
				for (pid in parent) if (!(pid in is) && (parent[pid] in is)) { is[pid]; found = 1; print pid }
			} while (found)
		}'
}
# end_below PID: kills them; one that is stopped first starts no other meanwhile
end_below() {
	stopped='' && more=yes
	while [ -n "$more" ]; do
		more=''
		for pid in $(below "$1"); do
			case " $stopped " in *" $pid "*) continue ;; esac
			kill -STOP "$pid" 2>/dev/null && stopped="$stopped $pid" && more=yes
		done
	done
	[ -z "$stopped" ] || kill -9 $stopped 2>/dev/null
}
# watch FILE: kills a tool that runs too long, with all that it started, by what is written to the file: a name, anything,
# and last the process. It is not in the namespace of the tool, which it would keep alive; `timeout` would be one more
# process for each tool, and the one of busybox leaves what the tool has started.
watch() {
	last='' ticks=0
	while sleep 1; do
		read -r this <"$1" || { [ -e "$1" ] && continue; return; }
		if [ "$this" = "$last" ]; then ticks=$((ticks + 1)); else last=$this ticks=0; fi
		case $this in
		none) [ -e "/proc/$$" ] || return; continue ;;
		all-briefly*) most=$((2 * seconds)) ;;
		*) most=$seconds ;;
		esac
		[ $ticks -ge $most ] || continue
		kill -STOP "${this##* }" 2>/dev/null
		end_below "${this##* }"
		kill -9 "${this##* }" 2>/dev/null
	done
}
# bounded COMMAND...: runs it within the time limit
echo none >"$tmp/current"
watch "$tmp/current" </dev/null >/dev/null 2>&1 &
watching=$! # until the end: a shell keeps its output open in it, and who reads that would wait for a second
bounded() {
	"$@" &
	echo "bounded $!" >"$tmp/current"
	wait $!
	set -- $?
	echo none >"$tmp/current"
	return "$1"
}

# ---- tools ------------------------------------------------------------------------------------------------------

mounts_of() { ls -l "/proc/$1/ns/mnt" 2>/dev/null | sed -n 's/.*-> //p'; }
root='' # the node's own files, where this runs in a container
[ "$(mounts_of 1)" = "$(mounts_of self)" ] || [ ! -d /proc/1/root/proc ] || root=/proc/1/root

folders=$(echo "$PATH" | tr ':' ' ')
can() {
	[ -z "$asked" ] || bounded "$@" $asked </dev/null >/dev/null 2>&1
	case $? in 0 | 137) echo "$*" ;; *) false ;; esac
}
# tool NAME [ARGUMENT...]: how to call it: the image's own, if it can do what the arguments ask, else the node's, else nothing
tool() {
	name=$1 && shift
	asked=$*
	for dir in $folders; do
		[ -x "$dir/$name" ] && can "$dir/$name" && return
	done
	[ -n "$root" ] || return 0
	for dir in /usr/local/sbin /usr/sbin /sbin /usr/local/bin /usr/bin /bin; do
		{ [ -e "$root$dir/$name" ] || [ -L "$root$dir/$name" ]; } && can chroot $root $dir/$name && return
	done
}
# save FAMILY BACKEND: the tool that saves a back end's rules; older systems have only iptables-save, of either back end
save() {
	found=$(tool "$1-$2-save")
	[ -n "$found" ] && echo "$found" && return
	found=$(tool "$1-save")
	[ -n "$found" ] || return 0
	case $(bounded $found -V 2>/dev/null </dev/null) in
	*nf_tables*) [ "$2" = nft ] && echo "$found" ;;
	*) [ "$2" = legacy ] && echo "$found" ;;
	esac
}
# legacy NAME: the tool of the kernel's own tables; older systems have it by its plain name
legacy() {
	found=$(tool "$1-legacy")
	[ -n "$found" ] && echo "$found" && return
	found=$(tool "$1")
	[ -n "$found" ] || return 0
	case $(bounded $found -V 2>/dev/null </dev/null) in *nf_tables*) ;; *) echo "$found" ;; esac
}
ip=$(tool ip -N -j -V) numeric=-N
[ -n "$ip" ] || { ip=$(tool ip -j -V) numeric=''; } # older ones have no numeric names
bridge=$(tool bridge -j -V) tc=$(tool tc -j -V) ss=$(tool ss) nft=$(tool nft) ipset=$(tool ipset) wg=$(tool wg)
ipvsadm_save=$(tool ipvsadm-save) conntrack=$(tool conntrack) bpftool=$(tool bpftool)
iptables_legacy=$(save iptables legacy) iptables_nft=$(save iptables nft)
ip6tables_legacy=$(save ip6tables legacy) ip6tables_nft=$(save ip6tables nft)

# arptables and ebtables of the legacy kind are asked for where the kernel has such tables. It lists those of arptables,
# of each namespace; those of ebtables are modules, or parts of the kernel.
arptables_legacy='' ebtables_legacy='' ebtables=''
[ ! -e /proc/net/arp_tables_names ] || arptables_legacy=$(legacy arptables)
for table in $({ ls /sys/module; grep -o '/ebtable_[a-z]*' "$root/lib/modules/$kernel/modules.builtin"; } 2>/dev/null | sed -n 's/.*ebtable_//p'); do
	ebtables="$ebtables $table"
done
[ -z "$ebtables" ] || ebtables_legacy=$(legacy ebtables)

# Where cgroups of version 2 are, as bpftool sees it: its own files where it is the image's, the node's where it runs there.
cgroups=$(sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - cgroup2 .*/\1/p' /proc/1/mountinfo 2>/dev/null | sed -n 1p)
case $bpftool in chroot*) ;; *) [ -z "$cgroups" ] || cgroups=$root$cgroups ;; esac

# nft and ipset load their modules when they are called. Whether they are there is told by the kernel's configuration and
# the modules, where it can be read, else by its symbols, which take longer to read. Where neither is to be seen, the tools
# are called: a rule set that is not seen would be worse than a module that is loaded.
has_nft=yes has_ipset=yes
is_loaded() { [ -d "/sys/module/$1" ] && echo yes; }
config=''
[ ! -e /proc/config.gz ] || [ ! -d /sys/module ] || ! command -v gzip >/dev/null ||
	config=$(gzip -cd /proc/config.gz 2>/dev/null | grep -E '^CONFIG_(NET|NF_TABLES|IP_SET)=')
case $config in
*CONFIG_NET=y*)
	case $config in *CONFIG_NF_TABLES=y*) ;; *CONFIG_NF_TABLES=m*) has_nft=$(is_loaded nf_tables) ;; *) has_nft='' ;; esac
	case $config in *CONFIG_IP_SET=y*) ;; *CONFIG_IP_SET=m*) has_ipset=$(is_loaded ip_set) ;; *) has_ipset='' ;; esac
	;;
*)
	if [ -z "$(is_loaded nf_tables)" ] || [ -z "$(is_loaded ip_set)" ]; then
		symbols=$(grep -m3 -E ' (tcp_v4_rcv|nft_do_chain|ip_set_test)([[:space:]]|$)' /proc/kallsyms 2>/dev/null)
		case $symbols in
		*' tcp_v4_rcv'*)
			case $symbols in *' nft_do_chain'*) ;; *) has_nft='' ;; esac
			case $symbols in *' ip_set_test'*) ;; *) has_ipset='' ;; esac
			;;
		esac
	fi
	;;
esac

# ---- inside one namespace -----------------------------------------------------------------------------------------

# Runs in the namespace: `sh inside DIRECTORY FACTS [brief]`; prints the sections.
inside() {
	cat <<'INSIDE'
D=$1 facts=$2 brief=${3-} index=$1/index now=0
: >"$index"
read_clock() { read -r now _ </proc/uptime; now=${now%.*}${now#*.}; }
# keep NAME EXIT-CODE MILLISECONDS COMMAND: the files NAME.o and NAME.e are a section
keep() { printf '%s\n' "$*" >>"$index"; }
unkeep() { sed '$d' "$index" >"$D/index.new" && cat "$D/index.new" >"$index"; }
# run NAME COMMAND...: runs it within the time limit (`watch` looks), reading $input, and keeps what it prints; exit code $fine is as good as 0
input=/dev/null fine=0
run() {
	name=$1 && shift
	read_clock && began=$now
	( ulimit -f 262144; exec "$@" ) <"$input" >"$D/$name.o" 2>"$D/$name.e" &
	echo "$name $!" >"$D/current"
	wait $!
	code=$?
	echo none >"$D/current"
	read_clock && took=$(((now - began) * 10))
	case $code in 137 | 143) [ $took -lt $((seconds * 1000 - 50)) ] || code=124 ;; esac
	[ $code != $fine ] || code=0
	[ $code != 153 ] || { : >"$D/$name.o" && echo 'printed more than any node has' >>"$D/$name.e"; }
	input=/dev/null fine=0
	keep "$name" $code $took "$@"
}
# must NAME TOOL TOOL'S-NAME ARGUMENT...: run, or the note that there is no such tool
must() {
	name=$1 call=$2 word=$3 && shift 3
	if [ -n "$call" ]; then run "$name" $call "$@"; return; fi
	: >"$D/$name.o"
	echo "there is no $word that can do this, neither in the image nor on the node" >"$D/$name.e"
	code=127 && keep "$name" 127 0 "$word $*"
}
# batch TOOL TOOL'S-NAME OPTIONS NAME=COMMAND...: one process for all; it prints one line of JSON for each command. Where
# one fails, or an old tool prints other lines, each command is run for itself, so that it is known which.
batch() {
	call=$1 word=$2 options=$3 && shift 3
	if [ -n "$call" ]; then
		names='' && : >"$D/batch"
		for item in "$@"; do names=$names+${item%%=*} && echo "${item#*=}" >>"$D/batch"; done
		input=$D/batch && run "${names#+}" $call $options -batch -
		[ $code != 124 ] || return 0
		[ $code != 0 ] || [ "$(wc -l <"$D/${names#+}.o")" -ne $# ] || return 0
		unkeep
	fi
	for item in "$@"; do must "${item%%=*}" "$call" "$word" $options ${item#*=}; done
}
# without a tool to ask: say NAME TEXT REASON
say() { printf '%s' "$2" >"$D/$1.o"; : >"$D/$1.e"; keep "$1" 0 0 "($3)"; }
must ip-link "$ip" ip $numeric -j -d link
batch "$ip" ip "$numeric -j" ip-addr=addr 'ip-neigh=neigh show nud all' 'ip-neigh-proxy=neigh show proxy' ip-nexthop=nexthop 'ip-netns-ids=netns list-id'
batch "$ip" ip "$numeric -j -4" 'ip4-route=route show table all' ip4-rule=rule
if [ -e /proc/net/if_inet6 ]; then
	batch "$ip" ip "$numeric -j -6" 'ip6-route=route show table all' ip6-rule=rule
else
	say ip6-route '[]' 'no IPv6: there is no /proc/net/if_inet6'
	say ip6-rule '[]' 'no IPv6: there is no /proc/net/if_inet6'
fi
# Whether the tables local and main are one: until policy rules are changed for the first time, each counts the routes of both.
# No route at all is exit code 1.
[ ! -e /proc/net/fib_triestat ] || { fine=1 && run ip4-tries grep -E '^[LM]|Prefixes' /proc/net/fib_triestat; }
run sysctl sh "$D/../sysctls" "$D/of-devices"
if [ -z "$brief" ]; then
must bridge-link "$bridge" bridge -j -d link
batch "$bridge" bridge -j bridge-fdb=fdb bridge-vlan=vlan
# The kernel lists the tables of the legacy back end; the tools would load the modules of those that are not there.
tables='' && [ -e /proc/net/ip_tables_names ] && read -r tables </proc/net/ip_tables_names
[ -z "$tables" ] || must iptables-legacy-save "$iptables_legacy" iptables-legacy-save -c
tables='' && [ -e /proc/net/ip6_tables_names ] && read -r tables </proc/net/ip6_tables_names
[ -z "$tables" ] || must ip6tables-legacy-save "$ip6tables_legacy" ip6tables-legacy-save -c
tables='' && [ -e /proc/net/arp_tables_names ] && read -r tables </proc/net/arp_tables_names
[ -z "$tables" ] || must arptables-legacy "$arptables_legacy" arptables-legacy -L -n
if [ -n "$ebtables" ] && grep -q '"info_kind":"bridge"' "$D/ip-link.o"; then
	must ebtables-legacy "${ebtables_legacy:+sh $D/../ebtables}" 'ebtables-legacy -L'
fi
if [ -n "$has_nft" ]; then
	# The text says what the JSON leaves out: which tables are dormant, which device a chain is bound to.
	must nft-ruleset-text "$nft" nft -a list ruleset
	text=$code
	# Tables of iptables-nft are read by its own tools below, and their JSON takes longer than all the rest.
	iptables_tables='^table (ip|ip6|arp|bridge) (filter|nat|mangle|raw|security) '
	if [ "$text" != 0 ] || grep '^table ' "$D/nft-ruleset-text.o" | grep -qvE "$iptables_tables"; then
		must nft-ruleset "$nft" nft -j list ruleset
	fi
	# No table at all is none of iptables-nft either.
	if [ "$text" != 0 ] || grep -q '^table ' "$D/nft-ruleset-text.o"; then
		must iptables-nft-save "$iptables_nft" iptables-nft-save -c
		must ip6tables-nft-save "$ip6tables_nft" ip6tables-nft-save -c
	fi
fi
[ -z "$has_ipset" ] || must ipset-save "$ipset" ipset save
if [ -e /proc/net/ip_vs ] && grep -qE '^(TCP|UDP|SCTP|FWM)' /proc/net/ip_vs; then
	run ipvs cat /proc/net/ip_vs
	# Entries without a client's port are what persistence remembers; none at all is exit code 1.
	fine=1 && run ipvs-templates grep ' 0000 ' /proc/net/ip_vs_conn
	# It tells flags that the kernel's own list does not have.
	must ipvs-save "$ipvsadm_save" ipvsadm-save -n
fi
must sockets "$ss" ss -Htunl
# What the kernel has here: names under /proc/net, and two subsystems that have none there.
( cd /proc/net && printf '%s\n' * ${has_nft:+nf_tables} ${has_ipset:+ip_set} ) >"$D/proc-net.o"
: >"$D/proc-net.e" && keep proc-net 0 0 'ls /proc/net'
must tc "$tc" tc -j qdisc
if grep -qE '"kind":"(clsact|ingress)"' "$D/tc.o"; then
	# Filters are shown per device and direction only: a line of qdiscs, then two lines for each that can have filters.
	echo 'qdisc show' >"$D/batch"
	tr '{' '\n' <"$D/tc.o" | sed -n -e 's/.*"kind":"clsact".*"dev":"\([^"]*\)".*/\1/p' -e 's/.*"kind":"ingress".*"dev":"\([^"]*\)".*/\1/p' |
		while read -r dev; do printf 'filter show dev %s ingress\nfilter show dev %s egress\n' "$dev" "$dev"; done >>"$D/batch"
	unkeep && input=$D/batch && run tc $tc -j -batch -
fi
# Which queues of netfilter a program reads: none where the kernel has not even the list.
queues='' && [ ! -e /proc/net/netfilter/nfnetlink_queue ] || while read -r queue _; do queues="$queues$queue
"; done </proc/net/netfilter/nfnetlink_queue
say nfqueue "$queues" 'the first column of /proc/net/netfilter/nfnetlink_queue'
[ ! -e /proc/net/xfrm_stat ] || must xfrm "$ip" ip -j xfrm policy
if grep -q '"info_kind":"wireguard"' "$D/ip-link.o"; then
	must wireguard "${wg:+sh $D/../wg-without-keys}" 'wg show all dump'
fi
# Not by `read`: some shells read one byte at a time, and the kernel gives a number to the first read only.
count=0 && [ -e /proc/sys/net/netfilter/nf_conntrack_count ] && count=$(cat /proc/sys/net/netfilter/nf_conntrack_count)
[ "$count" = 0 ] || [ "$count" -gt 50000 ] || must conntrack "$conntrack" conntrack -L -o extended
[ "$count" -le 50000 ] || say conntrack '' "$count entries are too many to list"
if [ -n "$bpftool" ]; then
	run bpf-net $bpftool -j net
	# What belongs to the whole machine is asked for once. Of programs it is enough to know them where the tool is too old
	# to say what it would list: newer ones have a list of netfilter links in the answer above.
	read -r _ _ _ kind <"$facts"
	if [ "$kind" = host ]; then
		run bpf-link $bpftool -j link
		run bpf-prog $bpftool -j prog
		programs=$code
		! grep -q '"netfilter"' "$D/bpf-net.o" || unkeep
		# Where no program is loaded that could be a cgroup's (those for device files are no matter), no cgroup has one.
		if [ -z "$cgroups" ]; then :
		elif [ "$programs" = 0 ] && ! grep -oE '"type":("(cgroup|sock_ops|lsm)[^"]*"|[0-9]+)' "$D/bpf-prog.o" | grep -qv '"cgroup_device"'; then
			say bpf-cgroup '[]' 'no program of cgroups is loaded'
		else
			run bpf-cgroup $bpftool -j cgroup tree $cgroups
		fi
	fi
fi
fi

# One wc for all lengths and one cat for all sections.
set -- && while read -r name _; do set -- "$@" "$D/$name.o" "$D/$name.e"; done <"$index"
wc -c "$@" >"$D/sizes"
set -- "$facts"
while read -r name code took command <&3; do
	read -r out _ <&4 && read -r err _ <&4
	printf '@%s section %s exit=%s ms=%s out=%s err=%s cmd=%s\n' $nonce "$name" "$code" "$took" "$out" "$err" "$command" >"$D/$name.h"
	printf '\n@%s end %s\n' $nonce "$name" >"$D/$name.t"
	set -- "$@" "$D/$name.h" "$D/$name.o" "$D/$name.e" "$D/$name.t"
done 3<"$index" 4<"$D/sizes"
cat "$@"
INSIDE
}
inside >"$tmp/inside"

# The same in brief, for the many namespaces of a node that only have to be asked who answers for an address: one process
# with these commands. It is enough where nothing is forwarded: what is forwarded may be answered for as well (proxies).
printf '%s\n' link addr 'netns list-id' netconf 'route show table all type local root 0.0.0.0/0' >"$tmp/batch"
brief_sections=ip-link+ip-addr+ip-netns-ids+ip-netconf+ip4-local
# All of /proc/sys/net, but of each device only what decides about its packets: of a hundred devices all is a megabyte.
cat >"$tmp/sysctls" <<'SYSCTLS'
# Some files can only be written or have no value yet; grep says 2 for them, 1 for no value at all.
show() {
	"$@"
	code=$?
	[ $code -le 2 ] || [ $code = 123 ] || exit $code
}
of_devices=$1
set -- /proc/sys/net/ipv[46]/neigh/default
for each in /proc/sys/net/* /proc/sys/net/ipv[46]/* /proc/sys/net/ipv[46]/conf/*; do
	case $each in
	# The first is a key. Of the defaults one is, which is read when a device is made, and no other.
	*/tcp_fastopen_key | */ipv[46] | */ipv[46]/conf | */ipv[46]/neigh | */conf/default) ;;
	*/conf/all | *[\\\'\"]*) set -- "$@" "$each" ;;
	*/ipv4/conf/*)
		for name in accept_local arp_filter arp_ignore forwarding ignore_routes_with_linkdown proxy_arp proxy_arp_pvlan \
			route_localnet rp_filter send_redirects src_valid_mark; do echo "$each/$name"; done >&3
		;;
	*/ipv6/conf/*)
		for name in disable_ipv6 force_forwarding forwarding hop_limit ignore_routes_with_linkdown mtu proxy_ndp \
			use_oif_addrs_only use_tempaddr; do echo "$each/$name"; done >&3
		;;
	*) set -- "$@" "$each" ;;
	esac
done 3>"$of_devices"
show grep -Hrs . "$@"
show xargs grep -Hs . <"$of_devices"
exit 0
SYSCTLS
cat >"$tmp/wg-without-keys" <<'WG'
dump=$($wg show all dump) || exit
printf '%s\n' "$dump" | awk -F '\t' -v OFS='\t' 'NF == 5 { $2 = "(hidden)" } NF == 9 && $3 != "(none)" { $3 = "(hidden)" } { print }'
WG
cat >"$tmp/ebtables" <<'EBTABLES'
for table in $ebtables; do $ebtables_legacy -t "$table" -L || exit; done
EBTABLES
export arptables_legacy ebtables_legacy ebtables
export seconds nonce numeric ip bridge tc ss nft ipset wg ipvsadm_save conntrack bpftool cgroups has_nft has_ipset
export iptables_legacy iptables_nft ip6tables_legacy ip6tables_nft

# ---- which namespaces there are -------------------------------------------------------------------------------------

# Writes all links to namespaces to $tmp/links, and those that are mounted somewhere to $tmp/named.
list_namespaces() {
	printf '%s\n' /proc/[0-9]*/ns/net | xargs ls -l 2>/dev/null >"$tmp/links"
	cat /proc/1/mountinfo 2>/dev/null >"$tmp/mounts" || cat /proc/self/mountinfo >"$tmp/mounts"
	# Of two mounts on one path the later one is seen.
	awk '$4 ~ /^net:\[/ { inode[$5] = substr($4, 6, length($4) - 6) } END { for (path in inode) print inode[path], path }' \
		"$tmp/mounts" | while read -r inode path; do [ ! -e "$root$path" ] || echo "$inode $root$path"; done >"$tmp/named"
}
# Writes `INODE PATH` of each namespace to $tmp/found (the host's first) and what is known of it to $tmp/facts.
discover() {
	list_namespaces
	ls -l /proc/self/ns/net >"$tmp/self"
	printf '%s\n' /proc/[0-9]*/cgroup | xargs grep -H pod 2>/dev/null >"$tmp/cgroups"
	printf '%s\n' /proc/[0-9]*/comm | xargs grep -HE '^(runsc|qemu-system|qemu-kvm|cloud-hyperviso|firecracker|kata-)' 2>/dev/null >"$tmp/comms"
	awk -v init="$host_is" '
		function inode_of(link) { sub(/^net:\[/, "", link); sub(/\]$/, "", link); return link }
		function once(fact) { if (!(fact in known)) { known[fact] = 1; print fact > FACTS } }
		FILENAME == SELF { own = inode_of($NF) }
		FILENAME == LINKS && NF > 2 && $(NF - 1) == "->" {
			split($(NF - 2), part, "/"); pid = part[3]; n = inode_of($NF); of[pid] = n
			if (!(n in first) || pid + 0 < first[n] + 0) first[n] = pid
		}
		FILENAME == NAMED { name = $2; sub(/.*\//, "", name); path[$1] = $2; once($1 " name " name) }
		FILENAME == CGROUPS {
			rest = $0; split($0, part, "/"); pid = part[3]
			while (match(rest, /pod[0-9a-f][0-9a-f_-]+/)) {
				uid = substr(rest, RSTART + 3, RLENGTH - 3); rest = substr(rest, RSTART + RLENGTH)
				gsub(/_/, "-", uid)
				if ((length(uid) == 36 || length(uid) == 32) && (pid in of)) once(of[pid] " uid " uid)
			}
		}
		FILENAME == COMMS { split($0, part, "/"); pid = part[3]; sub(/^[^:]*:/, ""); if (pid in of) once(of[pid] " sandbox " $0) }
		END {
			host = (init == "init" && 1 in of) ? of[1] : own
			print host, (host == own ? "-" : "/proc/1/ns/net")
			for (n in path) if (n != host) print n, path[n]
			for (n in first) if (n != host && !(n in path)) print n, "/proc/" first[n] "/ns/net"
		}' SELF="$tmp/self" LINKS="$tmp/links" NAMED="$tmp/named" CGROUPS="$tmp/cgroups" COMMS="$tmp/comms" FACTS="$tmp/facts" \
		"$tmp/self" "$tmp/links" "$tmp/named" "$tmp/cgroups" "$tmp/comms" >"$tmp/found"
}
: >"$tmp/facts"
discover
read -r host _ <"$tmp/found"

# enter PATH COMMAND...: runs a command in a namespace; `ask` within the time limit of a tool
enter() {
	path=$1 && shift
	if [ "$path" = - ]; then "$@"; else nsenter --net="$path" "$@"; fi
}
ask() {
	path=$1 && shift
	if [ "$path" = - ]; then bounded "$@"; else bounded nsenter --net="$path" "$@"; fi
}
# Writes the namespaces that were asked for to $tmp/chosen: by inode, name or UID first, then by the addresses inside.
choose() {
	[ -n "$want" ] || { cat "$tmp/found"; return; }
	awk -v want="$want" '
		BEGIN { n = split(want, word, " "); for (i = 1; i <= n; i++) wanted[word[i]] = 1 }
		FILENAME == FACTS { if ($3 in wanted) { take[$1] = 1; seen[$3] = 1 } next }
		$1 in wanted { take[$1] = 1; seen[$1] = 1 }
		FNR == 1 || $1 in take { print }
		END { for (i = 1; i <= n; i++) if (!(word[i] in seen) && word[i] != "host") print word[i] > LEFT }' \
		FACTS="$tmp/facts" LEFT="$tmp/left" "$tmp/facts" "$tmp/found"
	[ -s "$tmp/left" ] || return 0
	while read -r inode path; do
		ask "$path" $ip -j addr </dev/null 2>/dev/null >"$tmp/addresses" || continue
		while read -r word; do
			grep -qF "\"local\":\"$word\"" "$tmp/addresses" && echo "$word" >>"$tmp/answered" && echo "$inode $path"
		done <"$tmp/left"
	done <"$tmp/found" >"$tmp/by-address"
	cat "$tmp/by-address"
	while read -r word; do
		grep -qxF "$word" "$tmp/answered" || warn "no namespace here is or has $word"
	done <"$tmp/left"
}
: >"$tmp/left"
: >"$tmp/answered"
choose | awk '!($1 in seen) { seen[$1] = 1; print }' >"$tmp/chosen"
if [ -n "$brief_others" ]; then
	awk 'FILENAME == CHOSEN { chosen[$1] = 1; next } !($1 in chosen) { print $0, "brief" }' CHOSEN="$tmp/chosen" \
		"$tmp/chosen" "$tmp/found" >"$tmp/others"
	cat "$tmp/others" >>"$tmp/chosen"
fi

# ---- output -----------------------------------------------------------------------------------------------------------

# work NUMBER: dumps every second namespace of $tmp/turn, one after the other, each to $tmp/netns-INODE
work() {
	mkdir -p "$tmp/$1" "$tmp/brief-$round-$1"
	awk -v me="$1" 'NR % 2 == me % 2' "$tmp/turn" >"$tmp/$1/list"
	echo none >"$tmp/$1/current"
	watch "$tmp/$1/current" </dev/null >/dev/null 2>&1 &
	watchdog=$!
	look_briefly "$1"
	while read -r inode path brief <&5; do
		[ ! -e "$tmp/netns-$inode" ] || continue
		awk -v n="$inode" -v mark="@$nonce" -v brief="$brief" -v kind="$([ "$inode" = "$host" ] && echo host || echo other)" '
			BEGIN { print mark, "netns", n, kind; if (brief != "") print mark, "brief" }
			$1 == n && !(kind == "host" && $2 == "uid") { sub(/^[^ ]* /, ""); print mark, $0 }' "$tmp/facts" >"$tmp/$1/facts"
		if enter "$path" sh "$tmp/inside" "$tmp/$1" "$tmp/$1/facts" "$brief" >"$tmp/netns-$inode" 2>"$tmp/$1/said"; then
			cat "$tmp/$1/said" >&2
			echo "@$nonce netns-end $inode" >>"$tmp/netns-$inode"
			ends <"$tmp/$1/ip-link.o" >"$tmp/ends-$inode"
		else
			rm -f "$tmp/netns-$inode" "$tmp/ends-$inode"
			# One that was removed meanwhile is not left out.
			case $(ls -diL "$path" 2>/dev/null) in
			*"$inode "*) cat "$tmp/$1/said" >&2 && warn "namespace $inode ($path) could not be entered" ;;
			*) echo "$inode" >>"$tmp/gone" ;;
			esac
		fi
	done 5<"$tmp/$1/list"
	kill "$watchdog"
}
# look_briefly NUMBER: takes those of the worker's list that are to be taken in brief. What is common to all of them is
# done by one process for all: $tmp/netns-INODE is the first of the files that `parts_of` names.
look_briefly() {
	# One limit for all: what it leaves out is taken by `inside`, with a limit for each tool.
	(
		ulimit -f 262144
		while read -r inode path brief; do
			[ -n "$brief" ] && nsenter --net="$path" $ip $numeric -j -d -batch - <"$tmp/batch" \
				>"$tmp/brief-$round-$1/$inode.o" 2>"$tmp/brief-$round-$1/$inode.e" && echo "$inode"
		done
	) <"$tmp/$1/list" >"$tmp/$1/looked" 2>/dev/null &
	echo "all-briefly $!" >"$tmp/$1/current"
	wait $!
	echo none >"$tmp/$1/current"
	[ -s "$tmp/$1/looked" ] || return 0
	set -- "$1" "$tmp/brief-$round-$1"
	( cd "$2" && wc -l *.o && echo bytes && wc -c *.o *.e && echo forwarding && grep -lE '"forwarding":(true|"on")' *.o ) >"$tmp/$1/sizes"
	awk -v mark="@$nonce" -v names="$brief_sections" -v ip="$ip $numeric -j" -v own="$2" -v all="$tmp/netns-" '
		FILENAME == FACTS { n = $1; sub(/^[^ ]* /, ""); facts[n] = facts[n] mark " " $0 "\n"; next }
		FILENAME == SIZES && NF == 1 && !/\./ { what = $1; next }
		FILENAME == SIZES && what == "forwarding" { more[$1]; next }
		FILENAME == SIZES && what == "bytes" { bytes[$2] = $1; next }
		FILENAME == SIZES { lines[$2] = $1; next }
		{
			n = $1
			# One line of JSON for each command of the batch; an old tool prints other lines.
			if (lines[n ".o"] != split(names, ignored, "+") || (n ".o") in more) next
			printf "%s netns %s other\n%s brief\n%s", mark, n, mark, facts[n] > (all n)
			printf "%s section %s exit=0 ms=0 out=%s err=%s", mark, names, bytes[n ".o"], bytes[n ".e"] > (all n)
			printf " cmd=%s -d -batch -\n", ip > (all n)
			printf "\n%s end %s\n%s netns-end %s\n", mark, names, mark, n > (own "/" n ".end")
			close(all n); close(own "/" n ".end")
		}' FACTS="$tmp/facts" SIZES="$tmp/$1/sizes" "$tmp/facts" "$tmp/$1/sizes" "$tmp/$1/looked"
	ends_of_all "$2"/*.o
}
# parts_of INODE: the files that are its dump, in order
parts_of() {
	echo "$tmp/netns-$1"
	for part in "$tmp"/brief-*/"$1.end"; do
		[ ! -e "$part" ] || printf "${part%.end}%s\n" .o .e .end
	done
}
# Dumps the namespaces of $tmp/turn by two workers.
round=0
take() {
	round=$((round + 1))
	[ $round = 1 ] || while read -r inode _; do rm -f "$tmp/netns-$inode" "$tmp"/brief-*/"$inode".*; done <"$tmp/turn"
	work 1 &
	workers=$!
	work 2 &
	wait $workers $!
}
# ends: the interface numbers `OWN OTHER` of each device in `ip -j link` that leads into another namespace
ends() {
	awk "$ends_of"'{ if (is_end()) print own, other }' RS='{'
}
# ends_of_all FILE...: the same of many namespaces, to $tmp/ends-INODE of each file INODE.o
ends_of_all() {
	awk "$ends_of"'
		FNR == 1 { if (to != "") close(to); to = FILENAME; sub(/.*\//, "", to); to = ENDS "/ends-" substr(to, 1, length(to) - 2); printf "" > to }
		{ if (is_end()) print own, other > to }' RS='{' ENDS="$tmp" "$@"
}
ends_of='
	function number(name) { return match($0, "\"" name "\":[0-9]+") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : "" }
	function is_end() { own = number("ifindex"); other = number("link_index"); return /"link_netnsid":/ && other != "" }'
# pair LIST: writes the host's ends of veths whose other end is in no namespace of the list to $tmp/unpaired, and the
# namespaces without any veth to the host to $tmp/loose: a pod that was just being set up or taken down is among them.
pair() {
	list=$1 && set --
	: >"$tmp/unpaired" && : >"$tmp/loose"
	while read -r inode _; do
		[ ! -e "$tmp/ends-$inode" ] || set -- "$@" "$inode" "$tmp/ends-$inode"
	done <"$list"
	awk -v host="$host" -v UNPAIRED="$tmp/unpaired" -v LOOSE="$tmp/loose" '
		BEGIN { for (i = 1; i < ARGC; i += 2) { if (ARGV[i] != host) all[ARGV[i]] = 1; of[ARGV[i + 1]] = ARGV[i]; ARGV[i] = "" } }
		{ netns = of[FILENAME] }
		netns == host { end[++ends] = $0; next }
		{ seen[$2 " " $1] = netns }
		END {
			for (i = 1; i <= ends; i++) if (end[i] in seen) delete all[seen[end[i]]]; else print end[i] > UNPAIRED
			for (one in all) print one > LOOSE
		}' "$@" </dev/null
}
# The host's ends of veths as they are now, to $tmp/now.
ends_now() {
	host_path=$(awk '{ print $2; exit }' "$tmp/found")
	ask "$host_path" $ip -j link </dev/null 2>/dev/null | ends >"$tmp/now"
}
# is_as_before: whether the namespaces listed now are those that were found
is_as_before() {
	awk 'FILENAME == FOUND { was[$1]; next }
		FILENAME == NAMED { is[$1]; next }
		NF > 2 && $(NF - 1) == "->" { n = $NF; sub(/^net:\[/, "", n); sub(/\]$/, "", n); is[n] }
		END {
			for (n in was) if (!(n in is)) exit 1
			for (n in is) if (!(n in was)) exit 1
		}' FOUND="$tmp/found" NAMED="$tmp/named" "$tmp/found" "$tmp/named" "$tmp/links"
}
# settle: takes once more what pods that came and went meanwhile have made wrong; false where nothing has
settle() {
	: >"$tmp/stale" && : >"$tmp/open"
	pair "$tmp/chosen"
	[ -s "$tmp/unpaired" ] || return
	ends_now
	# What is there still, and had no other end after all namespaces were looked for, is the node's own way out, as it has
	# where the node is itself in a container.
	awk 'FILENAME == NOW { now[$0] = 1; next }
		FILENAME == ASKED { asked[$0] = 1; next }
		!($0 in now) { print > STALE; next }
		!($0 in asked) { print > OPEN }' NOW="$tmp/now" ASKED="$tmp/asked" STALE="$tmp/stale" OPEN="$tmp/open" \
		"$tmp/now" "$tmp/asked" "$tmp/unpaired"
	[ -s "$tmp/stale" ] || [ -s "$tmp/open" ] || return
	cat "$tmp/open" >>"$tmp/asked"
	list_namespaces
	[ -s "$tmp/stale" ] || [ -s "$tmp/loose" ] || ! is_as_before || return
	cat "$tmp/found" >"$tmp/before" && : >"$tmp/facts" && : >"$tmp/next" && : >"$tmp/turn" && : >"$tmp/vanished"
	discover
	# Only an end that is there still can belong to a pod that had none yet.
	[ -s "$tmp/open" ] || : >"$tmp/loose"
	awk -v host="$host" -v is_stale="$([ ! -s "$tmp/stale" ] || echo yes)" '
		FILENAME == LOOSE { again[$1] = 1; next }
		FILENAME == BEFORE { was[$1] = $2; next }
		FILENAME == CHOSEN { brief[$1] = $3; next }
		{
			is[$1] = 1
			how = $1 in brief ? brief[$1] : BRIEF
			line = $0 (how == "" ? "" : " " how)
			print line > NEXT
			# Inode numbers are used again: another path is another namespace.
			isNew = !($1 in was) || was[$1] != $2 && $2 !~ /^\/proc\// && was[$1] !~ /^\/proc\//
			if ($1 == host ? is_stale != "" : $1 in again || isNew) print line > TURN
		}
		END { for (one in was) if (!(one in is)) print one > VANISHED }' \
		LOOSE="$tmp/loose" BEFORE="$tmp/before" CHOSEN="$tmp/chosen" NEXT="$tmp/next" TURN="$tmp/turn" \
		VANISHED="$tmp/vanished" BRIEF="${brief_others:+brief}" \
		"$tmp/loose" "$tmp/before" "$tmp/chosen" "$tmp/found"
	while read -r inode; do rm -f "$tmp/netns-$inode" "$tmp/ends-$inode"; done <"$tmp/vanished"
	cat "$tmp/next" >"$tmp/chosen" && : >"$tmp/gone"
	take
}
: >"$tmp/gone"
: >"$tmp/asked"
cat "$tmp/chosen" >"$tmp/turn"
take
# Pods come and go while a node is looked at. The host's end of a veth must not be left without its other end, which
# would then look like a way out of the node.
rest=yes
if [ -z "$want" ] || [ -n "$brief_others" ]; then
	read -r began _ </proc/uptime
	while settle; do
		read -r now _ </proc/uptime
		[ $((${now%.*} - ${began%.*})) -lt 20 ] || { rest='' && break; }
	done
fi
# Where it does not come to rest, what changed last is said to be left out.
: >"$tmp/restless"
[ -n "$rest" ] || cat "$tmp/turn" "$tmp/vanished" "$tmp/gone" | awk -v host="$host" '$1 != host { print $1 }' >"$tmp/restless"
# look_out: writes the host's ends to $tmp/outside whose other end is in no namespace here, where some are not dumped. Those
# have to be looked into for that; where one can not be entered, nothing is known.
look_out() {
	: >"$tmp/outside"
	[ -e "$tmp/ends-$host" ] || return 0
	is_left='' && while read -r inode _; do [ -e "$tmp/ends-$inode" ] || is_left=yes; done <"$tmp/found"
	[ -n "$is_left" ] || return 0
	: >"$tmp/facts" && discover
	while read -r inode path; do
		[ ! -e "$tmp/ends-$inode" ] || continue
		ask "$path" $ip -j link </dev/null >"$tmp/links-there" 2>/dev/null || return 0
		ends <"$tmp/links-there" >"$tmp/ends-$inode"
	done <"$tmp/found"
	pair "$tmp/found"
	[ -s "$tmp/unpaired" ] || return 0
	ends_now
	awk 'FILENAME == NOW { now[$0] = 1; next } $0 in now { print $1 }' NOW="$tmp/now" "$tmp/now" "$tmp/unpaired" >"$tmp/outside"
}
look_out
# The host first, which is the first of those found.
while read -r inode _; do [ ! -e "$tmp/netns-$inode" ] || echo "$inode"; done <"$tmp/chosen" >"$tmp/done"
[ -s "$tmp/done" ] || fail 'no namespace could be dumped'
printf '#skoop-dump 1 %s\n@%s node %s\n@%s collected %s\n@%s kernel %s\n' \
	$nonce $nonce "$node" $nonce "$(date -u +%Y-%m-%dT%H:%M:%SZ)" $nonce "$kernel"
while read -r inode; do parts_of "$inode"; done <"$tmp/done" | xargs cat
while read -r number; do echo "@$nonce outside $number"; done <"$tmp/outside"
awk -v mark="@$nonce" '
	FILENAME == DONE { dumped[$1] = 1; count++; next }
	FILENAME == GONE { dumped[$1] = 1; next }
	FILENAME == RESTLESS { delete dumped[$1]; left[$1] = 1; next }
	FILENAME == FACTS { if ($2 == "name") { sub(/ name /, " "); name[$1] = 1; if (!($1 in dumped)) print mark, "not-dumped", $0 } next }
	!($1 in dumped) && !($1 in name) { print mark, "not-dumped", $1; delete left[$1] }
	END {
		for (one in left) if (!(one in name)) print mark, "not-dumped", one
		print mark, "eof netns=" count
	}' DONE="$tmp/done" GONE="$tmp/gone" RESTLESS="$tmp/restless" FACTS="$tmp/facts" \
	"$tmp/done" "$tmp/gone" "$tmp/restless" "$tmp/facts" "$tmp/found"
