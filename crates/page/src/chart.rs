//! Measured values as our own SVG: line, threshold, onset, changes and alarms; with a table for those who cannot see it.

use crate::links::Links;
use crate::text::{prose, shorten};
use butfor_incident::Timestamp;
use butfor_incident::picture::Chart;
use maud::{Markup, html};

/// The drawing's size; small, so that its text stays readable on a phone.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 388.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 172.0;

/// Rows of the table before it is thinned out.
const ROWS: usize = 120;

/// Where a value and a moment are in the drawing.
struct Scale {
    from: f64,
    until: f64,
    top: f64,
}

impl Scale {
    fn of(chart: &Chart) -> Option<Self> {
        let from = chart.points.first()?.0;
        let until = chart.points.last()?.0;
        let values = chart.points.iter().map(|(_, value)| *value).chain(chart.threshold);
        let highest = values.filter(|it| it.is_finite()).fold(0.0_f64, f64::max);
        Some(Self {
            from: as_f64(from),
            until: as_f64(until.max(from.saturating_add(1))),
            top: nice(highest),
        })
    }

    fn x(&self, at: i64) -> f64 {
        let share = (as_f64(at) - self.from) / (self.until - self.from);
        LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        let share = if self.top > 0.0 { value / self.top } else { 0.0 };
        BOTTOM - share.clamp(0.0, 1.0) * (BOTTOM - TOP)
    }

    fn holds(&self, at: i64) -> bool {
        as_f64(at) >= self.from && as_f64(at) <= self.until
    }
}

/// Milliseconds since 1970 stay far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "moments of this age are exact")]
fn as_f64(moment: i64) -> f64 {
    moment as f64
}

/// The next 1, 2, 2.5 or 5 times a power of ten: the end of an axis.
fn nice(highest: f64) -> f64 {
    if highest <= 0.0 || !highest.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(highest.log10().floor());
    let steps = [1.0, 1.5, 2.0, 2.5, 4.0, 5.0, 8.0, 10.0];
    steps.iter().map(|step| step * power).find(|it| *it >= highest).unwrap_or(highest)
}

/// A value as short as it can be: `12`, `0.5`, `1.2M`.
fn short(value: f64) -> String {
    let size = value.abs();
    let (scaled, unit) = match size {
        _ if size >= 1e9 => (value / 1e9, "G"),
        _ if size >= 1e6 => (value / 1e6, "M"),
        _ if size >= 1e4 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let text = format!("{scaled:.2}");
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

fn clock(at: i64) -> String {
    Timestamp::from_millis(at).clock().chars().take(5).collect()
}

pub(crate) fn charts(charts: &[Chart], links: Links<'_>) -> Markup {
    html! {
        @if !charts.is_empty() {
            section.block aria-labelledby="charts" {
                h2 id="charts" { "Measured" }
                div.charts {
                    @for (number, chart) in (1..).zip(charts) { (figure(number, chart, links)) }
                }
            }
        }
    }
}

fn figure(number: usize, chart: &Chart, links: Links<'_>) -> Markup {
    html! {
        figure.card.chart {
            figcaption {
                h3 { (prose(&chart.title)) @if !chart.unit.is_empty() { " " span.muted { (chart.unit) } } " " (links.cites(&chart.cites, &[])) }
            }
            @match Scale::of(chart) {
                Some(scale) => (drawing(number, chart, &scale)),
                None => p.muted { "no values" },
            }
            (legend(chart))
            (table(chart))
        }
    }
}

fn drawing(number: usize, chart: &Chart, scale: &Scale) -> Markup {
    let (title, desc) = (format!("chart-{number}-title"), format!("chart-{number}-desc"));
    let view = format!("0 0 {WIDTH} {HEIGHT}");
    html! {
        svg.plot viewBox=(view) role="img" aria-labelledby={ (title) " " (desc) } {
            title id=(title) { (chart.title) }
            desc id=(desc) { (described(chart)) }
            @for value in [0.0, scale.top / 2.0, scale.top] {
                line.grid x1=(LEFT) x2=(RIGHT) y1=(f(scale.y(value))) y2=(f(scale.y(value))) {}
                text.axis x=(LEFT - 6.0) y=(f(scale.y(value) + 4.0)) text-anchor="end" { (short(value)) }
            }
            @for (at, anchor) in moments(chart) {
                text.axis x=(f(scale.x(at))) y=(BOTTOM + 17.0) text-anchor=(anchor) { (clock(at)) }
            }
            @if let Some((earliest, at, latest)) = chart.onset {
                rect.onset x=(f(scale.x(earliest))) y=(TOP) width=(f((scale.x(latest) - scale.x(earliest)).max(3.0))) height=(BOTTOM - TOP) {}
                line.onset-line x1=(f(scale.x(at))) x2=(f(scale.x(at))) y1=(TOP) y2=(BOTTOM) {}
            }
            @if let Some(threshold) = chart.threshold {
                line.threshold x1=(LEFT) x2=(RIGHT) y1=(f(scale.y(threshold))) y2=(f(scale.y(threshold))) {}
            }
            path.series d=(line(chart, scale)) {}
            @for (number, (at, _)) in (1..).zip(&chart.changes) {
                @if scale.holds(*at) {
                    line.change-line x1=(f(scale.x(*at))) x2=(f(scale.x(*at))) y1=(TOP - 6.0) y2=(BOTTOM) {}
                    circle.change-dot cx=(f(scale.x(*at))) cy=(TOP - 13.0) r="8" {}
                    text.change-text x=(f(scale.x(*at))) y=(TOP - 9.0) text-anchor="middle" { (number) }
                }
            }
            @for at in &chart.alarms {
                @if scale.holds(*at) {
                    @let x = scale.x(*at);
                    line.alarm-line x1=(f(x)) x2=(f(x)) y1=(TOP - 6.0) y2=(BOTTOM) {}
                    path.alarm-sign d={ "M" (f(x)) " " (TOP - 20.0) "l7 13h-14z" } {}
                }
            }
        }
    }
}

/// A coordinate with one digit: enough for a screen, and the same on every machine.
fn f(value: f64) -> String {
    format!("{value:.1}")
}

/// The first, the middle and the last moment.
fn moments(chart: &Chart) -> Vec<(i64, &'static str)> {
    let first = chart.points.first().map_or(0, |it| it.0);
    let last = chart.points.last().map_or(0, |it| it.0);
    vec![(first, "start"), (first + last.saturating_sub(first) / 2, "middle"), (last, "end")]
}

fn line(chart: &Chart, scale: &Scale) -> String {
    let mut path = String::new();
    let mut pen = 'M';
    for (at, value) in &chart.points {
        if !value.is_finite() {
            pen = 'M';
            continue;
        }
        path.push_str(&format!("{pen}{} {}", f(scale.x(*at)), f(scale.y(*value))));
        pen = 'L';
    }
    path
}

fn described(chart: &Chart) -> String {
    let values = chart.points.iter().map(|(_, value)| *value).filter(|it| it.is_finite());
    let (lowest, highest) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), it| (low.min(it), high.max(it)));
    let mut text = format!("Between {} and {} {}.", short(lowest), short(highest), chart.unit);
    if let Some((_, at, _)) = chart.onset {
        text.push_str(&format!(" Began to change at {}.", clock(at)));
    }
    for (at, what) in &chart.changes {
        text.push_str(&format!(" Change at {}: {what}.", clock(*at)));
    }
    for at in &chart.alarms {
        text.push_str(&format!(" Alarm at {}.", clock(*at)));
    }
    text
}

fn legend(chart: &Chart) -> Markup {
    html! {
        ul.legend {
            @for (number, (at, what)) in (1..).zip(&chart.changes) {
                li { span.key.change { (number) } " " (clock(*at)) " " (prose(&shorten(what, 140))) }
            }
            @if let Some(threshold) = chart.threshold { li { span.key.threshold aria-hidden="true" {} " threshold " (short(threshold)) } }
            @if let Some((earliest, _, latest)) = chart.onset {
                li { span.key.onset aria-hidden="true" {} " began " (clock(earliest)) @if clock(earliest) != clock(latest) { "–" (clock(latest)) } }
            }
            @for at in &chart.alarms { li { span.key.alarm aria-hidden="true" { "▲" } " alarm " (clock(*at)) } }
        }
    }
}

fn table(chart: &Chart) -> Markup {
    let every = chart.points.len().div_ceil(ROWS).max(1);
    html! {
        details {
            summary { "As a table" }
            div.scroll tabindex="0" role="region" aria-label={ "Values of " (chart.title) } {
                table {
                    thead { tr { th scope="col" { "Time" } th scope="col" { @if chart.unit.is_empty() { "Value" } @else { (chart.unit) } } } }
                    tbody {
                        @for (at, value) in chart.points.iter().step_by(every) {
                            tr { td { time datetime=(Timestamp::from_millis(*at)) { (Timestamp::from_millis(*at).clock()) } } td.number { (short(*value)) } }
                        }
                    }
                }
            }
            @if every > 1 { p.muted { "Every " (every) "th of " (chart.points.len()) " values." } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{nice, short};

    #[test]
    fn an_axis_ends_at_a_round_number() {
        let check =
            |highest: f64, expected: f64| assert!((nice(highest) - expected).abs() < 1e-9, "{highest}");
        check(9.0, 10.0);
        check(11888.0, 15000.0);
        check(0.3, 0.4);
        check(0.0, 1.0);
        check(f64::NAN, 1.0);
    }

    #[test]
    fn a_value_is_short() {
        assert_eq!(
            [short(12.0), short(0.5), short(1_250_000.0), short(9999.0)],
            ["12", "0.5", "1.25M", "9999"]
        );
    }
}
