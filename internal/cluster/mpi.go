//go:build mpi

package cluster

/*
#cgo pkg-config: ompi
#define _GNU_SOURCE
#include <mpi.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	uintptr_t at;
	int n;    // bytes
	int rank; // of the other
} piece;

// A step's messages have some 64 KiB, those of 1024 examples a rank 256. Ranks of one machine have
// lanes for those (lane.go): the messages of a step of two ranks take them 16 µs with lanes and 34 to
// 43 without (BenchmarkMPI, 2026-11-26). Other messages are handed on at
// once where Open MPI may, instead of asking first, as it does from 4 KiB on, on one host by way of memory
// that both have, instead of letting the system copy. Over TCP it asks from 64 KiB on; steps of 512 examples of
// two ranks on a cable of 10 Gbit/s took 0.9 instead of 1.5 ms without that, of 2048 2.5 instead of 3.8. What
// the user has set stays.
static void eager(void) {
	setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 0);
	setenv("OMPI_MCA_btl_vader_eager_limit", "131072", 0);
	setenv("OMPI_MCA_btl_vader_max_send_size", "131072", 0);
	setenv("OMPI_MCA_btl_tcp_eager_limit", "524288", 0);
	setenv("OMPI_MCA_btl_tcp_max_send_size", "524288", 0);
}

static int start(int *rank, int *size) {
	int level, err;
	eager();
	if ((err = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level)))
		return err;
	if (level < MPI_THREAD_SERIALIZED)
		return MPI_ERR_OTHER;
	if ((err = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN)))
		return err;
	if ((err = MPI_Comm_rank(MPI_COMM_WORLD, rank)))
		return err;
	return MPI_Comm_size(MPI_COMM_WORLD, size);
}

// cores sets mine to the cores that this process may run on, and ranks and all to the ranks of
// this machine and the cores that they have together.
static int cores(int *mine, int *ranks, int *all) {
	MPI_Comm here;
	int err;
	*mine = *all = 0;
	if ((err = MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here)))
		return err;
	if ((err = MPI_Comm_size(here, ranks)))
		return err;
#ifdef __linux__
	cpu_set_t own, any;
	CPU_ZERO(&own);
	CPU_ZERO(&any);
	sched_getaffinity(0, sizeof own, &own);
	*mine = CPU_COUNT(&own);
	if ((err = MPI_Allreduce(&own, &any, sizeof own, MPI_BYTE, MPI_BOR, here)))
		return err;
	*all = CPU_COUNT(&any);
#endif
	return MPI_Comm_free(&here);
}

static MPI_Win window = MPI_WIN_NULL;

// share gives each rank of this machine so many bytes of memory that all of them share, which begin
// at a cache line, and sets world to their ranks and at to where their bytes are, in the order of
// their ranks; n is how many they are. It sets *got to 0 if there is no such memory.
static int share(long bytes, int n, int *world, uintptr_t *at, int *got) {
	MPI_Comm here;
	MPI_Group ours, all;
	MPI_Aint size;
	void *mine, *p;
	int err, unit, k, own = 0, every = 0, *ranks = malloc(n * sizeof *ranks);
	*got = 0;
	if ((err = MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here)))
		return err;
	MPI_Comm_set_errhandler(here, MPI_ERRORS_RETURN);
	own = MPI_Win_allocate_shared(bytes + 63, 1, MPI_INFO_NULL, here, &mine, &window) == MPI_SUCCESS;
	if ((err = MPI_Allreduce(&own, &every, 1, MPI_INT, MPI_MIN, here)))
		return err;
	if (every) {
		MPI_Comm_group(here, &ours);
		MPI_Comm_group(MPI_COMM_WORLD, &all);
		for (k = 0; k < n; k++)
			ranks[k] = k;
		if ((err = MPI_Group_translate_ranks(ours, n, ranks, all, world)))
			return err;
		for (k = 0; k < n; k++) {
			if ((err = MPI_Win_shared_query(window, k, &size, &unit, &p)))
				return err;
			at[k] = ((uintptr_t)p + 63) & ~(uintptr_t)63;
		}
		memset(mine, 0, bytes + 63);
		if ((err = MPI_Barrier(here)))
			return err;
		MPI_Group_free(&ours);
		MPI_Group_free(&all);
		*got = 1;
	} else {
		window = MPI_WIN_NULL; // to free one takes all ranks
	}
	free(ranks);
	return MPI_Comm_free(&here);
}

// exchange receives pieces and sends others, all at the same time. It returns -1-r if rank r
// sent less than was to come.
static int exchange(piece *p, int receives, int all, MPI_Request *requests, MPI_Status *statuses) {
	int i, n, err;
	for (i = 0; i < receives; i++)
		if ((err = MPI_Irecv((void *)p[i].at, p[i].n, MPI_BYTE, p[i].rank, 0, MPI_COMM_WORLD, &requests[i])))
			return err;
	for (; i < all; i++)
		if ((err = MPI_Isend((void *)p[i].at, p[i].n, MPI_BYTE, p[i].rank, 0, MPI_COMM_WORLD, &requests[i])))
			return err;
	err = MPI_Waitall(all, requests, statuses);
	if (err == MPI_ERR_IN_STATUS)
		for (i = 0; i < all; i++)
			if (statuses[i].MPI_ERROR != MPI_SUCCESS && statuses[i].MPI_ERROR != MPI_ERR_PENDING)
				return statuses[i].MPI_ERROR;
	if (err)
		return err;
	for (i = 0; i < receives; i++) {
		MPI_Get_count(&statuses[i], MPI_BYTE, &n);
		if (n != p[i].n)
			return -1 - p[i].rank;
	}
	return MPI_SUCCESS;
}

static int broadcast(void *b, int n, int root) { return MPI_Bcast(b, n, MPI_BYTE, root, MPI_COMM_WORLD); }
static int barrier(void) { return MPI_Barrier(MPI_COMM_WORLD); }
static int finish(void) {
	int err;
	if (window != MPI_WIN_NULL && (err = MPI_Win_free(&window)))
		return err;
	return MPI_Finalize();
}
static void end(int code) { MPI_Abort(MPI_COMM_WORLD, code); }
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"unsafe"
)

// ranks are those of MPI_COMM_WORLD.
//
// A goroutine may go from one thread to another between calls, which MPI allows at the
// level SERIALIZED as long as calls do not meet; and a Comm is for one goroutine at a time.
// Only MPI_Init and MPI_Finalize want the same thread, which the keeper has.
type ranks struct {
	rank, size int
	end        chan struct{}
	ended      chan error

	// C's memory for the pieces of a call, for capacity of them.
	pieces   []C.piece
	requests *C.MPI_Request
	statuses *C.MPI_Status

	pinned []runtime.Pinner // of pinnerSize each
	pins   int

	// By rank: the lanes to and from those of this machine; nil: there is none.
	to, from []*lane
	turn     uint64 // calls that lanes were used in
	looks    int    // see lane.await
}

// Start joins the ranks that mpirun has started this process with. A program may call it
// once. Where ranks of one machine have cores in common, each takes its share of them
// (runtime.GOMAXPROCS), unless the environment says how many.
func Start() (Job, error) {
	m := &ranks{end: make(chan struct{}), ended: make(chan error)}
	started := make(chan error)
	go m.keep(started)
	if err := <-started; err != nil {
		return nil, err
	}
	if err := checkLauncher(m.size); err != nil {
		m.Finish()
		return nil, err
	}
	var mine, ranks, all C.int
	if err := m.error(C.cores(&mine, &ranks, &all)); err != nil {
		return nil, err
	}
	if all < mine*ranks && os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(max(1, int(all/ranks)))
	}
	if all >= ranks {
		m.looks = 1 << 14 // some 20 µs; with fewer cores than ranks the others need this one
	}
	if err := m.share(ranks); err != nil {
		return nil, err
	}
	return m, nil
}

// share makes the lanes between this rank and others of its machine, which has n ranks.
func (m *ranks) share(n C.int) error {
	m.to, m.from = make([]*lane, m.size), make([]*lane, m.size)
	if n < 2 {
		return nil
	}
	// All of a machine take up to 32 MiB, as containers have 64 of such memory as a rule.
	message := min(256<<10, 16<<20/int(n)/int(n-1)) &^ 63
	each := laneBytes(message)
	world, at, got := make([]C.int, n), make([]C.uintptr_t, n), C.int(0)
	if err := m.error(C.share(C.long(each*int(n-1)), n, &world[0], &at[0], &got)); err != nil || got == 0 {
		return err
	}
	me := slices.Index(world, C.int(m.rank))
	// The lanes of rank k are to the others in turn, without itself.
	between := func(k, other int) *lane {
		if other > k {
			other--
		}
		first := unsafe.Add(*(*unsafe.Pointer)(unsafe.Pointer(&at[k])), other*each)
		return newLane(unsafe.Slice((*byte)(first), each))
	}
	for k, r := range world {
		if k != me {
			m.to[r], m.from[r] = between(me, k), between(k, me)
		}
	}
	return nil
}

// keep holds the thread that MPI_Init is called on for MPI_Finalize.
func (m *ranks) keep(started chan<- error) {
	runtime.LockOSThread()
	var rank, size C.int
	err := m.error(C.start(&rank, &size))
	m.rank, m.size = int(rank), int(size)
	started <- err
	if err != nil {
		return
	}
	<-m.end
	m.ended <- m.error(C.finish())
}

func (m *ranks) Rank() int { return m.rank }
func (m *ranks) Size() int { return m.size }

func (m *ranks) Exchange(send, recv [][]byte) error {
	copy(recv[m.rank], send[m.rank])
	return m.exchange(func(r int) []byte { return send[r] }, recv)
}

func (m *ranks) Gather(own []byte, recv [][]byte) error {
	copy(recv[m.rank], own)
	return m.exchange(func(int) []byte { return own }, recv)
}

// exchange sends send(r) to each rank r but this one, and receives recv[r] of it. All are
// under way at once: the time of a message is spent once, however many ranks there are.
func (m *ranks) exchange(send func(r int) []byte, recv [][]byte) error {
	if m.size == 1 {
		return nil
	}
	if err := m.post(send, recv); err != nil {
		return err
	}
	n := 0
	for r := range m.size {
		if r != m.rank {
			if !m.lane(r, len(send(r))) {
				n += piecesOf(len(send(r)))
			}
			if !m.lane(r, len(recv[r])) {
				n += piecesOf(len(recv[r]))
			}
		}
	}
	if n > 0 {
		if err := m.exchangePieces(n, send, recv); err != nil {
			return err
		}
	}
	for r, b := range recv {
		if m.lane(r, len(b)) {
			m.from[r].take(m.turn, b)
		}
	}
	return nil
}

// lane says whether a message of so many bytes from or to rank r goes through a lane.
func (m *ranks) lane(r, size int) bool { return m.to[r] != nil && m.to[r].fits(size) }

// post hands over what goes through lanes, and waits until all others of this machine have done
// the same.
func (m *ranks) post(send func(r int) []byte, recv [][]byte) error {
	m.turn++
	for r, l := range m.to {
		if l != nil {
			l.put(m.turn, send(r))
		}
	}
	var err error
	for r, l := range m.from {
		if l == nil {
			continue
		}
		// All are waited for, whatever one says: a rank that went on could write over what another
		// has still to read.
		switch size := l.await(m.turn, m.looks, giveWay); {
		case err != nil:
		case size < len(recv[r]):
			err = fmt.Errorf("cluster: rank %d sends fewer bytes to rank %d than that wants", r, m.rank)
		case size > len(recv[r]):
			err = fmt.Errorf("cluster: rank %d sends more bytes to rank %d than that wants", r, m.rank)
		}
	}
	return err
}

func giveWay() { C.sched_yield() }

// exchangePieces is exchange without lanes, of so many pieces.
func (m *ranks) exchangePieces(n int, send func(r int) []byte, recv [][]byte) error {
	m.reserve(n)
	defer m.unpin()
	// Each begins with another rank, so that not all send to rank 0 first.
	at := 0
	for i := 1; i < m.size; i++ {
		r := (m.rank + m.size - i) % m.size
		if m.lane(r, len(recv[r])) {
			continue
		}
		m.pin(recv[r])
		at = m.add(at, recv[r], r)
	}
	receives := at
	var last *byte
	for i := 1; i < m.size; i++ {
		r := (m.rank + i) % m.size
		b := send(r)
		if m.lane(r, len(b)) {
			continue
		}
		if first := unsafe.SliceData(b); first != last { // Gather sends the same to all
			m.pin(b)
			last = first
		}
		at = m.add(at, b, r)
	}
	err := C.exchange(&m.pieces[0], C.int(receives), C.int(at), m.requests, m.statuses)
	if err < 0 {
		return fmt.Errorf("cluster: rank %d sends fewer bytes to rank %d than that wants", -1-err, m.rank)
	}
	return m.error(err)
}

// maxPiece is the longest message: MPI counts with C's int.
var maxPiece = 1 << 30

// piecesOf is how many messages n bytes are sent in. No bytes are a message as well, so
// that it is seen if the other side waits for some.
func piecesOf(n int) int { return max(1, (n+maxPiece-1)/maxPiece) }

// reserve makes room for n pieces.
func (m *ranks) reserve(n int) {
	if n <= len(m.pieces) {
		return
	}
	// What C keeps must not lie in Go's memory.
	m.free()
	m.pieces = unsafe.Slice((*C.piece)(C.malloc(C.size_t(n)*C.sizeof_piece)), n)
	m.requests = (*C.MPI_Request)(C.malloc(C.size_t(n) * C.sizeof_MPI_Request))
	m.statuses = (*C.MPI_Status)(C.malloc(C.size_t(n) * C.sizeof_MPI_Status))
}

func (m *ranks) free() {
	C.free(unsafe.Pointer(unsafe.SliceData(m.pieces)))
	C.free(unsafe.Pointer(m.requests))
	C.free(unsafe.Pointer(m.statuses))
	m.pieces, m.requests, m.statuses = nil, nil, nil
}

// add makes pieces of what goes to or comes from rank r, from place at on.
func (m *ranks) add(at int, b []byte, r int) int {
	for {
		n := min(len(b), maxPiece)
		// As a number: where a pointer is written, the garbage collector looks at the one that was
		// there, and here that is one of an earlier call, to memory that may be gone.
		m.pieces[at] = C.piece{at: C.uintptr_t(uintptr(unsafe.Pointer(unsafe.SliceData(b)))), n: C.int(n), rank: C.int(r)}
		at++
		if b = b[n:]; len(b) == 0 {
			return at
		}
	}
}

// pinnerSize is how many pins of a Pinner take no memory of their own.
const pinnerSize = 5

// pin keeps b where it is, as C's memory may point to pinned memory alone.
func (m *ranks) pin(b []byte) {
	if len(b) == 0 {
		return
	}
	if m.pins == pinnerSize*len(m.pinned) {
		m.pinned = append(m.pinned, runtime.Pinner{})
	}
	m.pinned[m.pins/pinnerSize].Pin(unsafe.SliceData(b))
	m.pins++
}

func (m *ranks) unpin() {
	for i := range m.pinned {
		m.pinned[i].Unpin()
	}
	m.pins = 0
}

func (m *ranks) Broadcast(b []byte, root int) error {
	for first := true; first || len(b) > 0; first = false {
		n := min(len(b), maxPiece)
		if err := m.error(C.broadcast(unsafe.Pointer(unsafe.SliceData(b)), C.int(n), C.int(root))); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

func (m *ranks) Barrier() error { return m.error(C.barrier()) }

func (m *ranks) Finish() error {
	m.end <- struct{}{}
	m.free()
	return <-m.ended
}

func (m *ranks) Abort(code int) { C.end(C.int(code)) }

// error is what MPI says of an error.
func (m *ranks) error(code C.int) error {
	if code == C.MPI_SUCCESS {
		return nil
	}
	var text [C.MPI_MAX_ERROR_STRING]C.char
	var n C.int
	if C.MPI_Error_string(code, &text[0], &n) != C.MPI_SUCCESS {
		return fmt.Errorf("cluster: MPI: error %d", code)
	}
	return fmt.Errorf("cluster: MPI: %s", C.GoStringN(&text[0], n))
}
