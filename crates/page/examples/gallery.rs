//! Renders every page with data of the project's scenarios: `cargo run -p butfor-page --example gallery -- FOLDER`, then
//! `python3 -m http.server --directory FOLDER` and a look at `/incidents/`.
#![expect(
    clippy::disallowed_methods,
    reason = "a program for the people who work on the library, not the library"
)]

use std::io;
use std::path::Path;

#[path = "../tests/common/mod.rs"]
mod common;

fn main() -> io::Result<()> {
    let Some(folder) = std::env::args().nth(1) else {
        return Err(io::Error::other(
            "expected a folder: cargo run -p butfor-page --example gallery -- FOLDER",
        ));
    };
    let folder = Path::new(&folder);
    for (address, text) in common::gallery() {
        // A page is a folder with an index, so that its address works as it is.
        let path = address.trim_start_matches('/');
        let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
        let path = if is_file { folder.join(path) } else { folder.join(path).join("index.html") };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}
