// Draws what the program sends: how things stand, and what is new of the curves.
"use strict"

const mostKept = 10 // trainings, as many as the program keeps
const $ = id => document.getElementById(id)
const run = {id: null, state: null, trainings: []}
let heard = 0 // when, for the seconds that pass meanwhile
let due = false

// Messages.

const events = new EventSource("events")
events.onmessage = message => {
	const update = JSON.parse(message.data)
	if (update.run !== run.id) { // the program was started again
		run.trainings = []
		$("charts").replaceChildren()
	}
	run.id = update.run
	run.state = update
	for (const u of update.trainings ?? []) {
		let t = run.trainings.find(t => t.number === u.number)
		if (!t) {
			t = {number: u.number, steps: [], epochs: []}
			run.trainings.push(t)
			run.trainings.splice(0, run.trainings.length - mostKept)
		}
		Object.assign(t, u.about)
		t.now = u
		for (const [points, news] of [[t.steps, u.by_step], [t.epochs, u.by_epoch]]) {
			points.length = news.from
			points.push(...news.points)
			points.tip = news.tip ?? []
		}
	}
	heard = performance.now()
	$("lost").hidden = true
	if (update.final) events.close()
	draw()
}
events.onerror = () => { $("lost").hidden = run.state?.final ?? false }

new ResizeObserver(draw).observe($("charts"))
setInterval(() => { if (run.state && !run.state.final) writeNumbers() }, 1000)

// draw draws at the next frame, however often it is called until then.
function draw() {
	if (due) return
	due = true
	requestAnimationFrame(() => {
		due = false
		if (!run.state) return
		writeHead()
		writeNumbers()
		drawCharts()
	})
}

// Text.

function number(n) { return n.toLocaleString("en-US", {maximumFractionDigits: 0}) }

// loss has four digits, and those of a tiny one are not all zeros.
function loss(v) { return v > 0 && v < 0.001 ? v.toExponential(1) : v.toFixed(4) }

function seconds(s) {
	if (s < 10) return s.toFixed(1) + " s"
	if (s < 90) return s.toFixed(0) + " s"
	if (s < 5400) return Math.floor(s / 60) + " min " + Math.round(s % 60) + " s"
	return Math.floor(s / 3600) + " h " + Math.round(s % 3600 / 60) + " min"
}

function current() { return run.trainings[run.trainings.length - 1] }

function writeHead() {
	const {state, text} = run.state, t = current()
	$("state").textContent = state
	$("state").className = state
	$("text").textContent = text
	document.title = (t && t.now.epoch && !run.state.final ? `epoch ${t.now.epoch}/${t.epochs_at_most}` : state) + " – fit train"
	if (!t) return
	$("name").textContent = t.name
	$("facts").replaceChildren(...t.facts.flatMap(f => [element("dt", {}, f.name), element("dd", {}, f.text)]))
}

function writeNumbers() {
	const t = current(), s = run.state
	const passed = s.final ? 0 : (performance.now() - heard) / 1000
	const parts = []
	if (t && t.now.epoch) {
		const n = t.now, all = t.epochs_at_most * t.documents
		$("progress").className = s.final ? "over" : ""
		$("progress").value = all ? ((n.epoch - 1) * t.documents + n.documents) / all : 0
		parts.push(["epoch ", `${number(n.epoch)} of ${number(t.epochs_at_most)}`], ["step ", number(n.step)])
		for (const p of n.best) parts.push(["best epoch ", number(p[0])])
		if (n.speed) parts.push(["", number(n.speed), " documents/s"])
	}
	parts.push(["", seconds(s.elapsed + passed), s.final ? " in all" : " so far"])
	if (t && t.now.rest && !s.final && s.state === "training") parts.push(["at most ", seconds(Math.max(t.now.rest - passed, 0)), " to go"])
	$("numbers").replaceChildren(...parts.map(([before, value, after]) =>
		element("span", {}, before, element("b", {}, value), after ?? "")))
}

// Charts.

// smooth is the mean over the neighbours to each side, a thirtieth of the curve, of which
// the near ones count more.
function smooth(points) {
	const reach = Math.floor(points.length / 30)
	return points.map(([x], i) => {
		let sum = 0, weights = 0
		for (let k = Math.max(i - reach, 0); k <= Math.min(i + reach, points.length - 1); k++) {
			const weight = reach + 1 - Math.abs(k - i)
			sum += weight * points[k][1]
			weights += weight
		}
		return [x, sum / weights]
	})
}

// pick is a line of the curves: the points that have a value at place k.
function pick(points, k) {
	return [...points, ...points.tip].map(p => [p[0], p[k]]).filter(p => p[1] !== null)
}

function drawCharts() {
	const t = current()
	if (!t) return
	const before = run.trainings.slice(0, -1)
	const earlier = (name, k) => before.map(b => ({kind: "earlier", points: name === "steps" ? smooth(pick(b.steps, k)) : pick(b[name], k)}))
	const keys = before.length ? [["earlier", `${before[0].name} to ${before[before.length - 1].name}`.replace(/^(.*) to \1$/, "$1")]] : []
	const raw = pick(t.steps, 1), each = raw.length > 2 ? Math.round(raw[1][0] - raw[0][0]) : 1
	const best = t.now.best, valid = pick(t.epochs, 2), measured = pick(t.epochs, 3)

	const wanted = ["loss"]
	if (t.epochs.length + t.epochs.tip.length) wanted.push("epochs")
	if (measured.length) wanted.push("measure")
	if (t.scheduled) wanted.push("rate")
	for (const id of wanted) figure(id) // all of them, as they share the width

	chart("loss", "training loss by step", "step", loss, [
		...earlier("steps", 1), {kind: "training raw", points: raw}, {kind: "training", name: "loss", points: smooth(raw), read: true},
	], [["training", "smoothed"], ["training raw", each > 1 ? `means of ${number(each)} steps` : "each step"], ...keys])
	if (wanted.includes("epochs")) {
		chart("epochs", "loss by epoch", "epoch", loss, [
			...earlier("epochs", 2),
			{kind: "training", name: "training", points: pick(t.epochs, 1), read: true},
			{kind: "validation", name: "validation", points: valid, read: true},
			{kind: "best", points: best.map(p => [p[0], p[2]])},
		], [["training", "training"], ...valid.length ? [["validation", "validation"], ["best", "best epoch"]] : [], ...keys], true)
	}
	if (measured.length) {
		chart("measure", `validation ${t.measure} by epoch`, "epoch", v => v.toFixed(4), [
			...earlier("epochs", 3),
			{kind: "validation", name: t.measure, points: measured, read: true},
			{kind: "best", points: best.map(p => [p[0], p[3]])},
		], [["best", "best epoch"], ...keys], true)
	}
	if (t.scheduled) {
		chart("rate", "learning rate by step", "step", v => String(+v.toPrecision(3)), [{kind: "rate", name: "learning rate", points: pick(t.steps, 2), read: true}], [])
	}
}

function element(name, attributes, ...content) {
	const svg = ["svg", "g", "path", "line", "circle", "text"].includes(name)
	const e = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name)
	for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value)
	e.append(...content)
	return e
}

// ticks are round numbers, some so many of them, that span low to high.
function ticks(low, high, most, whole) {
	const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough))
	let by = [1, 2, 5, 10].find(f => f * power >= rough * 0.999) * power
	if (whole) by = Math.max(Math.round(by), 1)
	const list = []
	for (let i = Math.ceil(low / by - 1e-9); i * by <= high + by * 1e-9; i++) list.push(+(i * by).toPrecision(12))
	return list
}

function short(v) {
	if (v >= 1e6) return +(v / 1e6).toPrecision(3) + " M"
	if (v >= 1e4) return +(v / 1e3).toPrecision(3) + " k"
	return v !== 0 && Math.abs(v) < 0.001 ? String(+v.toPrecision(2)) : String(+v.toPrecision(6))
}

// figure is the figure of a chart, made the first time. It knows where the pointer is.
function figure(id) {
	if ($(id)) return $(id)
	const svg = element("svg", {role: "img"}), f = element("figure", {id}, element("figcaption", {}), svg)
	svg.addEventListener("pointermove", e => { f.at = e.clientX - svg.getBoundingClientRect().left; draw() })
	svg.addEventListener("pointerleave", () => { f.at = undefined; draw() })
	$("charts").append(f)
	return f
}

// chart draws lines in a figure.
function chart(id, title, xName, write, lines, keys, dots) {
	const f = figure(id)
	f.querySelector("figcaption").replaceChildren(element("b", {}, title),
		...keys.map(([kind, name]) => element("span", {class: "key " + kind}, name)))

	lines = lines.filter(l => l.points.length)
	const svg = f.querySelector("svg"), width = svg.clientWidth, height = svg.clientHeight
	svg.setAttribute("aria-label", title)
	const all = lines.flatMap(l => l.points)
	if (!all.length || !width) return
	// The scale goes by what is to be read; a first loss beyond it would flatten the rest.
	const seen = lines.filter(l => l.read).flatMap(l => l.points)
	let low = Infinity, high = -Infinity, left = Infinity, right = -Infinity
	for (const [, y] of seen) { low = Math.min(low, y); high = Math.max(high, y) }
	for (const [x] of all) { left = Math.min(left, x); right = Math.max(right, x) }
	for (const l of lines.filter(l => l.kind === "earlier")) for (const [, y] of l.points) { low = Math.min(low, y); high = Math.max(high, y) }
	if (low > 0 && low < high / 2) low = 0
	if (high - low < 1e-9 * Math.max(Math.abs(high), 1e-3)) { const by = Math.abs(high) / 10 || 1; low -= by; high += by }
	if (low !== 0) low -= (high - low) / 20
	high += (high - low) / 20
	if (right === left) { left = Math.max(left - 1, 0); right += 1 }

	const down = ticks(low, high, Math.max(height / 45, 2))
	const margin = {left: 12 + 7 * Math.max(...down.map(v => short(v).length)), right: 14, top: 8, bottom: 36}
	const across = ticks(left, right, Math.max((width - margin.left) / 80, 2), true)
	const X = x => margin.left + (x - left) / (right - left) * (width - margin.left - margin.right)
	const Y = y => margin.top + (high - Math.min(Math.max(y, low), high)) / (high - low) * (height - margin.top - margin.bottom)
	const path = points => "M" + points.map(([x, y]) => X(x).toFixed(1) + " " + Y(y).toFixed(1)).join("L")

	const parts = []
	for (const y of down) {
		parts.push(element("path", {class: "axis", d: `M${margin.left} ${Y(y)}H${width - margin.right}`}))
		parts.push(element("text", {x: margin.left - 6, y: Y(y) + 4, "text-anchor": "end"}, short(y)))
	}
	for (const x of across) {
		const label = short(x), half = label.length * 3.5
		parts.push(element("path", {class: "axis", d: `M${X(x)} ${height - margin.bottom}v4`}))
		parts.push(element("text", {x: Math.min(X(x), width - half - 2), y: height - margin.bottom + 17, "text-anchor": "middle"}, label))
	}
	let below = element("text", {}, xName)
	for (const l of lines) {
		if (l.kind === "best") parts.push(...l.points.map(([x, y]) => element("circle", {class: "dot best", cx: X(x), cy: Y(y), r: 6})))
		else {
			if (l.points.length > 1) parts.push(element("path", {class: "line " + l.kind, d: path(l.points)}))
			if (l.points.length === 1 || dots && l.read && l.points.length <= 40)
				parts.push(...l.points.map(([x, y]) => element("circle", {class: "dot " + l.kind, cx: X(x), cy: Y(y), r: 3})))
		}
	}
	if (f.at !== undefined) {
		const x = left + (f.at - margin.left) / (width - margin.left - margin.right) * (right - left)
		const near = points => points.reduce((a, b) => Math.abs(b[0] - x) < Math.abs(a[0] - x) ? b : a)
		const read = lines.filter(l => l.read).map(l => [l.name, near(l.points)])
		if (read.length) {
			const at = read[0][1][0]
			parts.push(element("path", {class: "cursor", d: `M${X(at)} ${margin.top}V${height - margin.bottom}`}))
			below = element("text", {class: "read"}, `${xName} ${number(at)}: ` + read.map(([name, p]) => `${name} ${write(p[1])}`).join(", "))
		}
	}
	for (const [key, value] of Object.entries({x: width / 2, y: height - 5, "text-anchor": "middle"})) below.setAttribute(key, value)
	parts.push(below)
	svg.replaceChildren(...parts)
	if (below.getComputedTextLength() > width - 4) {
		below.setAttribute("textLength", width - 4)
		below.setAttribute("lengthAdjust", "spacingAndGlyphs")
	}
}
