package realserver

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// mailbox is an SMTP server that takes every mail and keeps it.
type mailbox struct {
	address  string
	listener net.Listener
	sessions sync.WaitGroup

	mu    sync.Mutex
	mails []string
}

func newMailbox() (*mailbox, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &mailbox{address: l.Addr().String(), listener: l}
	m.sessions.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			m.sessions.Go(func() { m.serve(conn) })
		}
	})
	return m, nil
}

func (m *mailbox) close() {
	m.listener.Close()
	m.sessions.Wait()
}

func (m *mailbox) all() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails)
}

// serve speaks as much of RFC 5321 as a sender needs.
func (m *mailbox) serve(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // fails only on a closed connection, as the next read will
	in := bufio.NewScanner(conn)
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	say("220 localhost")
	var envelope []string
	for in.Scan() {
		verb, _, _ := strings.Cut(strings.ToUpper(in.Text()), " ")
		switch verb {
		case "MAIL", "RCPT":
			envelope = append(envelope, in.Text())
			say("250 ok")
		case "DATA":
			say("354 go on")
			text := envelope
			for in.Scan() && in.Text() != "." {
				text = append(text, strings.TrimPrefix(in.Text(), "."))
			}
			m.mu.Lock()
			m.mails = append(m.mails, strings.Join(text, "\n"))
			m.mu.Unlock()
			envelope = nil
			say("250 kept")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}
