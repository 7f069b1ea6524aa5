// Package watch serves a page that shows a training while it runs: what is trained, how far
// it is, and curves of the losses that grow as one looks at them.
//
//	s, err := watch.Listen(":0")
//	fmt.Println(s.URL()) // http://127.0.0.1:40123/
//	s.Begin(watch.Training{Epochs: 10, Documents: 1375})
//	… s.Step(watch.Step{…}) after each step, s.Epoch(watch.Epoch{…}) after each epoch …
//	s.Tell(watch.Finished, "10 epochs done")
//	s.Close()
//
// Training does not wait for anyone who looks. Step and Epoch note numbers in curves of a
// bounded size, which take the same memory for a thousand steps and for a billion, and
// return; each browser has a goroutine of its own that, twice a second, sends it what is
// new since the last time. A browser that is slow gets more at once, one that comes late or
// comes back gets everything.
//
// The page is one of HTML, a style and a script, embedded in the program; it asks for
// nothing from another place. It reaches it by server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
//
// Methods of a nil *Server do nothing, so that a training that nobody watches needs no
// other code.
package watch
