//! The drawing as SVG: with classes for a page, with attributes for a document of its own.

use super::drawing::{Drawing, Line, Shape};
use super::layout::{Layout, Rect};
use super::state_word;
use crate::text::shorten;
use crate::words::{count, kind};
use butfor_incident::picture::State;
use maud::{Markup, html};

/// What the classes mean outside of the page: presentation attributes, light, so that prints and chats show the same.
const ATTRIBUTES: [(&str, &str); 23] = [
    ("map", r##"font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif""##),
    (
        "map wide",
        r##"font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif""##,
    ),
    (
        "map wider",
        r##"font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif""##,
    ),
    ("ground", r##"fill="#ffffff""##),
    ("box depth-0", r##"fill="#f3f5f8" stroke="#b9c2cf""##),
    ("box depth-1", r##"fill="#ffffff" stroke="#b9c2cf""##),
    ("box depth-2", r##"fill="#f3f5f8" stroke="#8fa0b8""##),
    ("box depth-3", r##"fill="#ffffff" stroke="#b9c2cf""##),
    ("leaf plain", r##"fill="#ffffff" stroke="#b9c2cf""##),
    ("leaf cause", r##"fill="#fdecea" stroke="#b3261e" stroke-width="2.5""##),
    ("leaf broken", r##"fill="#fdf3e1" stroke="#8a5300" stroke-width="2""##),
    ("leaf working", r##"fill="#ffffff" stroke="#1b6e3c" stroke-width="1.5""##),
    ("box-kind", r##"fill="#566072" font-size="11""##),
    ("box-name", r##"fill="#1a1f29" font-size="13" font-weight="600""##),
    ("state cause", r##"fill="#b3261e" font-size="11" font-weight="700""##),
    ("state broken", r##"fill="#8a5300" font-size="11" font-weight="700""##),
    ("state working", r##"fill="#1b6e3c" font-size="11""##),
    ("wire cause", r##"fill="none" stroke="#b3261e" stroke-width="2.5" stroke-dasharray="7 4""##),
    ("wire broken", r##"fill="none" stroke="#b3261e" stroke-width="2.5" stroke-dasharray="7 4""##),
    ("wire working", r##"fill="none" stroke="#1b6e3c" stroke-width="1.75""##),
    ("wire plain", r##"fill="none" stroke="#7a8699" stroke-width="1.25""##),
    (
        "wire-label",
        r##"fill="#1a1f29" font-size="11" stroke="#ffffff" stroke-width="4" paint-order="stroke""##,
    ),
    ("cross-sign", r##"fill="#b3261e" stroke="#ffffff" stroke-width="1.5""##),
];

/// Attributes of heads and crosses, which have classes by state.
const SIGNS: [(&str, &str); 5] = [
    ("tip cause", r##"fill="#b3261e""##),
    ("tip broken", r##"fill="#b3261e""##),
    ("tip working", r##"fill="#1b6e3c""##),
    ("tip plain", r##"fill="#7a8699""##),
    ("cross-lines", r##"fill="none" stroke="#ffffff" stroke-width="2""##),
];

/// As part of a page.
pub(super) fn inline(drawing: &Drawing, title: &str) -> Markup {
    svg(drawing, title)
}

/// As a document of its own.
pub(super) fn standalone(drawing: &Drawing, title: &str) -> String {
    let mut text = svg(drawing, title).into_string();
    // A quote in a text is `&quot;` here: `class="` is an attribute.
    for (class, attributes) in ATTRIBUTES.iter().chain(&SIGNS) {
        text = text.replace(&format!("class=\"{class}\""), attributes);
    }
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n")
}

fn svg(drawing: &Drawing, title: &str) -> Markup {
    let layout = Layout::of(drawing);
    let view = format!("0 0 {:.0} {:.0}", layout.width, layout.height);
    let class = match layout.width {
        ..=720.0 => "map",
        ..=1200.0 => "map wide",
        _ => "map wider",
    };
    let leaves = leaves(drawing, &layout);
    let curve = |line: &Line| Curve::between(layout.rect(line.from), layout.rect(line.to), &leaves);
    let curves: Vec<(&Line, Curve)> = drawing.lines.iter().map(|line| (line, curve(line))).collect();
    let mut labels = Labels { taken: leaves };
    html! {
        svg class=(class) xmlns="http://www.w3.org/2000/svg" viewBox=(view) width=(n(layout.width)) height=(n(layout.height))
            role="img" aria-labelledby="map-title map-desc" {
            title id="map-title" { (title) }
            desc id="map-desc" { (described(drawing)) }
            rect class="ground" x="0" y="0" width=(n(layout.width)) height=(n(layout.height)) {}
            // Lines go behind the boxes they only pass, and in front of the boxes they are in.
            @for (index, shape) in drawing.shapes.iter().enumerate().filter(|(_, it)| !it.children.is_empty()) {
                (drawn(drawing, shape, layout.rect(index)))
            }
            @for (line, curve) in &curves { (wire(line, curve)) }
            @for (index, shape) in drawing.shapes.iter().enumerate().filter(|(_, it)| it.children.is_empty()) {
                (drawn(drawing, shape, layout.rect(index)))
            }
            @for (line, curve) in &curves { (sign(line, curve, &mut labels)) }
        }
    }
}

fn described(drawing: &Drawing) -> String {
    let broken: Vec<String> = drawing
        .lines
        .iter()
        .filter(|it| is_broken(it.state))
        .take(6)
        .map(|it| format!("{} does not reach {} {}", drawing.name(it.from), drawing.name(it.to), it.label))
        .collect();
    match broken.as_slice() {
        [] => "No broken connection is drawn.".to_owned(),
        _ => format!("{}. The list below has everything.", broken.join("; ")),
    }
}

fn is_broken(state: State) -> bool {
    matches!(state, State::Broken | State::Cause)
}

fn state_class(state: State) -> &'static str {
    match state {
        State::Cause => "cause",
        State::Broken => "broken",
        State::Working => "working",
        State::Plain => "plain",
    }
}

/// A coordinate: whole pixels are enough, and the same on every machine.
fn n(value: f64) -> String {
    format!("{value:.0}")
}

fn depth(drawing: &Drawing, shape: &Shape) -> usize {
    let mut depth = 0;
    let mut at = shape.parent;
    while let Some(parent) = at.and_then(|it| drawing.shapes.get(it)) {
        depth += 1;
        at = parent.parent;
    }
    depth
}

fn drawn(drawing: &Drawing, shape: &Shape, rect: Rect) -> Markup {
    let is_leaf = shape.children.is_empty();
    // A mark of a box that holds others is a border, or one would not see what it holds.
    let class = if is_leaf || shape.state != State::Plain {
        format!("leaf {}", state_class(shape.state))
    } else {
        format!("box depth-{}", depth(drawing, shape).min(3))
    };
    // About seven units a character at this size.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a width on the screen")]
    let most = ((rect.w - 24.0) / 7.2).max(4.0) as usize;
    let small = most + most / 6;
    let what = if shape.detail.is_empty() {
        kind(&shape.kind)
    } else {
        format!("{} · {}", kind(&shape.kind), shape.detail)
    };
    html! {
        g {
            title { (kind(&shape.kind)) " " (shape.label) " " (shape.id) @if !shape.detail.is_empty() { ", " (shape.detail) } }
            rect class=(class) x=(n(rect.x)) y=(n(rect.y)) width=(n(rect.w)) height=(n(rect.h)) rx="8" {}
            text class="box-kind" x=(n(rect.x + 12.0)) y=(n(rect.y + 17.0)) { (shorten(&what, small)) }
            text class="box-name" x=(n(rect.x + 12.0)) y=(n(rect.y + 34.0)) { (shorten(&shape.label, most)) }
            @if let Some((word, _)) = state_word(shape.state).filter(|_| is_leaf) {
                text class={ "state " (state_class(shape.state)) } x=(n(rect.x + 12.0)) y=(n(rect.y + 50.0)) { (word) }
            } @else if is_leaf && shape.id != shape.kind && shape.id != shape.label && shape.is_real && !shape.id.contains(['/', ':']) {
                text class="box-kind" x=(n(rect.x + 12.0)) y=(n(rect.y + 50.0)) { (shorten(&shape.id, small)) }
            }
            @if shape.more > 0 && !is_leaf {
                text class="box-kind" x=(n(rect.x + 16.0)) y=(n(rect.y + rect.h - 12.0)) { "+ " (count(shape.more, "more thing")) }
            }
        }
    }
}

/// A line's ends and the directions it has there.
struct Curve {
    from: (f64, f64),
    to: (f64, f64),
    /// From each end to its control point.
    leads: ((f64, f64), (f64, f64)),
}

impl Curve {
    /// Leaves on the side that faces the other box; where something is in between, it goes around it.
    fn between(a: Rect, b: Rect, leaves: &[Rect]) -> Self {
        let (left, right) = if a.x <= b.x { (a, b) } else { (b, a) };
        let ways = if left.x + left.w <= right.x {
            // Between boxes at different heights a way around is longer than the way behind.
            let is_even = (a.y - b.y).abs() < a.h.max(b.h);
            let around = [Self::over(a, b, -1.0), Self::over(a, b, 1.0)].into_iter().filter(|_| is_even);
            std::iter::once(Self::level(a, b)).chain(around).collect()
        } else {
            vec![Self::upright(a, b), Self::beside(a, b)]
        };
        let in_way = |curve: &Self| {
            leaves.iter().filter(|it| **it != a && **it != b).map(|it| curve.meets(*it)).sum::<usize>()
        };
        ways.into_iter().min_by_key(in_way).unwrap_or_else(|| Self::level(a, b))
    }

    fn level(a: Rect, b: Rect) -> Self {
        let (am, bm) = (a.y + a.h / 2.0, b.y + b.h / 2.0);
        let (fx, tx, way) = if a.x < b.x { (a.x + a.w, b.x, 1.0) } else { (a.x, b.x + b.w, -1.0) };
        let reach = way * ((tx - fx).abs() / 2.0).clamp(16.0, 90.0);
        Self { from: (fx, am), to: (tx, bm), leads: ((reach, 0.0), (-reach, 0.0)) }
    }

    fn upright(a: Rect, b: Rect) -> Self {
        let (ac, bc) = (a.x + a.w / 2.0, b.x + b.w / 2.0);
        let (fy, ty, way) = if a.y < b.y { (a.y + a.h, b.y, 1.0) } else { (a.y, b.y + b.h, -1.0) };
        let reach = way * ((ty - fy).abs() / 2.0).clamp(12.0, 60.0);
        Self { from: (ac, fy), to: (bc, ty), leads: ((0.0, reach), (0.0, -reach)) }
    }

    /// Over what stands between two boxes (`way` is -1), or under it.
    fn over(a: Rect, b: Rect, way: f64) -> Self {
        let edge = |it: Rect| if way < 0.0 { it.y } else { it.y + it.h };
        let aside = 30.0_f64.copysign(b.x - a.x);
        Self {
            from: (a.x + a.w * 0.6, edge(a)),
            to: (b.x + b.w * 0.4, edge(b)),
            leads: ((aside, way * 46.0), (-aside, way * 46.0)),
        }
    }

    /// On the left of what is stacked between two boxes.
    fn beside(a: Rect, b: Rect) -> Self {
        Self { from: (a.x, a.y + a.h / 2.0), to: (b.x, b.y + b.h / 2.0), leads: ((-48.0, 0.0), (-48.0, 0.0)) }
    }

    fn point(&self, t: f64) -> (f64, f64) {
        let (c, d) = self.controls();
        let u = 1.0 - t;
        let mix = |a: f64, b: f64, c: f64, d: f64| {
            u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
        };
        (mix(self.from.0, c.0, d.0, self.to.0), mix(self.from.1, c.1, d.1, self.to.1))
    }

    fn controls(&self) -> ((f64, f64), (f64, f64)) {
        let ((ax, ay), (bx, by)) = self.leads;
        ((self.from.0 + ax, self.from.1 + ay), (self.to.0 + bx, self.to.1 + by))
    }

    /// How much of it is in a box, in sixteenths.
    fn meets(&self, rect: Rect) -> usize {
        let within =
            |(x, y): &(f64, f64)| *x > rect.x && *x < rect.x + rect.w && *y > rect.y && *y < rect.y + rect.h;
        (1..16).map(|it| self.point(f64::from(it) / 16.0)).filter(within).count()
    }

    fn path(&self) -> String {
        let (c, d) = self.controls();
        let points = [self.from, c, d, self.to].map(|(x, y)| format!("{} {}", n(x), n(y)));
        let [from, c, d, to] = &points;
        format!("M{from}C{c} {d} {to}")
    }

    fn middle(&self) -> (f64, f64) {
        self.point(0.5)
    }

    /// The head of an arrow.
    fn tip(&self) -> String {
        let (x, y) = self.to;
        let (dx, dy) = (-self.leads.1.0, -self.leads.1.1);
        let length = dx.hypot(dy).max(1.0);
        let (ux, uy) = (dx / length, dy / length);
        let (bx, by) = (x - ux * 9.0, y - uy * 9.0);
        let side = |way: f64| format!("L{} {}", n(bx - way * uy * 5.0), n(by + way * ux * 5.0));
        format!("M{} {}{}{}z", n(x), n(y), side(1.0), side(-1.0))
    }
}

/// Where something is written already, so that labels do not cover it.
struct Labels {
    taken: Vec<Rect>,
}

impl Labels {
    /// A free place near a point: there, or above or below it.
    fn place(&mut self, (x, y): (f64, f64), width: f64) -> (f64, f64) {
        let tries = [0.0, -16.0, 16.0, -32.0, 32.0, -48.0, 48.0, -64.0, 64.0];
        let rect = |dy: f64| Rect { x: x - width / 2.0, y: y + dy - 11.0, w: width, h: 14.0 };
        let dy =
            tries.into_iter().find(|dy| !self.taken.iter().any(|it| overlap(*it, rect(*dy)))).unwrap_or(0.0);
        self.taken.push(rect(dy));
        (x, y + dy)
    }
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

fn leaves(drawing: &Drawing, layout: &Layout) -> Vec<Rect> {
    let shapes = drawing.shapes.iter().enumerate();
    shapes.filter(|(_, it)| it.children.is_empty()).map(|(index, _)| layout.rect(index)).collect()
}

fn wire(line: &Line, curve: &Curve) -> Markup {
    let class = state_class(line.state);
    html! {
        path class={ "wire " (class) } d=(curve.path()) {}
        @if line.goes { path class={ "tip " (class) } d=(curve.tip()) {} }
    }
}

/// What is written on a line.
fn sign(line: &Line, curve: &Curve, labels: &mut Labels) -> Markup {
    let (mx, my) = curve.middle();
    let broken = is_broken(line.state);
    if broken {
        labels.taken.push(Rect { x: mx - 9.0, y: my - 9.0, w: 18.0, h: 18.0 });
    }
    let label = shorten(&line.label, 24);
    #[expect(clippy::cast_precision_loss, reason = "a label has few characters")]
    let width = label.chars().count() as f64 * 6.4 + 6.0;
    let at = (!label.is_empty()).then(|| labels.place((mx, my - if broken { 12.0 } else { 5.0 }), width));
    html! {
        @if broken {
            circle class="cross-sign" cx=(n(mx)) cy=(n(my)) r="8" {}
            path class="cross-lines" d={ "M" (n(mx - 3.0)) " " (n(my - 3.0)) "l6 6m0-6l-6 6" } {}
        }
        @if let Some((x, y)) = at { text class="wire-label" x=(n(x)) y=(n(y)) text-anchor="middle" { (label) } }
    }
}
