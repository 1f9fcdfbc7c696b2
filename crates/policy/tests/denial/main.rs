//! Denials read from messages: one row for every wording of the IAM and S3 User Guides, and what others write that is none.

mod properties;
mod recorded;
mod texts;
mod wordings;
mod wrapping;

use butfor_policy::Layer;
use butfor_policy::denial::{Denial, NamedLayer, parse};

const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/i-0a317f213a563528a";
const BUCKET: &str = "arn:aws:s3:::uploads-111122223333";

fn layer(layer: Layer) -> Option<NamedLayer> {
    Some(NamedLayer { layer, other: None })
}

#[track_caller]
fn one(text: &str) -> Denial {
    let mut found = parse(text);
    assert_eq!(found.len(), 1, "{text}: {found:#?}");
    found.swap_remove(0)
}

#[track_caller]
fn none(text: &str) {
    assert_eq!(parse(text), [], "{text}");
}
