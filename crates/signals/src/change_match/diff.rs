//! Unified diffs, as strict or as loose as people export them.

/// Bytes of a diff that are read.
const BYTES_MAX: usize = 256 * 1024;
/// Bytes of a line that are read.
const LINE_MAX: usize = 1024;

/// A run of changed lines without an unchanged one between.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// The file, where it is known.
    pub(super) file: String,
    /// What the hunk's header says after its numbers: mostly the function.
    pub(super) place: String,
    /// Lines that are gone.
    pub(super) removed: Vec<String>,
    /// Lines that are new.
    pub(super) added: Vec<String>,
    /// Unchanged lines of the same hunk, before and after.
    pub(super) context: Vec<String>,
}

/// The changed blocks of a diff. `files` are the names the commit lists: headers of the form `@@ path @@` are known by them.
pub(super) fn blocks(text: &str, files: &[String]) -> Vec<Block> {
    let text = text.get(..text.floor_char_boundary(BYTES_MAX)).unwrap_or(text);
    let mut reader = Reader { file: files.first().cloned().unwrap_or_default(), ..Reader::default() };
    for line in text.lines() {
        let line = line.get(..line.floor_char_boundary(LINE_MAX)).unwrap_or(line);
        reader.line(line, files);
    }
    reader.hunk_end();
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    file: String,
    place: String,
    open: Block,
    context: Vec<String>,
    /// The first block of the hunk at hand.
    first: usize,
}

impl Reader {
    fn line(&mut self, line: &str, files: &[String]) {
        let is_header =
            line.starts_with("--- a/") || line.starts_with("--- /dev/null") || line.starts_with("diff --git");
        if is_header || line.starts_with("index ") {
            self.hunk_end();
        } else if let Some(path) = line.strip_prefix("+++ ") {
            self.hunk_end();
            path.trim().trim_start_matches("b/").clone_into(&mut self.file);
        } else if let Some(header) = line.strip_prefix("@@") {
            self.hunk_end();
            if let Some(file) = files.iter().find(|file| header.contains(file.as_str())) {
                self.file.clone_from(file);
            }
            header.trim().clone_into(&mut self.place);
        } else if let Some(removed) = line.strip_prefix('-') {
            self.open.removed.push(removed.trim().to_owned());
        } else if let Some(added) = line.strip_prefix('+') {
            self.open.added.push(added.trim().to_owned());
        } else {
            self.block_end();
            self.context.push(line.trim().to_owned());
        }
    }

    fn block_end(&mut self) {
        let mut block = std::mem::take(&mut self.open);
        if block.removed.is_empty() && block.added.is_empty() {
            return;
        }
        block.file.clone_from(&self.file);
        block.place.clone_from(&self.place);
        self.blocks.push(block);
    }

    fn hunk_end(&mut self) {
        self.block_end();
        let context = std::mem::take(&mut self.context);
        for block in self.blocks.iter_mut().skip(self.first) {
            block.context.clone_from(&context);
        }
        self.first = self.blocks.len();
    }
}

impl Block {
    /// All text of one side.
    pub(super) fn removed_text(&self) -> String {
        self.removed.join("\n")
    }

    pub(super) fn added_text(&self) -> String {
        self.added.join("\n")
    }

    /// Everything that can be read in it.
    pub(super) fn all_text(&self) -> String {
        [self.removed_text(), self.added_text(), self.place.clone()].join("\n")
    }
}

/// Whether a line is a comment in most languages.
pub(super) fn is_comment(line: &str) -> bool {
    let line = line.trim();
    ["//", "#", "/*", "*", "--", "<!--", ";"].iter().any(|mark| line.starts_with(mark))
        && !line.starts_with("#[")
        && !line.starts_with("#include")
}

/// Whether a file of this name cannot change what a running service does: documents, tests, styles, build checks.
pub fn is_inert(file: &str) -> bool {
    let lower = file.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let folders = [
        "docs/",
        "doc/",
        "documentation/",
        "test/",
        "tests/",
        "testdata/",
        "__tests__/",
        "spec/",
        ".github/",
        ".circleci/",
        "staging/",
        "fixtures/",
        "runbooks/",
    ];
    let endings = [
        ".md",
        ".rst",
        ".adoc",
        ".css",
        ".scss",
        ".less",
        ".svg",
        ".png",
        "codeowners",
        "license",
        ".gitignore",
        "_test.go",
        "_test.py",
        "_spec.rb",
        ".test.ts",
        ".test.js",
        ".test.tsx",
        ".spec.ts",
        ".spec.js",
        "theme.ts",
    ];
    folders.iter().any(|folder| lower.starts_with(folder) || lower.contains(&format!("/{folder}")))
        || endings.iter().any(|ending| name.ends_with(ending))
        || name.starts_with("test_")
        || (name.starts_with(".golangci")
            || name.starts_with(".eslint")
            || name.starts_with(".prettier")
            || name.starts_with(".gitlab-ci"))
}
