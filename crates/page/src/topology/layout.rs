//! Where everything is drawn: boxes in boxes, each box's content in columns that follow the lines from left to right.

use super::drawing::Drawing;
use std::collections::{BTreeMap, BTreeSet};

/// Size of a box without content.
pub(super) const LEAF_WIDTH: f64 = 172.0;
pub(super) const LEAF_HEIGHT: f64 = 58.0;
/// Room for a box's name.
const HEADER: f64 = 44.0;
const PADDING: f64 = 16.0;
/// Between columns there is room for a label.
const COLUMN_GAP: f64 = 76.0;
const ROW_GAP: f64 = 22.0;
/// What is connected to nothing is laid in rows of about this width.
const ROW_WIDTH: f64 = 560.0;

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) w: f64,
    pub(super) h: f64,
}

/// Where the shapes of a drawing are, and how large it is.
pub(super) struct Layout {
    pub(super) rects: Vec<Rect>,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Layout {
    pub(super) fn of(drawing: &Drawing) -> Self {
        let mut layout = Self { rects: vec![Rect::default(); drawing.shapes.len()], width: 0.0, height: 0.0 };
        // Children come after parents: from the last to the first, contents are known before what holds them.
        for shape in (0..drawing.shapes.len()).rev() {
            let Some(of) = drawing.shapes.get(shape) else { continue };
            let (w, h) = if of.children.is_empty() {
                (LEAF_WIDTH, LEAF_HEIGHT)
            } else {
                let (w, h) = layout.arrange(drawing, Some(shape), &of.children);
                let more = if of.more > 0 { 20.0 } else { 0.0 };
                (w.max(LEAF_WIDTH) + 2.0 * PADDING, h + HEADER + PADDING + more)
            };
            layout.place(shape, |rect| Rect { w, h, ..rect });
        }
        let (w, h) = layout.arrange(drawing, None, &drawing.roots);
        layout.width = w + 2.0 * PADDING;
        layout.height = h + 2.0 * PADDING;
        for (index, shape) in drawing.shapes.iter().enumerate() {
            let (dx, dy) = match shape.parent.and_then(|it| layout.rects.get(it)) {
                Some(parent) => (parent.x + PADDING, parent.y + HEADER),
                None => (PADDING, PADDING),
            };
            layout.place(index, |rect| Rect { x: rect.x + dx, y: rect.y + dy, ..rect });
        }
        layout
    }

    pub(super) fn rect(&self, shape: usize) -> Rect {
        self.rects.get(shape).copied().unwrap_or_default()
    }

    fn place(&mut self, shape: usize, with: impl Fn(Rect) -> Rect) {
        if let Some(rect) = self.rects.get_mut(shape) {
            *rect = with(*rect);
        }
    }

    /// Gives the members of a box positions within it, and says how large they are together.
    fn arrange(&mut self, drawing: &Drawing, within: Option<usize>, members: &[usize]) -> (f64, f64) {
        let lines = lifted(drawing, within, members);
        let columns = columns(members, &lines);
        let joined: BTreeSet<usize> = columns.iter().flatten().copied().collect();
        let heights: Vec<f64> = columns.iter().map(|column| self.stacked(column)).collect();
        let tallest = heights.iter().copied().fold(0.0, f64::max);
        let mut x = 0.0;
        for (column, height) in columns.iter().zip(&heights) {
            let width = column.iter().map(|it| self.rect(*it).w).fold(0.0, f64::max);
            let mut y = (tallest - height) / 2.0;
            for shape in column {
                let left = x + (width - self.rect(*shape).w) / 2.0;
                self.place(*shape, |rect| Rect { x: left, y, ..rect });
                y += self.rect(*shape).h + ROW_GAP;
            }
            x += width + COLUMN_GAP;
        }
        let width = (x - COLUMN_GAP).max(0.0);
        let rest: Vec<usize> = members.iter().copied().filter(|it| !joined.contains(it)).collect();
        let top = if columns.is_empty() { 0.0 } else { tallest + ROW_GAP };
        let (rest_width, bottom) = self.rows(&rest, top, width.max(ROW_WIDTH));
        (width.max(rest_width), if rest.is_empty() { tallest } else { bottom })
    }

    fn stacked(&self, column: &[usize]) -> f64 {
        let heights: f64 = column.iter().map(|it| self.rect(*it).h + ROW_GAP).sum();
        (heights - ROW_GAP).max(0.0)
    }

    /// Lays shapes in rows; says how wide they are and where they end.
    fn rows(&mut self, shapes: &[usize], top: f64, most: f64) -> (f64, f64) {
        let (mut x, mut y, mut width, mut height) = (0.0_f64, top, 0.0_f64, 0.0_f64);
        for shape in shapes {
            let rect = self.rect(*shape);
            if x > 0.0 && x + rect.w > most {
                x = 0.0;
                y += height + ROW_GAP;
                height = 0.0;
            }
            self.place(*shape, |rect| Rect { x, y, ..rect });
            x += rect.w + ROW_GAP;
            width = width.max(x - ROW_GAP);
            height = height.max(rect.h);
        }
        (width, y + height)
    }
}

/// The lines of a drawing as lines between the members of one box, each once.
fn lifted(drawing: &Drawing, within: Option<usize>, members: &[usize]) -> BTreeSet<(usize, usize)> {
    let member = |mut shape: usize| {
        while let Some(of) = drawing.shapes.get(shape) {
            match of.parent {
                parent if parent == within => return members.contains(&shape).then_some(shape),
                Some(parent) => shape = parent,
                None => return None,
            }
        }
        None
    };
    let pairs = drawing.lines.iter().filter_map(|line| Some((member(line.from)?, member(line.to)?)));
    pairs.filter(|(from, to)| from != to).collect()
}

/// Columns from left to right so that lines go to the right where no circle is in the way; within a column, what comes from
/// above stays above.
fn columns(members: &[usize], lines: &BTreeSet<(usize, usize)>) -> Vec<Vec<usize>> {
    let joined: Vec<usize> =
        members.iter().copied().filter(|it| lines.iter().any(|(from, to)| from == it || to == it)).collect();
    let mut column: BTreeMap<usize, usize> = BTreeMap::new();
    let mut left: BTreeSet<usize> = joined.iter().copied().collect();
    while let Some(first) = left.first().copied() {
        // Without a free one there is a circle: the first member opens it.
        let waits = |it: &usize| lines.iter().any(|(from, to)| to == it && from != it && left.contains(from));
        let next = joined.iter().copied().find(|it| left.contains(it) && !waits(it)).unwrap_or(first);
        let after = lines.iter().filter(|(_, to)| *to == next).filter_map(|(from, _)| column.get(from)).max();
        column.insert(next, after.map_or(0, |it| it + 1));
        left.remove(&next);
    }
    let count = column.values().max().map_or(0, |it| it + 1);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); count];
    for shape in joined {
        if let Some(of) = column.get(&shape).and_then(|it| columns.get_mut(*it)) {
            of.push(shape);
        }
    }
    let mut heights: BTreeMap<usize, usize> = BTreeMap::new();
    for column in &mut columns {
        let height = |shape: &usize| {
            let before: Vec<usize> = lines
                .iter()
                .filter(|(_, to)| to == shape)
                .filter_map(|(from, _)| heights.get(from))
                .copied()
                .collect();
            before.iter().sum::<usize>() * 100 / before.len().max(1)
        };
        column.sort_by_key(height);
        heights.extend(column.iter().enumerate().map(|(height, shape)| (*shape, height)));
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn columns_follow_the_lines() {
        let check = |lines: &[(usize, usize)], expected: &[&[usize]]| {
            assert_eq!(columns(&[0, 1, 2, 3], &lines.iter().copied().collect()), expected, "{lines:?}");
        };
        check(&[], &[]);
        check(&[(0, 1), (1, 2)], &[&[0], &[1], &[2]]);
        check(&[(2, 0), (2, 1), (0, 3)], &[&[2], &[0, 1], &[3]]);
        check(&[(0, 1), (1, 0)], &[&[0], &[1]]);
    }
}
