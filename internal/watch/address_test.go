package watch

import "testing"

func TestParseAddress(t *testing.T) {
	for address, want := range map[string][2]string{
		":0": {"127.0.0.1", "0"}, ":8080": {"127.0.0.1", "8080"}, "localhost:80": {"localhost", "80"},
		"0.0.0.0:65535": {"0.0.0.0", "65535"}, "[::1]:0": {"::1", "0"},
		"": {}, "8080": {}, ":": {}, ":65536": {}, ":-1": {}, ":http": {}, "host": {}, "::1:0": {}, "http://host:80": {},
	} {
		host, port, err := parseAddress(address)
		if host != want[0] || port != want[1] || (err == nil) != (want[0] != "") || CheckAddress(address) != err && err == nil {
			t.Errorf("%q: host %q, port %q, %v; want %v", address, host, port, err, want)
		}
	}
}

// A name that is not this machine's is that of somebody who has it lead here.
func TestMayAsk(t *testing.T) {
	for _, row := range []struct {
		asked, host string
		want        bool
	}{
		{"127.0.0.1:8080", "127.0.0.1", true},
		{"127.0.0.1", "127.0.0.1", true},
		{"localhost:9999", "127.0.0.1", true}, // through a tunnel
		{"LocalHost", "127.0.0.1", true},
		{"[::1]:8080", "127.0.0.1", true},
		{"192.168.1.7:8080", "0.0.0.0", true},
		{"box.lan:8080", "box.lan", true},
		{"box.lan:8080", "127.0.0.1", false},
		{"evil.example", "127.0.0.1", false},
		{"evil.example:8080", "0.0.0.0", false},
		{"localhost.evil.example", "127.0.0.1", false},
		{"127.0.0.1.evil.example", "127.0.0.1", false},
		{"", "127.0.0.1", false},
	} {
		if got := mayAsk(row.asked, row.host); got != row.want {
			t.Errorf("%q at %s: %v, want %v", row.asked, row.host, got, row.want)
		}
	}
}
