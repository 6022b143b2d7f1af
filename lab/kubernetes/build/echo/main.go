// Echo tells whoever asks which address it saw the question come from and which of its own it came to.
//
//	echo [-name NAME] tcp:8080 udp:5353 …
//
// Every port is served for IPv4 and IPv6. The question's first word comes back as the token, so that an answer cannot
// be taken for one to another question; the answer is one line of JSON. UDP answers are as long as the question.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"strings"
)

type answer struct {
	Saw    string `json:"saw"`
	At     string `json:"at"`
	Server string `json:"server"`
	Token  string `json:"token"`
}

var name string

func main() {
	flag.StringVar(&name, "name", "", "name of this server, the host's name if it is not given")
	flag.Parse()
	if name == "" {
		name, _ = os.Hostname()
	}
	failed := make(chan error)
	for _, argument := range flag.Args() {
		protocol, port, _ := strings.Cut(argument, ":")
		switch protocol {
		case "tcp":
			go func() { failed <- serveTCP(port) }()
		case "udp":
			go func() { failed <- serveUDP("udp4", port) }()
			go func() { failed <- serveUDP("udp6", port) }()
		default:
			fmt.Fprintf(os.Stderr, "echo: %q: write tcp:PORT or udp:PORT\n", argument)
			os.Exit(2)
		}
	}
	fmt.Fprintln(os.Stderr, "echo:", <-failed)
	os.Exit(1)
}

func say(peer netip.AddrPort, at netip.Addr, token string) []byte {
	peer = netip.AddrPortFrom(peer.Addr().Unmap().WithZone(""), peer.Port())
	line, _ := json.Marshal(answer{peer.String(), at.Unmap().WithZone("").String(), name, token})
	return append(line, '\n')
}
