//! A report as sections and lines with meaning but without looks; the terminal and Markdown give it theirs.
//!
//! Texts in here are raw: only an output knows what is dangerous in it, so an output cleans every text it writes.

/// What a piece of a line is, from which an output chooses its looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Ordinary words.
    Plain,
    /// The words to read first.
    Strong,
    /// Broken, lost.
    Bad,
    /// Works, proven, safe.
    Good,
    /// Not certain.
    Hedge,
    /// Second in importance.
    Dim,
    /// An identifier, to be read letter by letter.
    Code,
}

/// A piece of a line in one tone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

/// One line of prose, as long as it needs to be, with the evidence it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Line {
    pub(crate) spans: Vec<Span>,
    /// Short names of the evidence (`e1`).
    pub(crate) cites: Vec<String>,
}

impl Line {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::new().then(Tone::Plain, text)
    }

    pub(crate) fn toned(tone: Tone, text: impl Into<String>) -> Self {
        Self::new().then(tone, text)
    }

    /// The same line with one more piece.
    pub(crate) fn then(mut self, tone: Tone, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.spans.push(Span { text, tone });
        }
        self
    }

    /// The same line with its evidence.
    pub(crate) fn citing(mut self, cites: Vec<String>) -> Self {
        self.cites = cites;
        self
    }
}

/// A label and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) lines: Vec<Line>,
    /// How many of the lines a screen shows.
    pub(crate) shown: usize,
    /// For a ticket only: identifiers nobody reads at a screen.
    pub(crate) detail: bool,
}

/// One entry of a list; the lines after the first belong below it.
pub(crate) type Item = Vec<Line>;

/// A step of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) text: Line,
    /// Ready to run; empty for a step without a command.
    pub(crate) command: String,
    /// What to see afterwards; may be empty.
    pub(crate) expect: String,
    pub(crate) account: String,
    pub(crate) region: String,
    /// Position in the plan, from zero, where the JSON report has it.
    pub(crate) index: usize,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// `2026-05-02`.
    pub(crate) date: String,
    /// `13:37:00`.
    pub(crate) clock: String,
    pub(crate) kind: &'static str,
    /// `cause`, `cause 2`: this is the change a root cause was.
    pub(crate) mark: Option<String>,
    pub(crate) text: Line,
    /// Whether a screen shows it.
    pub(crate) shown: bool,
}

/// Part of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Block {
    Text(Line),
    Facts(Vec<Fact>),
    /// A list; a screen shows the first `shown` items.
    List {
        numbered: bool,
        shown: usize,
        items: Vec<Item>,
    },
    Steps(Vec<Step>),
    /// What happened, in order; `one_day` when the heading has the date already.
    Timeline {
        moments: Vec<Moment>,
        one_day: bool,
    },
}

/// A headed part of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    /// Empty for a part that follows its predecessor without a heading.
    pub(crate) heading: String,
    /// A word beside the heading.
    pub(crate) note: Line,
    pub(crate) blocks: Vec<Block>,
    /// For a ticket only.
    pub(crate) detail: bool,
}

impl Section {
    pub(crate) fn new(heading: impl Into<String>, blocks: Vec<Block>) -> Self {
        Self { heading: heading.into(), note: Line::new(), blocks, detail: false }
    }
}

/// The whole report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    /// The outcome in a word or two.
    pub(crate) word: String,
    pub(crate) tone: Tone,
    /// What was investigated.
    pub(crate) subject: String,
    pub(crate) summary: Line,
    /// Sections without a content are not in here.
    pub(crate) sections: Vec<Section>,
}
