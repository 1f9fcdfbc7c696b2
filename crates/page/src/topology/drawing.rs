//! What is drawn at a zoom level: shapes within shapes, and lines between them.

use super::Zoom;
use butfor_incident::picture::{Connection, Node, Picture, State};
use std::collections::{BTreeMap, BTreeSet};

/// Shapes a drawing has at most, places aside: with more, nobody finds anything on a phone.
const SHAPES_MAX: usize = 60;
/// Shapes within shapes.
pub(super) const DEPTH_MAX: usize = 12;

/// What is drawn.
#[derive(Debug, Default)]
pub(super) struct Drawing {
    /// All shapes, parents before children.
    pub(super) shapes: Vec<Shape>,
    /// Those that lie in no other.
    pub(super) roots: Vec<usize>,
    /// By ends.
    pub(super) lines: Vec<Line>,
    /// Things that lie in no shape and are not drawn.
    pub(super) more: usize,
    /// Broken connections within one box.
    pub(super) inside: usize,
}

/// A box.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) label: String,
    pub(super) detail: String,
    pub(super) state: State,
    pub(super) cites: Vec<String>,
    pub(super) children: Vec<usize>,
    pub(super) parent: Option<usize>,
    /// Things in it that are not drawn.
    pub(super) more: usize,
    /// Whether the picture has it; an application's box is ours.
    pub(super) is_real: bool,
}

/// What connects two boxes.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: String,
    pub(super) state: State,
    /// Whether something goes along it, in contrast to a mere connection.
    pub(super) goes: bool,
    pub(super) cites: Vec<String>,
}

impl Drawing {
    /// What is drawn of a picture at a zoom level.
    pub(super) fn of(picture: &Picture, zoom: Zoom) -> Self {
        let family = Family::of(picture);
        let shown = match zoom {
            Zoom::Resource => family.what_matters(picture),
            _ => picture.nodes.iter().map(|it| is_place(&it.kind)).collect(),
        };
        let mut drawing = Self::default();
        let mut home: Vec<Option<usize>> = Vec::with_capacity(picture.nodes.len());
        let mut applications: BTreeMap<(Option<usize>, String), usize> = BTreeMap::new();
        for (index, node) in picture.nodes.iter().enumerate() {
            let within = family.parent(index).and_then(|parent| home.get(parent).copied().flatten());
            let is_shown = shown.get(index).copied().unwrap_or_default();
            let place = if is_shown {
                Some(drawing.add(Shape::of(node), within))
            } else if zoom == Zoom::Container {
                let place = drawing.place_of(within);
                let name = node.application.clone().unwrap_or_default();
                let known = applications.get(&(place, name.clone())).copied();
                let shape = known.unwrap_or_else(|| drawing.add(application(&name), place));
                applications.insert((place, name), shape);
                drawing.count(Some(shape), node);
                Some(shape)
            } else {
                drawing.count(within, node);
                within
            };
            home.push(place);
        }
        drawing.say_counts(zoom);
        drawing.connect(picture, &family, &home);
        drawing
    }

    fn add(&mut self, mut shape: Shape, within: Option<usize>) -> usize {
        let index = self.shapes.len();
        shape.parent = within;
        match within.and_then(|it| self.shapes.get_mut(it)) {
            Some(parent) => parent.children.push(index),
            None => self.roots.push(index),
        }
        self.shapes.push(shape);
        index
    }

    /// The shape that is a place of the picture: an application's box lies in a region, not in another application.
    fn place_of(&self, mut within: Option<usize>) -> Option<usize> {
        while let Some(shape) = within.and_then(|it| self.shapes.get(it)) {
            if shape.is_real {
                break;
            }
            within = shape.parent;
        }
        within
    }

    /// Something is in a shape without being drawn: the shape looks as bad as the worst in it.
    fn count(&mut self, shape: Option<usize>, node: &Node) {
        match shape.and_then(|it| self.shapes.get_mut(it)) {
            Some(shape) => {
                shape.more += 1;
                shape.state = shape.state.min(node.state);
            }
            None => self.more += 1,
        }
    }

    /// Where whole regions are one box, how many things are in it is its detail.
    fn say_counts(&mut self, zoom: Zoom) {
        if zoom == Zoom::Resource {
            return;
        }
        for shape in &mut self.shapes {
            if shape.more > 0 && shape.children.is_empty() {
                shape.detail = crate::words::count(std::mem::take(&mut shape.more), "resource");
            }
        }
    }

    fn connect(&mut self, picture: &Picture, family: &Family<'_>, home: &[Option<usize>]) {
        let mut lines: BTreeMap<(usize, usize), Line> = BTreeMap::new();
        let end = |id: &str| family.index.get(id).and_then(|it| home.get(*it)).copied().flatten();
        for edge in &picture.edges {
            let (Some(from), Some(to)) = (end(&edge.from), end(&edge.to)) else { continue };
            if from == to && matches!(edge.state, State::Cause | State::Broken) {
                self.inside += 1;
            }
            if from == to || self.holds(from, to) || self.holds(to, from) {
                continue;
            }
            let goes = matches!(edge.connection, Connection::Flow | Connection::Request);
            let line = lines.entry((from, to)).or_insert_with(|| Line {
                from,
                to,
                label: String::new(),
                state: State::Plain,
                goes: false,
                cites: Vec::new(),
            });
            // What is refused is what one looks for: its label comes first.
            if line.label.is_empty() || edge.state < line.state {
                line.label.clone_from(&edge.label);
            }
            line.state = line.state.min(edge.state);
            line.goes |= goes;
            line.cites
                .extend(edge.cites.iter().filter(|it| !line.cites.contains(it)).cloned().collect::<Vec<_>>());
        }
        self.lines = lines.into_values().collect();
    }

    /// Whether a shape lies somewhere within another: nesting says it, no line does.
    pub(super) fn holds(&self, outer: usize, inner: usize) -> bool {
        let mut at = self.shapes.get(inner).and_then(|it| it.parent);
        while let Some(shape) = at {
            if shape == outer {
                return true;
            }
            at = self.shapes.get(shape).and_then(|it| it.parent);
        }
        false
    }

    /// What a shape is called.
    pub(super) fn name(&self, shape: usize) -> &str {
        self.shapes.get(shape).map_or("", |it| it.label.as_str())
    }
}

impl Shape {
    fn of(node: &Node) -> Self {
        Self {
            id: node.id.clone(),
            kind: node.kind.clone(),
            label: if node.label.is_empty() { node.id.clone() } else { node.label.clone() },
            detail: node.detail.clone(),
            state: node.state,
            cites: node.cites.clone(),
            is_real: true,
            ..Self::default()
        }
    }
}

fn application(name: &str) -> Shape {
    let label = if name.is_empty() { "no application".to_owned() } else { name.to_owned() };
    Shape { id: name.to_owned(), kind: "application".to_owned(), label, ..Shape::default() }
}

/// Whether a node is a place the far zoom levels show.
fn is_place(kind: &str) -> bool {
    matches!(kind, "account" | "region" | "internet" | "on-premises")
}

/// Who lies in whom.
struct Family<'a> {
    index: BTreeMap<&'a str, usize>,
    parents: Vec<Option<usize>>,
}

impl<'a> Family<'a> {
    /// Only a parent that comes before its child counts, so that there is no circle.
    fn of(picture: &'a Picture) -> Self {
        let mut index: BTreeMap<&str, usize> = BTreeMap::new();
        let mut parents: Vec<Option<usize>> = Vec::new();
        let mut depths: Vec<usize> = Vec::new();
        for (number, node) in picture.nodes.iter().enumerate() {
            let parent = node.parent.as_deref().and_then(|it| index.get(it)).copied();
            let depth = parent.and_then(|it| depths.get(it)).map_or(0, |it| it + 1);
            parents.push(parent.filter(|_| depth < DEPTH_MAX));
            depths.push(if depth < DEPTH_MAX { depth } else { 0 });
            index.entry(&node.id).or_insert(number);
        }
        Self { index, parents }
    }

    fn parent(&self, node: usize) -> Option<usize> {
        self.parents.get(node).copied().flatten()
    }

    /// What a drawing of resources shows: all while there is little, else what takes part, with the places it lies in.
    fn what_matters(&self, picture: &Picture) -> Vec<bool> {
        let on_path: BTreeSet<&str> = picture
            .paths
            .iter()
            .flat_map(|path| path.now.forward.iter().chain(&path.now.reply))
            .map(|step| step.id.as_str())
            .collect();
        let worst_edge = |id: &str| {
            let ends = picture.edges.iter().filter(|it| it.from == id || it.to == id);
            ends.map(|it| it.state).min().unwrap_or_default()
        };
        let rank = |node: &Node| match node.state.min(worst_edge(&node.id)) {
            State::Cause => 0,
            State::Broken => 1,
            _ if on_path.contains(node.id.as_str()) => 2,
            State::Working => 3,
            State::Plain => 4,
        };
        let mut ranked: Vec<(i32, usize)> =
            picture.nodes.iter().enumerate().map(|(index, node)| (rank(node), index)).collect();
        if ranked.len() > SHAPES_MAX {
            ranked.retain(|(rank, _)| *rank < 4);
            ranked.sort_unstable();
            ranked.truncate(SHAPES_MAX);
        }
        let mut shown = vec![false; picture.nodes.len()];
        for (_, index) in ranked {
            let mut at = Some(index);
            while let Some(node) = at {
                match shown.get_mut(node) {
                    Some(it) if !*it => *it = true,
                    _ => break,
                }
                at = self.parent(node);
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::{Drawing, Zoom};
    use butfor_incident::picture::{Connection, Edge, Node, Picture, State};

    fn node(id: &str, kind: &str, parent: Option<&str>, state: State) -> Node {
        Node {
            id: id.to_owned(),
            kind: kind.to_owned(),
            label: id.to_owned(),
            parent: parent.map(str::to_owned),
            application: (kind == "AWS::EC2::Instance").then(|| "shop".to_owned()),
            state,
            detail: String::new(),
            cites: Vec::new(),
        }
    }

    fn large() -> Picture {
        let mut nodes = vec![
            node("account/1", "account", None, State::Plain),
            node("region/1/r", "region", Some("account/1"), State::Plain),
            node("i-bad", "AWS::EC2::Instance", Some("region/1/r"), State::Broken),
            node("sg-1", "AWS::EC2::SecurityGroup", Some("region/1/r"), State::Cause),
            node("internet", "internet", None, State::Plain),
        ];
        nodes.extend(
            (0..300)
                .map(|it| node(&format!("i-{it}"), "AWS::EC2::Instance", Some("region/1/r"), State::Plain)),
        );
        let edge = Edge {
            from: "i-bad".to_owned(),
            to: "internet".to_owned(),
            connection: Connection::Flow,
            label: "tcp/443".to_owned(),
            state: State::Broken,
            cites: Vec::new(),
        };
        Picture { nodes, edges: vec![edge], ..Picture::default() }
    }

    #[test]
    fn what_takes_no_part_is_only_counted() {
        let drawing = Drawing::of(&large(), Zoom::Resource);
        let ids: Vec<&str> = drawing.shapes.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["account/1", "region/1/r", "i-bad", "sg-1", "internet"]);
        assert_eq!(drawing.shapes.iter().map(|it| it.more).sum::<usize>(), 300);
        assert_eq!(drawing.lines.len(), 1);
    }

    #[test]
    fn far_zoom_levels_gather_things_and_their_state() {
        let system = Drawing::of(&large(), Zoom::System);
        let region = system.shapes.iter().find(|it| it.kind == "region").unwrap();
        assert_eq!((region.state, region.detail.as_str()), (State::Cause, "302 resources"));
        assert_eq!(
            (system.name(system.lines[0].from), system.name(system.lines[0].to)),
            ("region/1/r", "internet")
        );
        let container = Drawing::of(&large(), Zoom::Container);
        let shop = container.shapes.iter().find(|it| it.label == "shop").unwrap();
        assert_eq!((shop.state, shop.detail.as_str()), (State::Broken, "301 resources"));
    }

    #[test]
    fn circles_unknown_parents_and_ends_do_no_harm() {
        let mut picture = large();
        picture.nodes.truncate(3);
        picture.nodes[0].parent = Some("i-bad".to_owned());
        picture.nodes[2].parent = Some("i-bad".to_owned());
        let drawing = Drawing::of(&picture, Zoom::Resource);
        assert_eq!(drawing.roots.len(), 2);
        assert!(drawing.lines.is_empty());
        assert!(Drawing::of(&Picture::default(), Zoom::System).shapes.is_empty());
    }
}
