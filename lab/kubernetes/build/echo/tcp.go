package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A question is a line with a number and is as long as that number says; the answer is as long, so that both
// directions carry full-sized segments where that is asked for.
func serveTCP(port string) error {
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return err
	}
	for {
		link, err := listener.Accept()
		if err != nil {
			return err
		}
		go answerTCP(link.(*net.TCPConn))
	}
}

func answerTCP(link *net.TCPConn) {
	defer link.Close()
	link.SetDeadline(time.Now().Add(time.Minute))
	reader := bufio.NewReader(link)
	line, err := reader.ReadString('\n')
	if err != nil {
		return
	}
	size, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || size < 0 || size > 1<<20 {
		fmt.Fprintf(link, "echo: %q: the first line is the length of the question\n", line)
		return
	}
	if _, err := io.CopyN(io.Discard, reader, int64(max(0, size-len(line)))); err != nil {
		return
	}
	local, _ := netip.AddrFromSlice(link.LocalAddr().(*net.TCPAddr).IP)
	said := say(link.RemoteAddr().(*net.TCPAddr).AddrPort(), local, "")
	link.Write(append(said, bytes.Repeat([]byte(" "), max(0, size-len(said)))...))
}
