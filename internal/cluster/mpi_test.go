//go:build mpi

package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// joined starts MPI, which a process does once. Package test/cluster runs these tests
// under mpirun.
var joined = sync.OnceValues(Start)

func job(t testing.TB) Job {
	t.Helper()
	if os.Getenv("OMPI_COMM_WORLD_SIZE") == "" {
		t.Skip("These tests are for several processes: go test ./test/cluster runs them under mpirun.")
	}
	j, err := joined()
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv("OMPI_COMM_WORLD_SIZE") != "" {
		j, err := joined()
		if err == nil && code == 0 {
			err = j.Finish()
		}
		if err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

func TestMPI(t *testing.T) {
	j := job(t)
	if got := fmt.Sprintf("%d %d", j.Rank(), j.Size()); got != os.Getenv("OMPI_COMM_WORLD_RANK")+" "+os.Getenv("OMPI_COMM_WORLD_SIZE") {
		t.Fatalf("rank and size are %s", got)
	}
	// Package test/cluster lets ranks of one machine have all of its cores.
	beside, err := strconv.Atoi(os.Getenv("OMPI_COMM_WORLD_LOCAL_SIZE"))
	if want := max(1, runtime.NumCPU()/max(1, beside)); err != nil || os.Getenv("GOMAXPROCS") == "" && runtime.GOMAXPROCS(0) != want {
		t.Errorf("a rank takes %d cores, want %d, %v", runtime.GOMAXPROCS(0), want, err)
	}
	if err := collective(j); err != nil {
		t.Fatal(err)
	}
}

// Messages longer than C's int counts go in pieces.
func TestMPIPieces(t *testing.T) {
	j := job(t)
	defer func(piece, lane int) { maxPiece, maxLane = piece, lane }(maxPiece, maxLane)
	maxLane = -1
	for _, maxPiece = range []int{1, 2, 7, 4096} {
		if err := collective(j); err != nil {
			t.Fatal(err)
		}
		b := bytes.Repeat([]byte{byte(j.Rank())}, 100)
		if err := j.Broadcast(b, j.Size()-1); err != nil || b[99] != byte(j.Size()-1) {
			t.Fatalf("got %d, %v", b[99], err)
		}
	}
}

// The level of MPI's threads is enough for goroutines that move, and the collector does not
// mind what is sent.
func TestMPIThreads(t *testing.T) {
	j := job(t)
	n, me := j.Size(), j.Rank()
	for round := range 50 {
		done := make(chan error)
		go func() {
			runtime.LockOSThread() // so that the thread ends, and the next goroutine has another one
			send, recv := make([][]byte, n), make([][]byte, n)
			for r := range n {
				send[r] = bytes.Repeat([]byte{byte(me + r + round)}, 10_000)
				recv[r] = make([]byte, 10_000)
			}
			stop := make(chan struct{})
			go func() { runtime.GC(); close(stop) }()
			err := j.Exchange(send, recv)
			<-stop
			for r, b := range recv {
				if want := bytes.Repeat([]byte{byte(me + r + round)}, 10_000); !bytes.Equal(b, want) {
					err = errors.Join(err, fmt.Errorf("rank %d got other bytes from %d", me, r))
				}
			}
			done <- err
		}()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}

// Who receives too little says so.
func TestMPILengths(t *testing.T) {
	j := job(t)
	n, me := j.Size(), j.Rank()
	if n == 1 {
		return
	}
	defer func(n int) { maxLane = n }(maxLane)
	for _, sent := range []int{3, 0, 3, 0} {
		maxLane = -maxLane // now with lanes and now without
		send, recv := make([][]byte, n), make([][]byte, n)
		for r := range n {
			send[r], recv[r] = make([]byte, sent), make([]byte, 4)
		}
		send[me], recv[me] = nil, nil
		if err := j.Exchange(send, recv); err == nil || !strings.Contains(err.Error(), "sends fewer bytes to rank") {
			t.Errorf("%d bytes for 4: %v", sent, err)
		}
	}
}

// A step of training makes such calls, and allocates nothing.
func TestMPIAllocations(t *testing.T) {
	j := job(t)
	call := stepOf(j)
	if a := testing.AllocsPerRun(100, func() {
		if err := call(); err != nil {
			t.Fatal(err)
		}
	}); a > 0 {
		t.Errorf("%v allocations", a)
	}
}

// stepOf returns the calls of a step with two ranks, a batch of 256 in each and 64 units.
func stepOf(j Job) func() error {
	const sums, gathered = 64 << 10, 83 << 10
	n := j.Size()
	var send, recv, all [][]byte
	for range n {
		send, recv = append(send, make([]byte, sums)), append(recv, make([]byte, sums))
		all = append(all, make([]byte, gathered))
	}
	own := make([]byte, gathered)
	return func() error {
		if err := j.Exchange(send, recv); err != nil {
			return err
		}
		return j.Gather(own, all)
	}
}

func BenchmarkMPI(b *testing.B) {
	j := job(b)
	call := stepOf(j)
	b.Run("Barrier", func(b *testing.B) {
		for range 10_000 {
			if err := j.Barrier(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()/10_000*1e6, "µs/call")
	})
	b.Run("Step", func(b *testing.B) {
		for range 10_000 {
			if err := call(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()/10_000*1e6, "µs/call")
	})
}
