//! `butfor authorize --jsonl`: may this principal do that, asked many times over.
//!
//! One thread reads, the others answer a chunk of lines each in turn, and one writes the answers in the order they were
//! asked for. Every thread waits for the next, so that memory stays bounded, and what was read is answered at once:
//! whoever waits for an answer before asking the next question gets it.

use crate::authorize::{Answers, LINE_MAX};
use crate::output::Outcome;
use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Bytes read at once.
const CHUNK: usize = 1 << 18;
/// Chunks that may wait for one thread.
const QUEUE: usize = 4;
/// Threads at most; beyond, reading the input takes longer than answering.
const THREADS_MAX: usize = 8;

/// Complete lines.
struct Chunk {
    first_line: usize,
    text: Vec<u8>,
}

/// Their answers, and whether all could be read.
struct Answered {
    text: Vec<u8>,
    is_sound: bool,
}

pub(super) fn run() -> anyhow::Result<Outcome> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
    let is_sound = thread::scope(|scope| {
        let mut to_threads = Vec::new();
        let mut from_threads = Vec::new();
        for _ in 0..threads {
            let (to_thread, chunks) = sync_channel(QUEUE);
            let (answers, from_thread) = sync_channel(QUEUE);
            scope.spawn(move || answer(&chunks, &answers));
            to_threads.push(to_thread);
            from_threads.push(from_thread);
        }
        let writer = scope.spawn(move || write(&from_threads));
        let read = read(&mut io::stdin().lock(), &to_threads);
        drop(to_threads);
        let written = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        // Whoever reads the answers may have gone away, which stops the reading, too.
        written.and_then(|is_sound| read.map(|()| is_sound))
    })?;
    Ok(Outcome::of_input(is_sound))
}

/// Answers what comes, until nothing comes or nobody wants to know.
fn answer(chunks: &Receiver<Chunk>, answers: &SyncSender<Answered>) {
    let mut answering = Answers::default();
    while let Ok(chunk) = chunks.recv() {
        let mut text = Vec::with_capacity(chunk.text.len());
        let is_sound = answering.answer(&chunk.text, chunk.first_line, &mut text);
        if answers.send(Answered { text, is_sound }).is_err() {
            return;
        }
    }
}

/// Writes answers in turn; the first thread with nothing left is the one whose turn it would have been.
fn write(threads: &[Receiver<Answered>]) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    let mut is_sound = true;
    for thread in threads.iter().cycle() {
        let Ok(answered) = thread.recv() else { break };
        out.write_all(&answered.text)?;
        out.flush()?;
        is_sound &= answered.is_sound;
    }
    Ok(is_sound)
}

/// Cuts the input into chunks of complete lines and hands them out in turn.
fn read(input: &mut impl Read, threads: &[SyncSender<Chunk>]) -> io::Result<()> {
    let mut lines = Lines::default();
    let mut turns = threads.iter().cycle();
    let mut buffer = vec![0; CHUNK];
    loop {
        let length = match input.read(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let bytes = buffer.get(..length).unwrap_or_default();
        let chunk = if length == 0 { lines.rest() } else { lines.add(bytes) };
        // Whose turn it is changes only when there is something to do: the writer counts on it.
        if let Some(chunk) = chunk
            && let Some(thread) = turns.next()
            && thread.send(chunk).is_err()
        {
            return Ok(());
        }
        if length == 0 {
            return Ok(());
        }
    }
}

/// What was read and not yet handed out: the beginning of a line.
#[derive(Debug)]
struct Lines {
    /// The number of that line.
    line: usize,
    begun: Vec<u8>,
}

impl Default for Lines {
    fn default() -> Self {
        Self { line: 1, begun: Vec::new() }
    }
}

impl Lines {
    /// The lines that are complete now. Of one that is too long the beginning is kept, enough to tell.
    fn add(&mut self, bytes: &[u8]) -> Option<Chunk> {
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
        let (complete, rest) = bytes.split_at_checked(end.unwrap_or(0))?;
        let chunk = end.map(|_| {
            let mut text = std::mem::take(&mut self.begun);
            text.extend_from_slice(complete);
            let first_line = self.line;
            self.line += complete.iter().filter(|byte| **byte == b'\n').count();
            Chunk { first_line, text }
        });
        let room = (LINE_MAX + 1).saturating_sub(self.begun.len());
        self.begun.extend_from_slice(rest.get(..room).unwrap_or(rest));
        chunk
    }

    /// The last line, which ends with the input.
    fn rest(&mut self) -> Option<Chunk> {
        let text = std::mem::take(&mut self.begun);
        (!text.is_empty()).then_some(Chunk { first_line: self.line, text })
    }
}
