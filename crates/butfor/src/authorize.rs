//! Questions about permissions: one of a recorded incident for a person, or many from a program; and how answers are written.

pub(crate) mod answer;
pub(crate) mod cache;
pub(crate) mod request;
pub(crate) mod result;
pub(crate) mod text;

use butfor_policy::{Attached, Policies, authorize};
use cache::{Cache, Cached};
use request::{Documents, Line};
use std::rc::Rc;

/// Longest request line, in bytes: the policies of one request are some hundred kilobytes at most.
pub(crate) const LINE_MAX: usize = 1 << 20;

/// Answers lines, with the policies that lines before brought.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    cache: Cache,
}

impl Answers {
    /// Answers every line of a text, of which the first has a number; `false` when one of them could not be read.
    pub(crate) fn answer(&mut self, text: &[u8], first_line: usize, out: &mut Vec<u8>) -> bool {
        let mut is_sound = true;
        for (number, line) in (first_line..).zip(text.split(|byte| *byte == b'\n')) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            if let Err(error) = self.line(line, out) {
                is_sound = false;
                result::error(out, request::id_of(line), number, &error);
            }
        }
        is_sound
    }

    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        if line.len() > LINE_MAX {
            return Err(format!("longer than {LINE_MAX} bytes; split the request or shorten its policies"));
        }
        let Line { id, request, documents } = Line::parse(line)?;
        let Documents {
            resource_control,
            service_control,
            vpc_endpoint,
            resource,
            identity,
            boundary,
            session,
        } = documents.map(|slot, text| self.cache.get(slot, text));
        let policies = Policies {
            resource_control: resource_control.as_deref().map(all),
            service_control: service_control.as_deref().map(all),
            vpc_endpoint: vpc_endpoint.as_deref().map(attached),
            resource: resource.as_deref().map(attached),
            identity: attached(&identity),
            boundary: boundary.as_deref().map(attached),
            session: session.as_deref().map(attached),
        };
        let decision = authorize(&request, &policies);
        let in_levels = [&resource_control, &service_control].into_iter().flatten().flatten().flatten();
        let in_lists = [&vpc_endpoint, &resource, &boundary, &session].into_iter().flatten().flatten();
        let problems = in_levels.chain(&identity).chain(in_lists).flat_map(|cached| &cached.problems);
        result::decision(out, id, &decision, problems);
        Ok(())
    }
}

fn attached(list: &[Rc<Cached>]) -> Attached<'_> {
    Attached { policies: list.iter().map(|cached| &cached.policy).collect(), unseen: Vec::new() }
}

fn all(levels: &[Vec<Rc<Cached>>]) -> Vec<Attached<'_>> {
    levels.iter().map(|level| attached(level)).collect()
}
