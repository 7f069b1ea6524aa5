package watch

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// loopback is the host of an address that names none: the page is for this machine alone.
const loopback = "127.0.0.1"

// CheckAddress says what is wrong with an address, as far as can be known without listening
// at it. It is host:port, or :port for this machine alone; port 0 is one that is free.
func CheckAddress(address string) error {
	_, _, err := parseAddress(address)
	return err
}

func parseAddress(address string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return "", "", errors.New("want a port behind a colon, as in :8080, :0 for one that is free, or host:8080")
	}
	if host == "" {
		host = loopback
	}
	return host, port, nil
}

// guarded answers requests to a host that this server is meant to be, and refuses others.
//
// A page from elsewhere may not read from 127.0.0.1, unless the name it came from is said
// by its owner to be 127.0.0.1 from now on (DNS rebinding). Its requests then still have
// that name in them. An address has no owner who could do that, and neither has localhost,
// so these are as good as the name that the user gave. The port may be another one, that
// of a tunnel.
func guarded(host string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !mayAsk(r.Host, host) {
			http.Error(w, fmt.Sprintf("this page is not for %q; open it by its address, or as localhost", r.Host), http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func mayAsk(asked, host string) bool {
	if name, _, err := net.SplitHostPort(asked); err == nil {
		asked = name
	}
	asked = strings.TrimSuffix(strings.TrimPrefix(asked, "["), "]")
	return net.ParseIP(asked) != nil || strings.EqualFold(asked, "localhost") || strings.EqualFold(asked, host)
}
