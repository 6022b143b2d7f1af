package main

import (
	"bytes"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"unsafe"
)

// The answer to a datagram leaves from the address that the datagram came to: a host with several addresses would
// otherwise answer from one that the client's connected socket, and NAT, do not know.
func serveUDP(network, port string) error {
	packets, err := net.ListenPacket(network, ":"+port)
	if err != nil {
		return err
	}
	socket := packets.(*net.UDPConn)
	raw, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	raw.Control(func(fd uintptr) {
		if network == "udp4" {
			err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_PKTINFO, 1)
		} else {
			err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IPV6, syscall.IPV6_RECVPKTINFO, 1)
		}
	})
	if err != nil {
		return err
	}
	question, control := make([]byte, 65536), make([]byte, 512)
	for {
		// an ICMP error to an earlier answer is reported here: the next question is read all the same
		length, controls, _, peer, err := socket.ReadMsgUDPAddrPort(question, control)
		if err != nil {
			continue
		}
		at, from := cameTo(control[:controls])
		token, _, _ := strings.Cut(string(question[:min(length, 24)]), "\n")
		said := say(peer, at, token)
		said = append(said, bytes.Repeat([]byte(" "), max(0, min(length, 1200)-len(said)))...)
		socket.WriteMsgUDPAddrPort(said, from, peer)
	}
}

// The address that a datagram came to, and the control message that makes the answer leave from it.
func cameTo(control []byte) (netip.Addr, []byte) {
	messages, _ := syscall.ParseSocketControlMessage(control)
	for _, message := range messages {
		kind := [2]int32{message.Header.Level, message.Header.Type}
		switch kind {
		case [2]int32{syscall.IPPROTO_IP, syscall.IP_PKTINFO}:
			info := *(*syscall.Inet4Pktinfo)(unsafe.Pointer(&message.Data[0]))
			answer := syscall.Inet4Pktinfo{Spec_dst: info.Addr}
			return netip.AddrFrom4(info.Addr), controlMessage(kind, (*[syscall.SizeofInet4Pktinfo]byte)(unsafe.Pointer(&answer))[:])
		case [2]int32{syscall.IPPROTO_IPV6, syscall.IPV6_PKTINFO}:
			answer := *(*syscall.Inet6Pktinfo)(unsafe.Pointer(&message.Data[0]))
			at := netip.AddrFrom16(answer.Addr)
			if !at.IsLinkLocalUnicast() {
				answer.Ifindex = 0
			}
			return at, controlMessage(kind, (*[syscall.SizeofInet6Pktinfo]byte)(unsafe.Pointer(&answer))[:])
		}
	}
	return netip.Addr{}, nil
}

func controlMessage(kind [2]int32, data []byte) []byte {
	message := make([]byte, syscall.CmsgSpace(len(data)))
	header := (*syscall.Cmsghdr)(unsafe.Pointer(&message[0]))
	header.Level, header.Type = kind[0], kind[1]
	header.SetLen(syscall.CmsgLen(len(data)))
	copy(message[syscall.CmsgLen(0):], data)
	return message
}
