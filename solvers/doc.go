// Package solvers holds the update rules by which a network learns: a solver
// takes every weight w together with the gradient g of the loss, and moves w a
// little against g.
//
//	solver := &solvers.Adam{LearningRate: 0.002}
//	for range steps {
//		// run the graph forward and backward
//		if err := solver.Step(model); err != nil {
//			return err
//		}
//	}
//
// The rules are SGD, Momentum, Nesterov, RMSprop, Adam, AdamW, LazyAdam and AdaGrad; the
// comment of each gives its equations and where other libraries differ. Adam is
// a good first choice. Settings are fields, zero means the default, and New
// makes a solver from a name and Settings. The default rates are our choice for
// bag-of-words networks: 0.001 for Adam, AdamW, LazyAdam and RMSprop, 0.01 for Momentum,
// Nesterov and AdaGrad, 0.1 for SGD.
//
// All are gorgonia.Solvers and work on any Gorgonia graph: the model is what
// gorgonia.NodesToValueGrads returns. Weights are *tensor.Dense (float32 or
// float64, contiguous), *gorgonia.F32 or *gorgonia.F64; a gradient is the same,
// or a *graph.RowGrad, which holds some rows and means zero for the others.
//
// # The order of things
//
// Every rule does, in this order:
//
//	g ← g + L1·sign(w) + L2·w     penalties on large weights; 0 is off
//	g ← min(max(g, −Clip), Clip)  each element; 0 is off
//	w, memory ← rule(w, g, memory)
//	g ← 0                         dense gradients, because dual values accumulate
//
// The gradient is that of the mean loss of a batch, so there is no setting for
// the batch size. What a rule remembers (velocities, moments) goes by the position
// of the parameter in the model: keep one solver and one fixed model together.
// The learning rate may be changed between steps, by the field or by a Schedule.
//
// # Deferred rows
//
// The first layer of a bag-of-words network is a table with a row for each word,
// and a batch reads perhaps a thousand of 25,000 rows. The others have gradient
// zero, but most rules move them nevertheless: a velocity runs out, Adam's
// moments fade over some hundred steps. By default every row is stepped every
// time, which costs far more than the rest of the step. To skip the idle rows, as
// LazyAdam and PyTorch's SparseAdam do, is another algorithm with other results.
//
// Here a row may instead do its idle steps later, all at once, in closed form:
//
//	solver.SetDefer(true)
//	for each batch {
//		solver.CatchUp(model, 0, rows) // those the batch will read
//		// run the graph; the gradient of parameter 0 is a *graph.RowGrad
//		solver.Step(model)             // touches only its rows
//	}
//	solver.Flush(model)                // before the whole table is read
//
// The results are those of stepping every row every time: the same bits for SGD
// and AdaGrad, which have nothing to catch up, to rounding for RMSprop, Momentum
// and Nesterov, and for Adam and AdamW as their comments say. A step with
// gradients that are not row-sparse, with a penalty (then no gradient is zero),
// or with betas for which Adam's sum is not accurate, steps the whole table.
// Now and then a Step of Adam sweeps the table by itself.
//
// # Saving
//
// State copies what a solver remembers, SetState puts it back. Training that
// goes on from a State has the same bits as training that asked for the State
// and went on. As it lets deferred rows do their steps, it is not quite what
// training without it would have come to. Snapshot leaves them alone and keeps
// what they have still to do: for checkpoints, which must not change a training.
//
// # Your own
//
// Anything with Step is a solver to Gorgonia; the example OwnRule is one in a
// dozen lines. A rule of this package is a file: its type embeds core, which
// finds weights and gradients and keeps clocks and state, and implements the
// interface rule of solver.go, chiefly update (one step), and, if rows without
// gradient change, rowRule or tableRule (many steps at once). Its loops are in internal/kernel/update.go. It is done when
// New knows it and it has a row in the table of solvers_test.go.
package solvers
