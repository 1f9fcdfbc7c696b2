//! Every pair of colours of the style sheet that carries text has the contrast WCAG 2.2 asks for (1.4.3, level AA), light and dark.
#![expect(clippy::unwrap_used, clippy::string_slice, reason = "the helpers of a test may stop it")]

use std::collections::BTreeMap;

/// Text on ground, by the names of the style sheet.
const TEXT: [(&str, &[&str]); 14] = [
    ("ink", &["bg", "surface", "sunken", "bad-bg", "warn-bg", "hit-bg", "calm-bg", "busy-bg"]),
    ("muted", &["bg", "surface", "sunken", "hit-bg", "bad-bg", "warn-bg"]),
    ("accent", &["bg", "surface", "sunken", "bad-bg", "busy-bg"]),
    ("on-accent", &["accent"]),
    ("surface", &["bad"]),
    ("bad", &["bad-bg", "surface", "bg"]),
    ("good", &["good-bg", "surface"]),
    ("warn", &["warn-bg", "surface"]),
    ("busy", &["busy-bg"]),
    ("calm", &["calm-bg"]),
    ("mark", &["mark-bg"]),
    ("ink", &["good-bg"]),
    ("accent", &["good-bg", "hit-bg"]),
    ("muted", &["busy-bg"]),
];

/// What must be seen without being text: borders of inputs and the ring of focus (1.4.11).
const SIGNS: [(&str, &[&str]); 2] = [("muted", &["surface"]), ("accent", &["bg", "surface"])];

fn palette(block: &str) -> BTreeMap<String, [f64; 3]> {
    let declared =
        block.split(';').filter_map(|it| it.trim().strip_prefix("--")).filter_map(|it| it.split_once(':'));
    let hex = |text: &str, at: usize| f64::from(u8::from_str_radix(&text[at..at + 2], 16).unwrap()) / 255.0;
    declared
        .filter_map(|(name, value)| Some((name.to_owned(), value.trim().strip_prefix('#')?.to_owned())))
        .map(|(name, value)| (name, [hex(&value, 0), hex(&value, 2), hex(&value, 4)]))
        .collect()
}

/// Relative luminance (WCAG 2.2, definitions).
fn luminance(colour: [f64; 3]) -> f64 {
    let [r, g, b] = colour.map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn the_formula_knows_black_and_white() {
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
}

#[test]
fn text_can_be_read_in_light_and_dark() {
    let mut blocks = butfor_page::STYLE.split(":root {").skip(1).map(|it| it.split('}').next().unwrap());
    let themes = [("light", palette(blocks.next().unwrap())), ("dark", palette(blocks.next().unwrap()))];
    for (theme, colours) in themes {
        for (pairs, least) in [(&TEXT[..], 4.5), (&SIGNS[..], 3.0)] {
            for (name, grounds) in pairs {
                for ground in *grounds {
                    let found = contrast(colours[*name], colours[*ground]);
                    assert!(found >= least, "{theme}: {name} on {ground} has {found:.2}");
                }
            }
        }
    }
}

/// Colours are named once; a rule with a colour of its own would be untested.
#[test]
fn no_rule_has_a_colour_of_its_own() {
    let rules = butfor_page::STYLE.split("*, *::before").nth(1).unwrap();
    assert!(!rules.contains("rgb(") && !rules.contains("hsl("));
    let hexes = rules.split('#').skip(1).filter(|it| it.chars().take(3).all(|c| c.is_ascii_hexdigit()));
    let own: Vec<String> = hexes.map(|it| it.chars().take(12).collect()).collect();
    assert!(own.is_empty(), "{own:?}");
}
