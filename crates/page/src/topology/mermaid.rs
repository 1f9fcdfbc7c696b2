//! The drawing as a Mermaid flowchart (mermaid.js.org, "Flowcharts").

use super::drawing::{DEPTH_MAX, Drawing};
use crate::words::kind;
use butfor_incident::picture::State;

pub(super) fn flowchart(drawing: &Drawing) -> String {
    let mut out = String::from("flowchart LR\n");
    members(drawing, &drawing.roots, 1, &mut out);
    let mut broken: Vec<String> = Vec::new();
    for (number, line) in drawing.lines.iter().enumerate() {
        let is_broken = matches!(line.state, State::Broken | State::Cause);
        let arrow = match (line.goes, is_broken) {
            (_, true) => "-.-x",
            (true, false) => "-->",
            (false, false) => "---",
        };
        let label =
            if line.label.is_empty() { String::new() } else { format!("|\"{}\"|", text(&line.label)) };
        out.push_str(&format!("  n{} {arrow}{label} n{}\n", line.from, line.to));
        if is_broken {
            broken.push(number.to_string());
        }
    }
    out.push_str("  classDef cause fill:#fdecea,stroke:#b3261e,stroke-width:3px,color:#1a1f29\n");
    out.push_str("  classDef broken fill:#fdf3e1,stroke:#8a5300,stroke-width:2px,color:#1a1f29\n");
    for (class, state) in [("cause", State::Cause), ("broken", State::Broken)] {
        let of: Vec<String> = (0..)
            .zip(&drawing.shapes)
            .filter(|(_, it)| it.state == state)
            .map(|(it, _): (usize, _)| format!("n{it}"))
            .collect();
        if !of.is_empty() {
            out.push_str(&format!("  class {} {class}\n", of.join(",")));
        }
    }
    if !broken.is_empty() {
        out.push_str(&format!("  linkStyle {} stroke:#b3261e,stroke-width:2px\n", broken.join(",")));
    }
    out
}

fn members(drawing: &Drawing, shapes: &[usize], depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    for index in shapes {
        let Some(shape) = drawing.shapes.get(*index) else { continue };
        let label = format!("{} {}", text(&kind(&shape.kind)), text(&shape.label));
        if shape.children.is_empty() || depth > DEPTH_MAX {
            out.push_str(&format!("{indent}n{index}[\"{label}\"]\n"));
        } else {
            out.push_str(&format!("{indent}subgraph n{index} [\"{label}\"]\n"));
            members(drawing, &shape.children, depth + 1, out);
            out.push_str(&format!("{indent}end\n"));
        }
    }
}

/// Text in quotes: whatever could end it, or be markup, is an entity code of Mermaid (`#35;` is a number sign).
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '<' | '>' | '&' | '#' | ';' | '`' | '\\' => out.push_str(&format!("#{};", u32::from(c))),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn text_cannot_end_its_quotes() {
        assert_eq!(super::text("a\"]\n<b> #1;"), "a#34;] #60;b#62; #35;1#59;");
    }
}
